"""Two people, what they do, how it is delivered, what Slack makes of it and where the bot dies, in any order.

A rule does nothing where there is nothing to do it with, and numbers choose from what is there: what the bot has said
by then is a matter of threads, and what Hypothesis draws must not be.
"""

import json
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from advisor import load_rules
from bot.delivery import outbox
from bot.local import NotAcknowledged
from bot.slack.workspace import SlackAway
from bot.store.checks import any_check, check_in_thread, state
from bot.store.database import Connection
from tests.bot.conftest import ADA, ANSWERS, DECIDED, LIN, Hands, Workspace, buttons
from tests.bot.journeys import FAULTS
from tests.bot.test_isolation import PEOPLE

CHANNEL = "C0GENERAL"
TEAM = "T0LOCAL"
RULES = load_rules()
COSTS = ("usd_per_call_now", "usd_per_label")
"""What nobody else ever sees here: no record is posted with its figures."""
SAYS = (
    "undo", "start over", "review", "change eval pairs", "why not now?", "what if we had 2M calls?", "report", "help",
    "cancel", "continue", "the rest", "plan", "resume",
)  # fmt: skip
FAILING = (
    "chat.postMessage", "chat.postMessage", "*", "*", "chat.update", "chat.postEphemeral", "chat.getPermalink",
    "conversations.info", "conversations.history", "conversations.replies", "views.open", "views.publish",
)  # fmt: skip
HOW = ("drop after", "drop after", "drop after", *sorted(FAULTS))
"""What may stand twice is most of what can go wrong."""
NOT_PRESSED = ("forget", "delete", "hand_over", "take_down", "feedback")  # what they do has tests of its own
WRITTEN = ("sessions", "answers", "reports")
SLACK_GIVES_UP_SECONDS = 6 * 3600.0
number = st.integers(0, 999)
people = st.sampled_from((ADA, LIN))
often, seldom = st.sampled_from((True, True, False)), st.sampled_from((False, False, True))


class HeldBack(Hands):
    """The workspace, whose post lies until somebody brings it: in any order, and as often as they like."""

    def start(self) -> "HeldBack":
        super().start()
        self.held: list[dict[str, Any]] = []
        courier = self._server.courier
        at_once = courier.post

        def post(payload: dict[str, Any], said: tuple[str, str] | None = None) -> None:
            if "bot_id" in str(payload["event"]):  # what the bot said itself, or has edited
                at_once(payload, said)
            else:
                self.held.append(payload)

        courier.post = post  # type: ignore[method-assign]
        return self


@dataclass
class Person:
    """Somebody, what they answer, and what has to stay theirs."""

    id: str
    threads: list[str] = field(default_factory=list)
    shared: bool = False

    @property
    def dm(self) -> str:
        return f"D{self.id[1:]}"

    @property
    def answers(self) -> dict[str, str]:
        return ANSWERS | PEOPLE[self.id][0]

    @property
    def secrets(self) -> list[str]:
        """A record shows the gates; until one is posted nothing of a check is anybody else's."""
        said, ideas = PEOPLE[self.id]
        return [said[name] for name in COSTS] if self.shared else [*said.values(), *ideas]


