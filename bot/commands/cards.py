"""Every card this release can draw: the bot's own rooms play a rehearsal on a file that is thrown away, with nobody."""

import json
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from advisor import decide, load_rules
from advisor.conversation import COMMANDS as STEPS
from advisor.conversation import Clicked
from advisor.model import FIELDS, Answers
from bot.app import make_handlers
from bot.delivery.clock import Clock
from bot.delivery.outbox import Outbox
from bot.delivery.turn import Turns
from bot.messages import Outcome, OutgoingMessage, Request, stamp
from bot.render.wording import Wording
from bot.slack.listeners import ACTS, COMMANDS, DIALOGS, take
from bot.slack.payloads import Click
from bot.store import checks, decisions, queue
from bot.store.database import Connection
from bot.store.sqlite import Store

Payload = dict[str, Any]
"""What ``blocks.validate`` takes: ``blocks`` or a ``view``."""

_TEAM, _WHO, _OTHER, _DM, _CHANNEL = "T0REHEARSAL", "U0NOBODY", "U0NOBODY2", "D0NOBODY", "C0NOWHERE"
_SITUATION: dict[str, Any] = {
    "goal": "company_voice", "prompt_tried": True, "rag_tried": "not_needed", "failure_cause": "tone",
    "eval_pairs": 5000, "measured_pass_rate": "0.82", "target_pass_rate": "0.9", "large_model_meets_target": True,
    "eval_overlaps_training": False, "calls_per_year": 1_000_000, "usd_per_call_now": "0.03",
    "usd_per_call_after": "0.001", "pass_rate_without_tuning": "0.9", "training_pairs": 5000, "labeled_pairs": 0,
    "usd_per_label": "1", "training_usd": "500", "upkeep_usd_per_month": "200", "hosting_usd_per_month": "0",
    "retrain_pipeline": True, "retrain_budget": True, "retrain_owner": "R. Okafor",
}  # fmt: skip
_TRIAL = {"poc_run": True, "poc_training_examples": 200, "poc_baseline_pass_rate": "0.8", "poc_eval_items": 1000}
SITUATIONS: tuple[dict[str, Any], ...] = (
    {},
    {"prompt_tried": False},
    {"eval_pairs": 100},
    {"calls_per_year": 1000},
    {"retrain_owner": ""},
    {"failure_cause": "unknown", "eval_pairs": "unknown"},
    {**_TRIAL, "poc_tuned_pass_rate": "0.92", "poc_gained": 130, "poc_lost": 10},
    {**_TRIAL, "poc_tuned_pass_rate": "0.81"},
)
"""Situations that lead to every verdict; a test compares."""
_WITH_A_TRIAL = 6
_FIGURES = "1M calls/yr, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo"
_QUESTIONS = ("why", "what if 10k labels", "what is gate 3", "how long does a trial take", "bananas", "help", "resume")


def _somehow(field: str) -> Any:
    """A value that answers a question: what was answered can be asked again."""
    options = [option.id for row in load_rules().questions if row.id == field for option in row.options]
    for value in (*options, True, 6, "0.5", "somebody"):
        with suppress(ValueError):
            Answers.model_validate({field: value})
            return value
    raise AssertionError(field)


def verdict(changes: dict[str, Any]) -> str:
    """What one of the situations leads to."""
    return decide(Answers.model_validate(_SITUATION | changes), load_rules()).verdict.kind


def every_card() -> list[tuple[str, Payload]]:
    """Where it came from, and the card; of those that are built alike the first."""
    found = dict[str, tuple[str, Payload]]()
    for name, payload in rehearsed():
        found.setdefault(_built(payload), (name, payload))
    return list(found.values())


def rehearsed() -> Iterator[tuple[str, Payload]]:
    """All that is drawn, as it comes."""
    bots = logging.getLogger("bot")
    level = bots.level
    bots.setLevel(logging.CRITICAL)  # what goes wrong in a rehearsal is no fault of the bot's
    try:
        with _rehearsal() as play:
            yield from play.all()
    finally:
        bots.setLevel(level)


