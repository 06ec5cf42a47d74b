"""``python -m bot``: in a browser page with no tokens, in Slack with two (see docs/deploy.md, "Configuration").

With a word behind it, ``python -m bot stats``, it does what an operator asks: bot/commands.
"""

import gc
import logging
import os
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, NoReturn

from bot import settings
from bot.delivery.telemetry import begin_log
from bot.settings import BadSettings, Settings
from bot.shutdown import Shutdown, leave
from bot.store.claim import Claimed, claimed

if TYPE_CHECKING:
    from bot.app import Bot

log = logging.getLogger("bot")

_SERVING_SECONDS = 15.0  # what is under way gets ten


def main() -> NoReturn:
    """Run until SIGTERM or Ctrl-C. Exit status 0 after a clean stop, 2 when it could not start, 3 without Slack."""
    leave(run)


def run() -> int:
    """The same, returning the exit status."""
    words = sys.argv[1:]
    if words in (["--help"], ["-h"]):
        from bot.commands import USAGE

        print(USAGE)
        return 0
    if words == ["--version"]:
        print(f"finetune-advisor {version('finetune-advisor')}")
        return 0
    try:
        if words:
            from bot.commands import run as command

            return command(words, os.environ, print, partial(print, file=sys.stderr))
        chosen = settings.load(os.environ)
        begin_log(chosen.log_level, as_json=chosen.log_format == "json")
        ending = Shutdown()
        # On PostgreSQL there may be as many as one likes.
        with nullcontext() if chosen.database_url else claimed(chosen.db):
            {"local": _local, "socket": _socket, "http": _http, "workspaces": _workspaces}[chosen.mode](chosen, ending)
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
        log.info("ready: POST /slack/events and GET /healthz, /readyz, /metrics on %s:%d", chosen.host, port)

    _serve(chosen, ready, ending)


def _workspaces(chosen: Settings, ending: Shutdown) -> None:
    def ready(port: int) -> None:
        log.info("ready on %s:%d: it is installed at %sslack/install", chosen.host, port, chosen.public_url)

    _serve(chosen, ready, ending)


def _serve(chosen: Settings, ready: Callable[[int], None], ending: Shutdown) -> None:
    from bot.slack.server import serve

    with _running(chosen) as bot:
        server = serve(bot.wsgi(), chosen.host, chosen.port)
        bot.ready()
        _settle()
        serving = ending.beside(server.run)
        try:
            with _health_told(bot, chosen):
                ending.ready()
                ready(server.port)
                bot.go_on()
                ending.wait()
        finally:
            server.close()
            with suppress(TimeoutError):
                serving.result(_SERVING_SECONDS)


def _socket(chosen: Settings, ending: Shutdown) -> None:
    with _running(chosen) as bot:
        bot.ready()
        disconnect = bot.connect()
        try:
            _settle()
            with _health_told(bot, chosen):
                ending.ready()
                log.info("ready: connected to Slack over Socket Mode")
                bot.go_on()
                ending.wait()
        finally:
            disconnect()


@contextmanager
def _running(chosen: Settings) -> "Iterator[Bot]":
    from bot.app import build

    bot = build(chosen)
    try:
        yield bot
    finally:
        bot.close()


@contextmanager
def _health_told(bot: "Bot", chosen: Settings) -> Iterator[None]:
    """On a port of its own, where one is set."""
    if chosen.health_port is None:
        yield
        return
    from bot.slack.server import serve

    try:
        server = serve(bot.health(), chosen.host, chosen.health_port, threads=2)
    except OSError as error:
        raise BadSettings([f"HEALTH_PORT {chosen.health_port}: {error.strerror}: set it to a free one"]) from None
    threading.Thread(target=server.run, name="health", daemon=True).start()
    try:
        yield
    finally:
        server.close()


def _settle() -> None:
    """What is loaded now stays: keep the collector from walking it again and again. Threads take turns sooner."""
    gc.collect()
    gc.freeze()
    # A turn leaves nothing that only the collector finds, and all that is remembered takes it 20 ms to walk: rarely,
    # and what is new in small parts, since nobody is answered meanwhile.
    gc.set_threshold(5_000, 200, 50)
    # The writer lets go of the interpreter with every statement, and must wait for whoever computes meanwhile: five
    # thousandths of a second, unless told otherwise.
    sys.setswitchinterval(0.001)


if __name__ == "__main__":
    main()
