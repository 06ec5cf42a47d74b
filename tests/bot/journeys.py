"""Six things people do with the bot, each as a short journey that goes on like a person when Slack fails on the way."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.local import LocalSlack
from tests.bot.conftest import ADA, DECIDED, LIN, Decided, Workspace, buttons

DM, LINS, CHANNEL = "D0ADA", "D0LIN", "C0GENERAL"


class Journey:
    """What happens before anything goes wrong, and then the part that is watched."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.slack, self.settle = workspace, workspace.slack, workspace.quiet
        self.prepare()

    def prepare(self) -> None:
        pass

    def go(self) -> None:
        raise NotImplementedError

    def decide(self) -> Decided:
        return Decided(self.workspace, ADA, "Our support tone", DECIDED)

    def press(self, user: str, action_id: str, channel: str = DM) -> None:
        message = [m for m in self.slack.messages(channel) if action_id in buttons(m)][-1]
        assert self.slack.click(user, message["ts"], action_id, channel) == 200
        self.settle()

    def open_dialog(self, press: Callable[[], None]) -> None:
        """Who is told that a form did not open presses again."""
        for _ in range(3):
            press()
            if self.slack.modals(ADA):
                return
        raise AssertionError("the dialog never opened")

    def answer_doubt(self, there: bool) -> None:
        """Who is asked whether a post is there looks, and says so."""
        if [m for m in self.slack.messages(DM) if "record:was_posted" in buttons(m)]:
            self.press(ADA, "record:was_posted" if there else "record:post_again")

    def record(self) -> dict[str, Any]:
        return next((m for m in reversed(self.slack.messages(CHANNEL)) if m.get("bot_id")), {})


class Check(Journey):
    """A check in the DM: opened by typing, answered by pressing and typing, to its report."""

    def go(self) -> None:
        root = self.slack.say(ADA, "Our support answers in our own tone")
        self.settle()
        talk = self.workspace.talk(ADA, root)
        assert self.slack.click(ADA, talk.card["ts"], "answer:goal:pick", DM, option="company_voice") == 200
        self.settle()
        self.slack.say(ADA, "no", thread_ts=root)
        self.settle()


class Share(Journey):
    """A decision posted into a channel."""

    def prepare(self) -> None:
        self.check = self.decide()

    def go(self) -> None:
        self.open_dialog(lambda: self.press(ADA, "report:share"))
        assert self.slack.submit(ADA, {"channel": CHANNEL}) == {}
        self.settle()
        self.answer_doubt(bool(self.record()))


class Update(Journey):
    """A posted decision that was revised, brought up to date."""

    def prepare(self) -> None:
        self.check = self.decide()
        self.check.share()
        self.check.change("eval pairs", "900")

    def go(self) -> None:
        self.press(ADA, "report:update")


class HandOver(Journey):
    """A check offered to a colleague and accepted."""

    def prepare(self) -> None:
        self.check = self.decide()

    def go(self) -> None:
        self.open_dialog(lambda: self.press(ADA, "report:hand_over"))
        assert self.slack.submit(ADA, {"person": LIN}) == {}
        self.settle()
        self.press(LIN, "record:accept", LINS)


class Export(Journey):
    """A decision taken along as two files."""

    def prepare(self) -> None:
        self.check = self.decide()

    def go(self) -> None:
        self.press(ADA, "report:export")


class QuickPost(Journey):
    """A quick calculation shown to a channel."""

    def go(self) -> None:
        line = "roi 1M calls/yr, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo"
        self.slack.command(ADA, "/finetune", line, channel=CHANNEL)
        for _ in range(3):
            shown = self.slack.ephemerals(ADA)[-1]
            self.slack.click(ADA, shown["ts"], "roi:post", CHANNEL)
            self.settle()
            self.answer_doubt(bool(self.record()))
            if self.record():
                return


JOURNEYS = {
    "DM check": Check, "share": Share, "update": Update, "hand over": HandOver, "export": Export,
    "quick post": QuickPost,
}  # fmt: skip
FAULTS: dict[str, dict[str, Any]] = {
    "drop before": {"reset": "before"},
    "drop after": {"reset": "after"},
    "200 with error": {"error": "internal_error"},
    "5xx": {"status": 500},
    "HTML": {"html": True, "status": 200},
    "429, 1 s": {"status": 429, "retry_after": 1},
    "429, 60 s": {"status": 429, "retry_after": 60},
    "429, 3600 s": {"status": 429, "retry_after": 3600},
    "hang": {"hang": True},
}
TOLD_WITHIN = 90.0


