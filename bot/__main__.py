"""``python -m bot``: in a browser page with no tokens, in Slack with two (see README, "Configuration").

``python -m bot stats`` counts what was done; ``python -m bot purge TEAM`` deletes everything of a workspace.
"""

import gc
import logging
import os
import signal
import sqlite3
import sys
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import replace
from types import FrameType

from bot import settings
from bot.settings import BadSettings, Settings

log = logging.getLogger("bot")


def main() -> int:
    """Run until SIGTERM or Ctrl-C. Exit status 0 after a clean stop, 2 when it could not start."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        chosen = settings.load(os.environ)
        logging.basicConfig(level=chosen.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line a request while a few wait
        if len(sys.argv) > 1:
            return _operate(chosen, sys.argv[1:])
        {"local": _local, "socket": _socket, "http": _http}[chosen.mode](chosen)
    except (BadSettings, OSError, sqlite3.Error) as error:
        print(_sorry(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    except Exception as error:
        # Named here rather than imported above: what they come from costs a third of a second, and half a
        # configuration should be told at once.
        from bot.app import CannotStart
        from bot.store import StoreError

        if not isinstance(error, CannotStart | StoreError):
            raise
        print(_sorry(error), file=sys.stderr)
        return 2
    return 0


def _operate(chosen: Settings, words: list[str]) -> int:
    """The operator's commands, on the database alone: no Slack is asked."""
    from advisor import load_rules
    from bot.leaving import purge, stats
    from bot.store import Store

    if words not in (["stats"], ["purge", words[-1]]):
        print("Usage: python -m bot [stats | purge TEAM]", file=sys.stderr)
        return 2
    store = Store(chosen.db)
    try:
        if words == ["stats"]:
            print("\n".join(stats(store, load_rules())))
        else:
            gone = purge(store, words[-1])
            print(f"{words[-1]}: " + ", ".join(f"{count} {table}" for table, count in gone.items()) + " deleted")
    finally:
        store.close()
    return 0


def _sorry(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"Cannot start: {error.strerror or error}. Is the port taken? Set PORT to a free one."
    return "Cannot start:\n" + "\n".join(f"  {line}" for line in str(error).splitlines())


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _local(chosen: Settings) -> None:
    """The bot and a small loopback Slack in one process, joined by the same signed HTTP as the real one."""
    from bot.local import LocalSlack

    slack = LocalSlack(port=chosen.port, store=chosen.db.with_name(f"{chosen.db.stem}.workspace.db"))
    with slack:
        joined = replace(
            chosen, bot_token=slack.bot_token, signing_secret=slack.signing_secret, api_url=slack.api_url,
            host="127.0.0.1", port=0,
        )  # fmt: skip

        def ready(port: int) -> None:
            slack.bot_url = f"http://127.0.0.1:{port}/slack/events"
            print(f"Fine-tune Advisor is ready: {slack.url}  (Ctrl-C stops it)", flush=True)
            if _has_a_browser():
                webbrowser.open(slack.url)

        _serve(joined, ready)


def _has_a_browser() -> bool:
    """A browser in this terminal (lynx, w3m) would take the terminal away."""
    if os.environ.get("CI") or not (sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY")):
        return False
    return sys.stdout.isatty()


def _http(chosen: Settings) -> None:
    _serve(chosen, lambda port: log.info("ready: POST /slack/events and GET /healthz on %s:%d", chosen.host, port))


def _serve(chosen: Settings, ready: Callable[[int], None]) -> None:
    from bot.app import build
    from bot.http import serve

    bot = build(chosen)
    try:
        server = serve(bot.wsgi(), chosen.host, chosen.port)
        bot.ready()
        _settle()
        ready(server.port)
        try:
            server.run()
        finally:
            server.close()
    finally:
        bot.close()


def _socket(chosen: Settings) -> None:
    from bot.app import build

    bot = build(chosen)
    try:
        bot.ready()
        disconnect = bot.connect()
        _settle()
        log.info("ready: connected to Slack over Socket Mode")
        try:
            threading.Event().wait()
        finally:
            disconnect()
    finally:
        bot.close()


def _settle() -> None:
    """What is loaded now stays: keep the collector from walking it again and again."""
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    sys.exit(main())