def _built(payload: Payload) -> str:
    """How it is built: its kinds, its fields and how long its lists are; not what it says."""

    def shape(node: Any) -> Any:
        if isinstance(node, dict):
            return {name: inner if name == "type" else shape(inner) for name, inner in node.items()}
        return [shape(inner) for inner in node] if isinstance(node, list) else type(node).__name__

    return json.dumps(shape(payload), sort_keys=True)


@contextmanager
def _rehearsal() -> Iterator["_Rehearsal"]:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "rehearsal.db")
        play = _Rehearsal(store)
        try:
            yield play
        finally:
            play.outbox.close()
            store.close()


class _Rehearsal:
    """The rooms, and a Slack that takes everything."""

    def __init__(self, store: Store) -> None:
        self._store, self._clock, self._numbers = store, Clock(), count(1)
        self.outbox = Outbox(store, None, self._clock)  # type: ignore[arg-type]  # never started: it says nothing
        self._turns = Turns(store, self.outbox, clock=self._clock)
        wording = Wording(load_rules(), "a model", prose=True)
        self.handlers = make_handlers(
            self._turns, self.outbox, wording, lambda _: frozenset(), keep_days=365, mode="prose"
        )

    def all(self) -> Iterator[tuple[str, Payload]]:
        to, drawn = self.handlers, self._drawn
        to.home.opened(self._request())
        yield from drawn("Home, new")
        to.conversation.opened(self._request())
        to.conversation.message(self._request("We want our support answers in our own tone"))
        yield from drawn("a check's first question")
        (begun,) = self._checks()
        for field in FIELDS:  # asked for the first time, where it is asked at all
            to.conversation.clicked(
                self._request(), Clicked(verb="answer", field=field, option="unknown"), "", begun.id
            )
            yield from drawn(f"what follows on {field}")
        full = self._bring({field: _somehow(field) for field in FIELDS} | _SITUATION)
        yield from drawn("a check with all that can be answered")
        for field in FIELDS:
            for event in (Clicked(verb="edit", field=field), Clicked(verb="why")):
                to.conversation.clicked(self._request(), event, "", full)
                yield from drawn(f"question {field}")
        for number, changes in enumerate(SITUATIONS):
            brought = self._bring(_SITUATION | changes)
            yield from drawn(f"report {number}")
            yield from self._pressed(number, brought)
        to.home.opened(self._request())
        yield from drawn("Home")
        for word, take_command in COMMANDS.items():
            for line in ("", _FIGURES, "nothing of the kind"):
                yield from self._answered(f"/finetune {word}", take_command(to, self._request(channel=_CHANNEL), line))
        to.readers.mentioned(self._request("should we fine-tune?", channel=_CHANNEL))
        yield from drawn("a mention")

    def _bring(self, answers: dict[str, Any]) -> str:
        """Bring a check; returns its id. Of checks of one second nobody knows which is the last."""
        before = {one.id for one in self._checks()}
        said = {"format": "finetune-advisor/decision", "title": "A rehearsal", "answers": answers}
        assert self.handlers.export.bring(self._request(), json.dumps(said)) == {}  # noqa: S101 - they are ours
        (brought,) = {one.id for one in self._checks()} - before
        return brought

    def _pressed(self, number: int, check_id: str) -> Iterator[tuple[str, Payload]]:
        """All that can be done with a report."""
        to = self.handlers
        thread = next(one.thread_ts for one in self._checks() if one.id == check_id)
        for words in (*dict.fromkeys(STEPS.values()), *_QUESTIONS):
            if words not in ("restart", "cancel", "drop"):
                to.conversation.message(self._request(words, thread))
                yield from self._drawn(f"report {number}, then {words!r}")
        version = self._store.turn(lambda conn: max(checks.versions_of(conn, check_id), default=0))
        for ticked in (["costs"], []):
            wanted = {"channel": _CHANNEL, "options": ticked, "note": "a note", "title": "A rehearsal of sharing"}
            yield from self._answered("share", to.share.submit(self._request(), f"{check_id}:{version}", wanted))
        to.handover.offer(self._request(), check_id, _OTHER)
        yield from self._drawn(f"report {number}, offered")
        records = self._store.turn(lambda conn: decisions.records_of(conn, check_id))
        # What a button leads to differs with the trial alone.
        record = records[0].id if records and number in (0, _WITH_A_TRIAL) else ""
        about = {"record": record, "roi": _FIGURES, "session": "", "home": check_id}
        for what in ACTS if record else ():
            if what in ("home:forget", "home:delete"):
                continue
            family = what.partition(":")[0]
            value = f"{check_id}:{version}" if what == "record:version" else about.get(family, check_id)
            request = self._request(channel=_CHANNEL if family == "record" else _DM, thread=thread)
            take(to, Click(request, what, "", value, "30", (), check_id, version))
            yield from self._drawn(f"{what} on report {number}")
        values = {"line": "bananas", "json": "{", "note": "a note", "person": "", "channel": ""}
        for name, sent in DIALOGS.items() if record else ():
            yield from self._answered(name, sent(to, self._request(), record if "record" in name else check_id, values))

    def _answered(self, name: str, said: Any) -> Iterator[tuple[str, Payload]]:
        """What an answer itself carries, and what was said beside it."""
        if isinstance(said, dict):
            yield from ((name, {key: said[key]}) for key in ("blocks", "view") if said.get(key))
        yield from self._drawn(name)

    def _drawn(self, name: str) -> Iterator[tuple[str, Payload]]:
        """What is to be said by now, taken by a Slack that takes everything, and what follows on that."""
        for _ in range(20):
            said = self._store.turn(self._left)
            due = [outgoing for outgoing in said if outgoing.due <= stamp(self._clock.time())]
            if not due:
                return
            for outgoing in due:
                holder = outgoing.args.get("body") or outgoing.args
                yield from ((name, {key: holder[key]}) for key in ("blocks", "view") if holder.get(key))
                self._store.turn(partial(self._taken, outgoing=outgoing))

    def _left(self, conn: Connection) -> list[OutgoingMessage]:
        left = queue.left_over(conn, _TEAM, self._clock.time())
        return [self.outbox.picture(conn, outgoing).drawn() for outgoing in left]

    def _taken(self, conn: Connection, outgoing: OutgoingMessage) -> None:
        ts = f"{1_800_000_000 + next(self._numbers)}.000001"
        channel: Any = outgoing.args.get("channel") or _DM
        if outgoing.method in ("conversations.info", "conversations.open"):
            channel = {"id": channel, "is_member": True}
        said = {"ok": True, "ts": ts, "channel": channel, "message": {}, "permalink": "https://example.org/"}
        said |= {"view": {"id": "V0", "hash": "h"}, "message_ts": ts, "fault": "resting"}
        queue.over(conn, (outgoing.id,))
        if outgoing.method == "card":
            place = {"card": ts, "channel": _DM, "thread": outgoing.args.get("thread_ts") or ts}
            checks.card_stands(conn, outgoing.session, _TEAM, outgoing.lane, place, new_thread=True)
        for more in self._turns.after(conn, outgoing, Outcome(said)):
            self._turns.write(conn, more)

    def _checks(self) -> list[checks.Check]:
        return self._store.turn(lambda conn: checks.own_checks(conn, self._request(), most=100))

    def _request(self, text: str = "", thread: str = "", channel: str = _DM) -> Request:
        number = next(self._numbers)
        return Request(
            f"rehearsed {number}", _TEAM, _WHO, channel, ts=f"{1_800_000_000 + number}.000001", thread_ts=thread,
            text=text, name="nobody", trigger_id="t", response_url="https://example.org/", message_ts="",
        )  # fmt: skip
