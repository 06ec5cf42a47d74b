"""The floor: a Bolt app that does nothing, on the bot's own server. ``python -m tests.benchmarks.noop PORT``."""

import gc
import sys

from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.slack.server import serve
from tests.benchmarks.people import BOT_USER, SECRET, TEAM


def main(port: int) -> None:
    me = AuthorizeResult(
        enterprise_id=None, team_id=TEAM, bot_token="xoxb-bench", bot_id="B0BOT", bot_user_id=BOT_USER, bot_scopes=""
    )
    app = App(
        client=WebClient(), authorize=lambda **_: me, signing_secret=SECRET, process_before_response=True,
        attaching_conversation_kwargs_enabled=False,
    )  # fmt: skip

    @app.event("message")
    def nothing() -> None:
        pass

    server = serve(SlackRequestHandler(app), "127.0.0.1", port)
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    server.run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
