"""A bot, whole, in front of which somebody signs garbage, or types it."""

import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bot.local import NotAcknowledged
from tests.bot.conftest import ADA, ANSWERS, DECIDED, LIN, Decided, Hands, Workspace
from tests.bot.test_http import call, hostile
from tests.bot.test_view import PIECES

CANARY = "zibeline"
"""In all that is typed: it belongs into its owner's DM and into no log."""
A_ROUND = 2_000
SNIPPETS = (
    "{{7*7}}", "{% for x in y %}", "'; DROP TABLE sessions;--", "=HYPERLINK(1)", "<script>", "```", "*", "_", "~", ">",
    "\u0130", "9" * 40, "1e999", "-1", "NaN", "$", "%", "@here", "<!here>", "<#C1|x>", "(" * 200, "a" * 3_100, "§1 ③",
)  # fmt: skip
MARKS = ("<!channel", "<!here", "<!everyone", "<script", "<@U1>")
"""What no message of the bot's has of its own."""


@dataclass
class Attacked:
    """What came of it."""

    statuses: Counter[int] = field(default_factory=Counter)
    turns: int = 0
    refused_calls: int = 0
    """Calls of the bot that Slack did not take."""
    in_logs: int = 0
    in_file: int = 0
    """Canaries left once both had their data deleted."""
    shown: int = 0
    """Canaries before the other one, and marks that would have rung a channel."""
    queue: int = 0


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.canaries = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.canaries += CANARY in self.format(record)


@contextmanager
def _bot(folder: Path, came: Attacked) -> Iterator[Workspace]:
    """A new one, and what it has done by the end."""
    heard = _Heard()
    logging.getLogger().addHandler(heard)
    with Hands(retry_waits=(0.1, 0.1)) as slack:
        workspace = Workspace(slack, folder / f"{came.turns}.db", "http").start()
        workspace.hurry()
        try:
            yield workspace
        finally:
            came.in_logs += heard.canaries
            came.turns += _turns(workspace)
            workspace.hurry(on=False)
            workspace.stop()
            logging.getLogger().removeHandler(heard)


def _left(workspace: Workspace) -> int:
    """How much is never said."""
    workspace.slack.wait_idle()
    with suppress(TimeoutError):
        workspace.wait_for(lambda: not workspace.bot.outbox.waiting)
    return workspace.bot.outbox.waiting


def _turns(workspace: Workspace) -> int:
    return sum(workspace.bot.metrics._counts["turns"].values())


def requests(folder: Path, dice: random.Random, over: Callable[[], bool]) -> Attacked:
    """What Slack really sent in a conversation, with something wrong in it; most of it signed."""
    came = Attacked()
    while not over():
        with _bot(folder, came) as workspace:
            talk = workspace.open(f"{CANARY} in its own words").answer("company_voice")
            check = Decided(workspace, ADA, CANARY, DECIDED)
            check.share()
            workspace.slack.command(LIN, "/finetune", "decisions")
            workspace.slack.open(ADA, "home")
            workspace.quiet()
            bases = [one.payload for one in workspace.slack.deliveries() if "bot_id" not in str(one.payload)]
            door = workspace.bot.wsgi()
            for _ in range(A_ROUND):
                status, _answer = call(door, hostile(dice, bases, workspace.slack.signing_secret))
                came.statuses[status] += 1
            assert talk.messages()
            came.shown += str(_seen_by(workspace, LIN)).count(CANARY + " in its own")
            # It may have been told, in the right words, that the workspace let go of it: then all that waits stays.
            came.queue += _left(workspace) if workspace.bot.fault() is None else 0
    return came


def texts(folder: Path, dice: random.Random, over: Callable[[], bool]) -> Attacked:
    """Wherever one can type: an opening, answers, a title, what-ifs, questions, quick lines, a decision to bring in."""
    came = Attacked()
    while not over():
        with _bot(folder, came) as workspace:
            for _ in range(8):
                _typed_everywhere(workspace, dice, came)
                if over():
                    break
            came.queue += _left(workspace)
            came.refused_calls += len(workspace.refused())
            for each in workspace.slack.deliveries():
                came.statuses[each.status] += 1
            theirs = _seen_by(workspace, LIN)
            came.shown += str(theirs).count(CANARY)
            said = [m for where in ("D0ADA", "C0GENERAL") for m in workspace.slack.messages(where) if m.get("bot_id")]
            came.shown += sum(
                str(m.get(part)).count(mark) for m in said for part in ("text", "blocks") for mark in MARKS
            )
            _forget(workspace)
            came.turns += _turns(workspace)
            workspace.stop()
            files = (workspace.db, workspace.db.with_name(f"{workspace.db.name}-wal"))
            came.in_file += sum(one.read_bytes().count(CANARY.encode()) for one in files if one.exists())
            workspace.start()
    return came


def _text(dice: random.Random) -> str:
    parts = [dice.choice((*PIECES, *SNIPPETS)) for _ in range(dice.choice((1, 2, 5, 30)))]
    dice.shuffle(parts)
    return (CANARY + "".join(one for one in parts if one != "\ud83d"))[:39_000]


def _typed_everywhere(workspace: Workspace, dice: random.Random, came: Attacked) -> None:
    slack = workspace.slack
    root = slack.say(ADA, _text(dice))
    workspace.quiet()
    talk = workspace.talk(ADA, root)
    for question in ("eval_pairs", "usd_per_call_now", "retrain_owner"):
        while talk.pending not in (question, ""):
            talk.answer(ANSWERS.get(talk.pending, "unknown"))
        workspace.quiet()
        for text in (_text(dice), f"what if {_text(dice)}?", f"{_text(dice)}?", "rename", _text(dice)):
            slack.say(ADA, text, thread_ts=root)
            workspace.quiet()
        slack.say(ADA, "continue", thread_ts=root)
        workspace.quiet()
    for line in (_text(dice), f"roi {_text(dice)}", f"decisions {_text(dice)}", f"compare {_text(dice)}"):
        _sent(came, partial(slack.command, ADA, "/finetune", line[:3_000]))
    _sent(came, lambda: slack.command(ADA, "/finetune", "import"))
    workspace.quiet()
    if slack.modals(ADA):
        _sent(came, lambda: slack.submit(ADA, {"json": _text(dice)[:3_000]}))
        slack.close_view(ADA, everything=True)
    workspace.quiet()


def _sent(came: Attacked, do: Callable[[], Any]) -> None:
    try:
        do()
    except NotAcknowledged as not_taken:
        came.statuses[not_taken.answer.status] += 1


def _seen_by(workspace: Workspace, user: str) -> list[Any]:
    slack = workspace.slack
    return [slack.messages(f"D{user[1:]}"), slack.ephemerals(user), slack.modals(user), slack.home(user)]


def _forget(workspace: Workspace) -> None:
    """As on Home: all of Ada's is gone for good."""
    workspace.slack.open(ADA, "home")
    workspace.quiet()
    assert workspace.slack.click(ADA, action_id="home:forget", view_id=workspace.home(ADA)["id"]) == 200
    workspace.quiet()
    workspace.scrubbed()
