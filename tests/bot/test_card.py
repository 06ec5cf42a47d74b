"""What stands first on a card, how much can be pressed on it, and what is left of it in the conversation."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from advisor import Session, load_rules, step
from advisor.conversation import COMMANDS, Clicked, Event, Filled, Reply, Typed, Undone, current, opening
from advisor.model import UNKNOWN
from bot.answering.search import find
from bot.check.card import Cards, ReportContext
from bot.check.menus import menu
from bot.render.blockkit import plain
from bot.render.view import Actions, Button, Header, Radio, Select, Text, TickList, View
from bot.render.wording import Wording
from tests.advisor.cases import CASES, answers_of
from tests.advisor.strategies import PASSING, TRIAL, given
from tests.bot.conftest import Decide, Workspace, text_of
from tests.test_witnesses import SAID, replies
from tests.test_words import check_of
from tests.wording.asked import ASKED, known, report

RULES = load_rules()
WORDING = Wording(RULES)
CARDS = Cards(WORDING)
DECIDED: dict[str, dict[str, Any]] = {
    "run a trial": PASSING,
    "scale up": {**PASSING, **TRIAL},
    "build the eval set": {**PASSING, "eval_pairs": 200},
    "not decided": {**PASSING, "upkeep_usd_per_month": UNKNOWN},
}
MOVES: dict[str, tuple[Event, ...]] = {
    **{said: (Typed(text=said),) for said in COMMANDS},
    "a question": (Typed(text="why not?"),),
    "words we can't take": (Typed(text="change the weather"),),
    "a changed answer": (Typed(text="change eval pairs"), Typed(text="2.5k")),
    "an answer that stays": (
        Typed(text="change eval pairs"),
        Clicked(verb="answer", field="eval_pairs", option="still"),
    ),
    "a changed owner": (Typed(text="change retraining owner"), Typed(text="Priya Natarajan")),
    "a form": (Filled(values={"eval_pairs": "2,400", "upkeep_usd_per_month": "$950"}),),
    "a form, undone": (Filled(values={"eval_pairs": "2,400"}), Undone(since=0, upto=99)),
    "set aside and brought back": (Typed(text="start over"), Typed(text="bring them back")),
    "an old button": (Clicked(verb="answer", field="goal", option="tone", version=1),),
    "a new title": (Typed(text="rename"), Typed(text="Letters")),
}


@pytest.mark.parametrize(("name", "move"), list(product(DECIDED, MOVES)), ids=" | ".join)
def test_the_verdict_is_the_first_thing_after_any_move(name: str, move: str) -> None:
    """On the card and in what a screen reader says of it, by itself or with what the move has changed."""
    session = check_of(DECIDED[name]).plus("report")
    before = current(session, RULES)
    for event in MOVES[move]:
        session, reply = step(session, event, RULES)
        if reply.face == "report":
            for around in (None, ReportContext(), ReportContext(before=before.report)):
                view = CARDS.view(reply, around)
                assert led_by_the_verdict(view, reply), view.parts[:3]
                assert len(list(controls(view))) <= 4


def led_by_the_verdict(view: View, reply: Reply) -> bool:
    verdict = str(WORDING.headline(reply.report))
    first, second = view.parts[:2]
    if isinstance(first, Header):
        return plain(verdict) == first.text and view.summary.startswith(verdict)
    short = verdict.split(":", maxsplit=1)[0]
    led = isinstance(first, Text) and first.text.startswith(("Still *", "*")) and short in first.text.split(" · ")[0]
    return led and isinstance(second, Header) and view.summary.startswith(first.text)  # type: ignore[union-attr]


def test_what_a_move_has_changed_stands_in_one_line(over_http: Workspace, decided: Decide) -> None:
    """The verdict, the answer, gates and ROI, above the title; what was read is not said a second time."""
    check = decided(over_http)
    check.change("calls a year", "800,000")
    said = text_of(check.card)
    assert said.startswith("Still *Yes, start small* · calls a year: 1,000,000 → 800,000 · ROI: 3.67x → 2.94x")
    assert "Noted" not in said
    assert check.card["text"].startswith("Still Yes, start small · calls a year: 1,000,000 → 800,000")
    check.change("eval pairs", "200")
    assert text_of(check.card).startswith("*Yes, start small → Not yet* · eval pairs: ")
    check.type("help")
    check.press("report:remind:30")
    assert text_of(check.card).startswith("*Yes, start small → Not yet* · ")


def test_a_verdict_that_stays_for_another_reason_says_so() -> None:
    session = check_of({**PASSING, "eval_pairs": 200, "retrain_pipeline": False}).plus("report")
    before = current(session, RULES)
    session, reply = step(session.plus("answer", field="eval_pairs", value=5000), Typed(text="report"), RULES)
    first = CARDS.view(reply, ReportContext(before=before.report)).parts[0]
    assert isinstance(first, Text)
    assert first.text.startswith("Still *Not yet*, for another reason · eval pairs: 200 → 5,000")


# ---- how much can be pressed


def controls(view: View) -> Iterator[Any]:
    """What can be pressed on a card in sight, but for the answers to its question."""
    for part in view.parts:
        for element in part.elements if isinstance(part, Actions) else ():
            answers = isinstance(element, Radio | TickList) or element.action_id.startswith("answer:")
            if not answers:
                yield element


def shown() -> Iterator[tuple[str, View]]:
    for case in CASES:
        asked = check_of(given(answers_of(case)))
        for heard in ("report", "checklist", "change", "review", "back", "rest", "plan", "decide again"):
            reply = step(asked, Typed(text=heard), RULES)[1]
            yield f"{case['title']}, {heard}", CARDS.view(reply)
            for around in (ReportContext(), ReportContext(origin=True, posted=2, outdated=True, again_at="2027-01-01")):
                if reply.face == "report":
                    yield f"{case['title']}, {heard}, posted", CARDS.view(reply, around)
    for case in SAID:
        for reply in replies(case):
            yield case["title"], CARDS.view(reply)


def test_a_card_has_at_most_one_primary_button_and_four_controls_beside_its_answers() -> None:
    for title, view in shown():
        found = list(controls(view))
        assert len(found) <= 4, (title, found)
        assert sum(isinstance(one, Button) and one.style == "primary" for one in found) <= 1, title


# ---- the conversation


def test_where_we_are_not_sure_the_likeliest_answer_stands_first_and_the_doubt_after_it() -> None:
    asked = next(c for c in ASKED if find(c["question"], report(c["report"]), known(c["report"])).doubt == "perhaps")
    made = report(asked["report"])
    found = find(asked["question"], made, known(asked["report"]))
    *said, doubt = [part.text for part in CARDS.answer(made, asked["question"]).parts if isinstance(part, Text)]
    assert said[0].startswith(found.sentences[0].said)
    assert doubt.startswith("If that is not what you asked")


def test_i_dont_know_ten_times_is_said_once() -> None:
    """What to find out is named once, as a task, and that it never counts as a no is said once."""
    session = opening("Tune a small model for our support tone?")
    while (reply := current(session, RULES)).face == "question":
        session = session.plus("answer", field=reply.pending, value=UNKNOWN)
    card = CARDS.view(reply)
    said = "\n".join(text for part in card.parts for text in texts(part))
    assert said.count("never counts as a no") == 1
    assert said.count("*I don't know*") == 1
    for task in ("how many calls a year it will make", "whether retrieval was tried", "what one label costs"):
        assert said.count(task) == 1, task
    assert "what you want" not in said
    assert "❔ not known: all ten of its points" in said


def texts(part: Any) -> Iterator[str]:
    for inner in getattr(part, "parts", ()):
        yield from texts(inner)
    if isinstance(text := getattr(part, "text", None), str):
        yield text


def test_what_is_left_of_a_card_reads_as_a_conversation() -> None:
    """The question with its answer; the question alone; the verdict: never that something goes on."""
    session = check_of({"goal": "company_voice"})
    asked = current(session, RULES)
    ask = WORDING.row(asked.pending).ask
    assert CARDS.collapsed(step(session, Typed(text="yes"), RULES)[1], asked) == f"{ask} *yes*"
    assert CARDS.collapsed(step(session, Typed(text="why"), RULES)[1], asked) == ask
    decided = current(check_of(PASSING).plus("report"), RULES)
    helped = step(check_of(PASSING), Typed(text="help"), RULES)[1]
    assert CARDS.collapsed(helped, decided) == "*Yes, start small: run a trial*"


def test_a_question_asked_again_has_the_answer_there_is() -> None:
    """A list has it chosen; a button says that it stays as it is, also where Slack tells of changes only."""
    session = check_of({**PASSING, "rag_tried": "yes", "usd_per_call_now": UNKNOWN})

    def parts(field: str) -> list[Any]:
        view = CARDS.view(current(session.plus("ask", field=field), RULES))
        return [element for part in view.parts if isinstance(part, Actions) for element in part.elements]

    chosen = [element.chosen for element in parts("goal") if isinstance(element, Radio)]
    assert chosen == ["company_voice"]
    said = {field: [one.text for one in parts(field) if isinstance(one, Button)] for field in PASSING}
    assert "Still answer in our voice" in said["goal"]
    assert {"Still yes", "No"} <= set(said["prompt_tried"])
    assert {"Still yes", "Not yet"} <= set(said["rag_tried"])
    assert "Still not known" in said["usd_per_call_now"]
    assert any(text.startswith("Still ") for text in said["eval_pairs"])


def test_the_list_of_what_can_be_changed_has_the_answers_there_are() -> None:
    (select,) = [
        element
        for part in CARDS.view(step(check_of(PASSING), Typed(text="change"), RULES)[1]).parts
        if isinstance(part, Actions)
        for element in part.elements
        if isinstance(element, Select)
    ]
    assert "what you want: Answer in our voice" in [option.text for option in select.options]


def test_the_welcome_is_two_lines_and_help_fifty_words() -> None:
    """More is folded; how far one is, is a gate of four."""
    first = CARDS.view(current(opening("Letters of claims"), RULES))
    welcome = first.parts[0]
    assert isinstance(welcome, Text)
    assert welcome.text.count("\n") == 1
    assert "three minutes" in welcome.text
    assert len(menu(WORDING, "dm_help").summary.split()) <= 50
    assert len(WORDING.say("chrome", "command_help").split()) <= 60
    note = step(Session(), Typed(text="help"), RULES)[1].notes[0]
    assert len(WORDING.say("notes", "help", note, None, None).split()) <= 50
    assert "at most" not in str(first)
    assert isinstance(first.parts[1], Header)
    assert first.parts[1].text.startswith("Gate 1 of 4")


def test_a_mark_of_the_checklist_says_which_way_it_speaks() -> None:
    """Failures that come from facts speak against tuning: no ✅ for them."""
    card = CARDS.view(step(check_of({**PASSING, "failure_cause": "facts"}), Typed(text="checklist"), RULES)[1])
    said = [line for part in card.parts for text in texts(part) for line in text.splitlines()]
    assert [line for line in said if "come from facts" in line] == [
        "5. ⛔ yes, against it: Failures come from facts (speaks against tuning)"
    ]