class Conversations(RuleBasedStateMachine):
    """What is done to the bot, and what holds of it throughout."""

    counted: ClassVar[Counter[str]] = Counter()
    """Of all that were played: turns, deliveries acknowledged, ends of a process, answers with 500 and 503, steps."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.slack = HeldBack(retry_waits=()).start()
        self.workspace = Workspace(self.slack, Path(self.folder.name) / "advisor.db", "http").start()
        self.workspace.hurry()
        self.people = {user: Person(user) for user in (ADA, LIN)}
        self.brought: list[tuple[float, dict[str, Any]]] = []
        self.log: dict[tuple[str, int], tuple[Any, ...]] = {}
        for user in self.people:
            self.say_an_idea(user, 0)
        self.settle()

    def teardown(self) -> None:
        try:
            self.settle()
            self.the_card_that_stands_shows_the_log()
            self.every_check_goes_on()
        finally:
            self.workspace.hurry(on=False)
            self._stop()
            self._count_deliveries()
            self.slack.stop()
            self.folder.cleanup()

    def _stop(self) -> None:
        self.counted["ends"] += 1
        self.counted["turns"] += sum(self.workspace.bot.metrics._counts["turns"].values())
        self.workspace.stop()

    def _count_deliveries(self) -> None:
        for each in self.slack.deliveries():
            self.counted["acknowledged" if each.status == 200 else str(each.status)] += 1
        assert not self.counted["500"]

    # ---- what people do

    @rule(who=people, idea=number)
    def say_an_idea(self, who: str, idea: int) -> None:
        ideas = PEOPLE[who][1]
        self.people[who].threads.append(self.slack.say(who, f"{ideas[idea % len(ideas)]} in its own words"))

    @rule(who=people, which=number, bring=often, lost=seldom)
    def say_an_answer(self, who: str, which: int, bring: bool, lost: bool) -> None:
        """What they read on the card, or, where there is none yet, what they think they will be asked. What Slack says
        to the card that answers may be ``lost``."""
        person = self.people[who]
        if person.threads:
            root = person.threads[which % len(person.threads)]
            asked = self.workspace.talk(who, root).pending
            self.slack.say(who, person.answers.get(asked, "classification"), thread_ts=root)
            if lost:
                self.slack.faults.add("chat.postMessage", FAULTS["drop after"])  # type: ignore[arg-type]
            if bring:
                self.bring(-1)

    @rule(who=people, which=number, words=st.sampled_from(SAYS))
    def say_something_else(self, who: str, which: int, words: str) -> None:
        person = self.people[who]
        if person.threads:
            self.slack.say(who, words, thread_ts=person.threads[which % len(person.threads)])

    @rule(who=people, message=number, button=number, option=number, place=st.sampled_from(("DM", "DM", CHANNEL)))
    def press(self, who: str, message: int, button: int, option: int, place: str) -> None:
        """Anything that can be pressed, on the newest card or an old one."""
        where = self.people[who].dm if place == "DM" else place
        cards = [m for m in self.slack.messages(where) if buttons(m)]
        if not cards:
            return
        card = cards[-1 - message % min(len(cards), 3)]
        elements = {name: one for name, one in buttons(card).items() if not any(n in name for n in NOT_PRESSED)}
        if elements:
            name = sorted(elements)[button % len(elements)]
            options = elements[name].get("options", [])
            picked = options[option % len(options)]["value"] if options else None
            if not (picked and any(each in picked for each in NOT_PRESSED)):
                self._press(who, card["ts"], name, where, picked)

    @rule(who=people, option=number)
    def press_an_answer(self, who: str, option: int) -> None:
        person = self.people[who]
        cards = [m for m in self.slack.messages(person.dm) if buttons(m)]
        elements = buttons(cards[-1]) if cards else {}
        answers = sorted(name for name in elements if name.startswith("answer:"))
        if answers:
            name = answers[option % len(answers)]
            options = elements[name].get("options", [])
            self._press(
                who, cards[-1]["ts"], name, person.dm, options[option % len(options)]["value"] if options else None
            )

    def _press(self, who: str, ts: str, name: str, where: str, option: str | None) -> None:
        with suppress(LookupError):  # the card went on between the look and the click
            self.slack.click(who, ts, name, where, option)

    @rule(who=people)
    def bring_in_a_decision(self, who: str) -> None:
        """One taken elsewhere, as a file: a report at once, to be shared."""
        person = self.people[who]
        with suppress(NotAcknowledged):
            self.slack.command(who, "/finetune", "import")
        if self._dialog(who) == "import":
            answers = DECIDED | {"usd_per_call_now": person.answers["usd_per_call_now"][1:]}
            answers |= {"retrain_owner": person.answers["retrain_owner"]}
            said = {"format": "finetune-advisor/decision", "title": PEOPLE[who][1][0], "answers": answers}
            with suppress(NotAcknowledged):
                self.slack.submit(who, {"json": json.dumps(said)})

    @rule(who=people, lost=seldom)
    def share(self, who: str, lost: bool) -> None:
        person = self.people[who]
        cards = [m for m in self.slack.messages(person.dm) if "report:share" in buttons(m)]
        if cards:
            self._press(who, cards[-1]["ts"], "report:share", person.dm, None)
            if self._dialog(who) == "share":
                person.shared = True
                if lost:
                    self.slack.faults.add("chat.postMessage", FAULTS["drop after"])  # type: ignore[arg-type]
                with suppress(NotAcknowledged):
                    self.slack.submit(who, {"channel": CHANNEL})

    @rule(who=people)
    def close_the_dialog(self, who: str) -> None:
        with suppress(LookupError):
            self.slack.close_view(who, everything=True)

    def _dialog(self, who: str) -> str:
        """The dialog before them, once the bot has had the time to open it."""
        with suppress(TimeoutError):
            self.slack.wait_for(lambda: self.slack.modals(who), timeout=0.2)
        return next((str(view["callback_id"]) for view in self.slack.modals(who)), "")

    # ---- how it is delivered

    @rule(which=number)
    def bring(self, which: int) -> None:
        """Any of what lies there: the oldest, or one that was said later."""
        if self.slack.held:
            self._bring(self.slack.held.pop(which % len(self.slack.held)))

    @rule(which=number)
    def bring_again(self, which: int) -> None:
        """As Slack does when an acknowledgement was lost on the way."""
        lately = self.workspace.clock.time() - SLACK_GIVES_UP_SECONDS
        brought = [payload for at, payload in self.brought if at > lately]
        if brought:
            with self._nothing_happens():
                self.slack.deliver(brought[which % len(brought)], retry=(1 + which % 3, "http_timeout"))

    @rule(which=number)
    def bring_twice_at_once(self, which: int) -> None:
        if self.slack.held:
            self._bring(self.slack.held.pop(which % len(self.slack.held)), times=2)

    @rule()
    def press_twice_with_one_payload(self) -> None:
        pressed = [one for one in self.slack.deliveries("interactive") if one.status == 200]
        if pressed and pressed[-1].payload["type"] == "block_actions":
            with self._nothing_happens():
                self.slack.deliver(pressed[-1].payload)

    @contextmanager
    def _nothing_happens(self) -> Iterator[None]:
        """What came before has had its effect."""
        before = [self.workspace.rows(f"SELECT count(*) FROM {table}") for table in WRITTEN]  # noqa: S608
        yield
        after = [self.workspace.rows(f"SELECT count(*) FROM {table}") for table in WRITTEN]  # noqa: S608
        assert before == after, "what came a second time had a second effect"

    def _bring(self, payload: dict[str, Any], times: int = 1) -> None:
        """So often at once; what was not taken lies there again."""
        before = self._answerable(payload["event"])
        with ThreadPoolExecutor(times) as pool:
            taken = [answer.ok for answer in pool.map(self.slack.deliver, [payload] * times)]
        if any(taken):
            self.brought.append((self.workspace.clock.time(), payload))
            self.what_was_acknowledged_is_written(payload["event"], before)
        else:
            self.slack.held.append(payload)

    def _answerable(self, event: dict[str, Any]) -> int | None:
        """How long the log is of the check that these words will be an answer to, if they are."""
        person = self.people[event["user"]]
        if event["text"] not in person.answers.values():
            return None

        def look(conn: Connection) -> int | None:
            check = check_in_thread(conn, TEAM, event["channel"], event.get("thread_ts", ""))
            return check.session.version if check and state(check, RULES).pending else None

        return self.workspace.bot.store.turn(look)

    # ---- what Slack makes of it, and the end of a process

    @rule(method=st.sampled_from(FAILING), fault=st.sampled_from(HOW), times=st.integers(1, 3))
    def slack_fails(self, method: str, fault: str, times: int) -> None:
        self.slack.faults.add(method, FAULTS[fault], times)  # type: ignore[arg-type]

    @rule()
    def slack_is_well(self) -> None:
        self.slack.faults.clear()

    @rule(applied=st.booleans(), which=number)
    def die(self, applied: bool, which: int) -> None:
        """What the process knew is gone: between an acknowledgement and a post, or a post and its being noted.
        ``applied``: Slack has done what was asked of it meanwhile, and nobody hears of it."""
        answered = threading.Event()
        if applied:
            self.slack.faults.add("*", {"until": answered})
        self.bring(which)
        with suppress(TimeoutError):
            self.slack.wait_for(lambda: self.workspace.bot.outbox.waiting, timeout=0.02)
        kept, outbox._CLOSING_SECONDS = outbox._CLOSING_SECONDS, 0.0
        try:
            self._stop()
        finally:
            outbox._CLOSING_SECONDS = kept
        answered.set()
        if applied:
            self.slack.faults.clear()
            before = -1
            while before != (before := len(self.slack.calls())):
                threading.Event().wait(0.02)
        while True:
            with suppress(SlackAway):  # it ends, and whoever runs it starts it again
                self.workspace.start()
                break

    @rule()
    def settle(self) -> None:
        """All is well and all is brought; who is asked whether a post is there looks, and says so."""
        self.slack.faults.clear()
        while self.slack.held:
            self._bring(self.slack.held.pop(0))
        self.workspace.quiet()
        for who, person in self.people.items():
            for asking in [m for m in self.slack.messages(person.dm) if "record:was_posted" in buttons(m)]:
                row = int(buttons(asking)["record:was_posted"]["value"])
                rows = self.workspace.rows(f"SELECT said FROM outbox WHERE id={row}")  # noqa: S608
                keys = [json.loads(said)["key"] for (said,) in rows]
                there = any(key in self._keys_in(CHANNEL) for key in keys)
                self._press(who, asking["ts"], f"record:{'was_posted' if there else 'post_again'}", person.dm, None)
                self.workspace.quiet()
        self.the_card_that_stands_shows_the_log()

    def _keys_in(self, place: str) -> list[str]:
        """What the posts that stand there are called by the bot."""
        said = [m for m in self.slack.messages(place) if m.get("bot_id")]
        return [m["metadata"]["event_payload"]["key"] for m in said if "metadata" in m]

    # ---- what holds throughout

    def what_was_acknowledged_is_written(self, event: dict[str, Any], before: int | None) -> None:
        key = f"{TEAM}:{event['user']}:{event['channel']}:{event['ts']}:"
        assert self.workspace.rows(f"SELECT 1 FROM seen WHERE substr(key, 1, {len(key)})='{key}'")  # noqa: S608
        assert before is None or self._answerable(event) != before, "an answer that is not in the log"

    @invariant()
    def a_log_only_grows(self) -> None:
        """Whatever was in it is in it, as it was, also after an end."""
        self.counted["steps"] += 1
        rows = self.workspace.rows("SELECT session, n, verb, field, value, text, ts, at, sum FROM answers")
        now = {(session, n): tuple(more) for session, n, *more in rows}
        assert self.log.items() <= now.items(), "an answer is gone, or is another one"
        self.log = now

    @invariant()
    def nothing_is_said_twice(self) -> None:
        places = [*(person.dm for person in self.people.values()), CHANNEL]
        keys = Counter(key for place in places for key in self._keys_in(place))
        assert [key for key, times in keys.items() if times > 1] == []

    @invariant()
    def nothing_of_one_is_shown_to_the_other(self) -> None:
        for owner, reader in ((ADA, LIN), (LIN, ADA)):
            seen = [self.slack.messages(f"D{reader[1:]}"), self.slack.ephemerals(reader), self.slack.modals(reader)]
            text = json.dumps([*seen, self.slack.home(reader), self.slack.messages(CHANNEL)], ensure_ascii=False)
            assert [secret for secret in self.people[owner].secrets if secret in text] == []

    def the_card_that_stands_shows_the_log(self) -> None:
        def checks(conn: Connection) -> list[tuple[str, str, str, int, str]]:
            found = [any_check(conn, TEAM, id) for (id,) in conn.execute("SELECT id FROM sessions").fetchall()]
            return [(one.channel, one.card_ts, one.id, one.session.version, state(one, RULES).pending) for one in found]

        for channel, card_ts, check, version, pending in self.workspace.bot.store.turn(checks):
            (card,) = [m for m in self.slack.messages(channel) if m["ts"] == card_ts]
            drawn = {block["block_id"].rsplit("-", 1)[0] for block in card["blocks"]}
            assert drawn == {f"{check}-{version}"}, "the card is of another moment"
            asked = {name.split(":")[1] for name in buttons(card) if name.endswith(":unknown")}
            assert asked <= {pending}, "what it asks is not what is to be answered"  # a review asks nothing

    def every_check_goes_on(self) -> None:
        """Whatever happened to it, its owner can begin it anew."""
        for who, person in self.people.items():
            for root in person.threads:
                self.slack.say(who, "start over", thread_ts=root)
                self.settle()
                talk = self.workspace.talk(who, root)
                assert talk.pending == "goal", talk.text