def journey_without_faults(name: str, slack: LocalSlack, db: Path) -> tuple[list[tuple[str, int]], Counter[Any]]:
    """The calls a journey makes when all goes well (method, and which call of it), and what stands in the end."""
    with _played(name, slack, db) as (workspace, before):
        methods = [call.method for call in workspace.slack.calls()[before:]]
        well = standing(workspace)
    return [(method, methods[:place].count(method)) for place, method in enumerate(methods)], well


def end_of(
    name: str, fault: dict[str, Any], method: str, nth: int, slack: LocalSlack, db: Path, well: Counter[Any]
) -> str:
    """How a journey ends when the nth call of a method goes wrong like this, in a few words.

    Raises:
        AssertionError: a post is missing or stands twice, or somebody waited longer than 90 s without being told.
    """
    with _played(name, slack, db, (method, nth, fault)) as (workspace, before):
        calls = workspace.slack.calls()[before:]
        stands, done = standing(workspace), workspace.clock.time()
        notes = [note["text"] for note in workspace.slack.ephemerals(ADA)]
    failed = [call for call in calls if call.method == method and not (call.response or {}).get("ok")]
    assert failed, f"{method} never went wrong"
    asked = [
        words for words in stands if "Slack did not say" in words[1] or words[1].startswith(("Good: it", "I post it"))
    ]
    passing = [words for words in stands if words[1].startswith(("Slack did not open", "Slack did not take the"))]
    told = [
        call.at for call in calls if "Slack is slow" in str(call.args.get("text")) and (call.response or {}).get("ok")
    ]
    for words in {*asked, *passing}:
        del stands[words]
    missing, more = well - stands, stands - well
    if fault.get("retry_after", 0) >= 60 and method == "chat.update" and (missing, more) != (Counter(), Counter()):
        # To cut down the card above is decoration, given up after a minute; pressed, it says that it has moved on.
        assert [pressable for _, _, pressable in missing] == [False]
        assert [pressable for _, _, pressable in more] == [True]
        return "as without it, but the card above is not cut down to its line"
    if method.startswith("files.") and sum(missing.values()) == 1 and sum(more.values()) == 3:
        assert all("to take along" in text for _, text, _ in [*missing, *more])
        return "the files are said as text"
    if [text for _, text, _ in missing if "was decided again" in text] and not more:
        assert len(missing) == 1
        return "as without it, but the thread below the record is not told that the verdict changed"
    # Without its link the line that says where it was posted has other words.
    assert _bare(stands) == _bare(well), {
        "missing": _bare(well) - _bare(stands),
        "too many": _bare(stands) - _bare(well),
    }
    began = failed[0].at
    assert done <= began + TOLD_WITHIN or (told and min(told) <= began + TOLD_WITHIN), "nobody was told"
    end = "as without it"
    if asked:
        end = "asked whether it is there, then as without it"
    if passing or any(note.startswith("Slack did not open") for note in notes):
        end = "told to press again, then as without it"
    return end + (f"; told after {min(told) - began:.0f} s that Slack is slow" if told else "")


def standing(workspace: Workspace) -> Counter[Any]:
    """What the bot has said and what still stands, and whether it can be pressed."""
    said = [(c, m) for c in (DM, LINS, CHANNEL) for m in workspace.slack.messages(c) if m.get("bot_id")]
    return Counter((channel, message["text"], bool(buttons(message))) for channel, message in said)


def _bare(stands: Counter[Any]) -> Counter[Any]:
    return Counter({
        (channel, re.sub(r" \((<[^>]*\|)?open it>?\)|[0-9]+\.[0-9]{6}", "", text), pressable): n
        for (channel, text, pressable), n in stands.items()
    })  # fmt: skip


@contextmanager
def _played(
    name: str, slack: LocalSlack, db: Path, wrong: tuple[str, int, Any] | None = None
) -> Iterator[tuple[Workspace, int]]:
    workspace = Workspace(slack, db, "http").start()
    try:
        workspace.hurry()
        journey = JOURNEYS[name](workspace)
        before = len(slack.calls())
        if wrong:
            method, nth, fault = wrong
            slack.faults.spare(method, nth)
            slack.faults.add(method, fault)
        journey.go()
        journey.settle()
        yield workspace, before
    finally:
        workspace.hurry(on=False)
        workspace.stop()
        slack.faults.clear()
