"""``python -m bot``: in a browser page with no tokens, in Slack with two (see docs/deploy.md, "Configuration").

``python -m bot stats`` counts what was done; ``python -m bot purge TEAM`` deletes everything of a workspace;
``python -m bot prices MODEL [IN OUT]`` says what a model costs.
"""

import gc
import logging
import os
import sys
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from typing import NoReturn

from bot import settings
from bot.settings import BadSettings, Settings
from bot.shutdown import Shutdown, leave
from bot.store.claim import Claimed, claimed

log = logging.getLogger("bot")

_USAGE = """Usage: python -m bot [stats | purge TEAM | prices MODEL [IN OUT] | --help | --version]
  (nothing)     start the bot: a browser page without tokens, Slack with them (docs/deploy.md, "Configuration")
  stats         count checks, verdicts and where people leave off: no names, no words
  purge TEAM    delete everything of a workspace
  prices MODEL [IN OUT]
                what is known of a model's prices, and a call with so many tokens in and out
Exit status: 0 done, 1 nothing found, 2 wrong usage or configuration, 3 Slack could not be reached."""
_SERVING_SECONDS = 15.0  # what is under way gets ten


def main() -> NoReturn:
    """Run until SIGTERM or Ctrl-C. Exit status 0 after a clean stop, 2 when it could not start, 3 without Slack."""
    leave(run)


def run() -> int:
    """The same, returning the exit status."""
    if sys.argv[1:] in (["--help"], ["-h"]):
        print(_USAGE)
        return 0
    if sys.argv[1:] == ["--version"]:
        print(f"finetune-advisor {version('finetune-advisor')}")
        return 0
    if sys.argv[1:2] == ["prices"]:
        return _prices(sys.argv[2:])
    try:
        chosen = settings.load(os.environ)
        logging.basicConfig(level=chosen.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line a request while a few wait
        if len(sys.argv) > 1:
            return _operate(chosen, sys.argv[1:])
        ending = Shutdown()
        with claimed(chosen.db):
            {"local": _local, "socket": _socket, "http": _http}[chosen.mode](chosen, ending)
    except (BadSettings, OSError) as error:
        print(_sorry(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # of the operator's commands
        return 130
    except Exception as error:
        # Named here rather than imported above: what they come from costs a third of a second, and half a
        # configuration should be told at once.
        from bot.local.archive import Unusable
        from bot.slack.workspace import CannotStart, SlackAway
        from bot.store.database import StoreError

        if not isinstance(error, CannotStart | StoreError | Unusable):
            raise
        print(_sorry(error), file=sys.stderr)
        return 3 if isinstance(error, SlackAway) else 2
    return 0


def _operate(chosen: Settings, words: list[str]) -> int:
    """The operator's commands, on the database alone: no Slack is asked."""
    from advisor import load_rules
    from bot.operator import purge, stats, teams
    from bot.store.database import Store

    if words not in (["stats"], ["purge", words[-1]]):
        print(_USAGE, file=sys.stderr)
        return 2
    store = Store(chosen.db)
    try:
        if words == ["stats"]:
            print("\n".join(stats(store, load_rules())))
        else:
            if words[-1] not in (known := teams(store)):
                there = f"There is something of {', '.join(known)}." if known else "Nothing is kept of any workspace."
                print(f"Nothing is kept of {words[-1]}. {there} Is the id right? It begins with T.", file=sys.stderr)
                return 1
            gone = purge(store, words[-1])
            print(f"{words[-1]}: " + ", ".join(f"{count} {table}" for table, count in gone.items()) + " deleted")
    finally:
        store.close()
    return 0


def _prices(words: list[str]) -> int:
    """What is known of a model's prices; nothing of the bot's own is read."""
    from advisor import load_rules
    from bot.delivery.clock import Clock
    from bot.operator import priced
    from bot.quotes import Quotes
    from bot.render.wording import Wording

    told = priced(words, Quotes(Clock()).today(), Wording(load_rules()))
    if told is None:
        print(_USAGE, file=sys.stderr)
        return 2
    known, lines = told
    print("\n".join(lines), file=sys.stdout if known else sys.stderr)
    return 0 if known else 1


def _sorry(error: Exception) -> str:
    if isinstance(error, Claimed):
        return f"Cannot start: {error}"
    if isinstance(error, OSError):
        return f"Cannot start: {error.strerror or error}. Is the port taken? Set PORT to a free one."
    return "Cannot start:\n" + "\n".join(f"  {line}" for line in str(error).splitlines())


def _local(chosen: Settings, ending: Shutdown) -> None:
    """The bot and a small loopback Slack in one process, joined by the same signed HTTP as the real one."""
    from advisor import load_rules
    from bot.local import LocalSlack
    from bot.render.rules import page
    from bot.render.wording import Wording

    slack = LocalSlack(port=chosen.port, store=chosen.db.with_name(f"{chosen.db.stem}.workspace.db"))
    slack.pages["rules"] = page(Wording(load_rules()))
    with slack:
        joined = replace(
            chosen, bot_token=slack.bot_token, signing_secret=slack.signing_secret, api_url=slack.api_url,
            host="127.0.0.1", port=0, rules_url=chosen.rules_url or f"{slack.url}read/rules",
        )  # fmt: skip

        def ready(port: int) -> None:
            slack.bot_url = f"http://127.0.0.1:{port}/slack/events"
            print(f"Fine-tune Advisor is ready: {slack.url}  (Ctrl-C stops it)", flush=True)
            if _has_a_browser():
                webbrowser.open(slack.url)

        _serve(joined, ready, ending)


def _has_a_browser() -> bool:
    """A browser in this terminal (lynx, w3m) would take the terminal away."""
    if os.environ.get("CI") or not (sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY")):
        return False
    return sys.stdout.isatty()


def _http(chosen: Settings, ending: Shutdown) -> None:
    def ready(port: int) -> None:
        log.info("ready: POST /slack/events and GET /healthz, /readyz on %s:%d", chosen.host, port)

    _serve(chosen, ready, ending)


def _serve(chosen: Settings, ready: Callable[[int], None], ending: Shutdown) -> None:
    from bot.app import build
    from bot.slack.gate import serve

    bot = build(chosen)
    try:
        server = serve(bot.wsgi(), chosen.host, chosen.port)
        bot.ready()
        _settle()
        serving = ending.beside(server.run)
        try:
            ending.ready()
            ready(server.port)
            bot.go_on()
            ending.wait()
        finally:
            server.close()
            with suppress(TimeoutError):
                serving.result(_SERVING_SECONDS)
    finally:
        bot.close()


def _socket(chosen: Settings, ending: Shutdown) -> None:
    from bot.app import build

    bot = build(chosen)
    try:
        bot.ready()
        disconnect = bot.connect()
        try:
            _settle()
            ending.ready()
            log.info("ready: connected to Slack over Socket Mode")
            bot.go_on()
            ending.wait()
        finally:
            disconnect()
    finally:
        bot.close()


def _settle() -> None:
    """What is loaded now stays: keep the collector from walking it again and again."""
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    main()
