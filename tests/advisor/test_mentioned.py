"""What a text says beside or before the questions: put before the person, and counted once they say so."""

import pytest

from advisor import Rules, step
from advisor.conversation import Clicked, Edited, Reply, Typed, Undone, current, opening
from advisor.reading.opening import mentioned
from advisor.session import Session

OPENING = "Should we tune? We have 620 eval pairs and pass 82 %. We ship at 90 %."
SAID = {"eval_pairs": 620, "measured_pass_rate": "0.82", "target_pass_rate": "0.9"}


@pytest.fixture
def opened(rules: Rules) -> tuple[Session, Reply]:
    session = opening(OPENING)
    return session, current(session, rules)


def test_nothing_of_an_opening_counts_before_it_is_used(opened: tuple[Session, Reply]) -> None:
    _, reply = opened
    assert {one.field for one in reply.mentioned} == set(SAID)
    assert reply.answered == 0
    assert all(one.words in OPENING for one in reply.mentioned)


def test_what_is_ticked_counts_and_keeps_its_source(opened: tuple[Session, Reply], rules: Rules) -> None:
    session, reply = opened
    used, then = step(
        session, Clicked(verb="use", fields=("eval_pairs", "target_pass_rate"), version=reply.version), rules
    )
    assert then.report.answers.eval_pairs == 620
    assert then.report.answers.measured_pass_rate is None
    assert set(then.from_opening) == {"eval_pairs", "target_pass_rate"}
    assert [(note.code, note.text) for note in then.notes] == [("used", "2")]
    assert {entry.verb for entry in used.entries[session.version :]} == {"use"}


def test_typed_it_takes_all(opened: tuple[Session, Reply], rules: Rules) -> None:
    _, then = step(opened[0], Typed(text="use these"), rules)
    assert then.answered == len(SAID)


def test_it_can_be_taken_back(opened: tuple[Session, Reply], rules: Rules) -> None:
    session, _ = step(opened[0], Typed(text="use these"), rules)
    _, then = step(session, Undone(since=opened[0].version, upto=session.version), rules)
    assert then.answered == 0
    assert len(then.mentioned) == len(SAID)
    assert not then.from_opening


def test_later_only_what_is_asked_is_put_before_the_person_again(opened: tuple[Session, Reply], rules: Rules) -> None:
    session, reply = opened
    session, reply = step(session, Typed(text="company voice", ts="1.0"), rules)
    assert not reply.mentioned
    while reply.pending != "eval_pairs":
        session, reply = step(session, Clicked(verb="answer", field=reply.pending, option="unknown"), rules)
    assert [one.field for one in reply.mentioned] == ["eval_pairs"]


def test_an_answer_that_says_more_is_taken_and_the_rest_is_put_before_the_person(rules: Rules) -> None:
    session, reply = step(opening("Our tone bot"), Typed(text="company voice", ts="1.0"), rules)
    session, reply = step(session, Typed(text="yes, and we ship at 90 %", ts="2.0"), rules)
    assert [one.field for one in reply.mentioned] == ["target_pass_rate"]
    assert reply.report.answers.target_pass_rate is None


def test_an_amount_in_dollars_is_no_rate(rules: Rules) -> None:
    session = opening("Our tone bot").plus("answer", field="hosting_usd_per_month", value="0")
    session = session.plus("ask", field="hosting_usd_per_month")
    session, _ = step(session, Typed(text="€280 a month", ts="1.0"), rules)
    _, reply = step(session, Typed(text="300", ts="2.0"), rules)
    assert str(reply.report.answers.hosting_usd_per_month) == "300"


@pytest.mark.parametrize(
    ("said", "dollars"),
    [
        ("1.08", "302.4"), ("€1 = $1.08", "302.4"), ("one euro is 1.08", "302.4"), ("$1 = €0.8", "350"),
        ("£1 = $1.27", None), ("> 1", None), ("1.05-1.10", None),
    ],
)  # fmt: skip
def test_a_rate_is_the_one_that_was_asked_for(said: str, dollars: str | None, rules: Rules) -> None:
    session = opening("Our tone bot").plus("ask", field="hosting_usd_per_month")
    session, _ = step(session, Typed(text="€280 a month", ts="1.0"), rules)
    _, reply = step(session, Typed(text=said, ts="2.0"), rules)
    told = reply.report.answers.hosting_usd_per_month
    assert (str(told) if told is not None else None) == dollars


@pytest.mark.parametrize("again", ["€1.250 a month", "€1.250"])
def test_a_number_of_two_readings_stays_one_where_the_rate_is_known(again: str, rules: Rules) -> None:
    session = opening("Our tone bot").plus("rate", field="EUR", value="1.08").plus("ask", field="hosting_usd_per_month")
    _, reply = step(session, Typed(text=again, ts="1.0"), rules)
    assert reply.report.answers.hosting_usd_per_month is None
    assert [note.reading.problem for note in reply.notes if note.reading] == ["ambiguous"]


def test_the_rate_told_beside_two_prices_is_that_of_what_runs() -> None:
    said = {
        one.field
        for one in mentioned("Sonnet costs 1.4 cents a call, tuned it is $0.002 a call. It passes 95% of 400.")
    }
    assert "measured_pass_rate" not in said


def test_a_pasted_paragraph_is_no_misread_answer(rules: Rules) -> None:
    _, reply = step(opening("Our tone bot"), Typed(text=OPENING, ts="1.0"), rules)
    assert {one.field for one in reply.mentioned} == set(SAID)
    assert not reply.notes


def test_a_text_that_says_nothing_has_nothing_to_use(rules: Rules) -> None:
    _, reply = step(opening("Our tone bot"), Typed(text="use these"), rules)
    assert [note.code for note in reply.notes] == ["none_used"]


def test_started_over_the_words_of_the_opening_stand_there_again(opened: tuple[Session, Reply], rules: Rules) -> None:
    session, _ = step(opened[0], Typed(text="use these"), rules)
    _, reply = step(session, Clicked(verb="restart"), rules)
    assert {one.field for one in reply.mentioned} == set(SAID)


def test_a_description_that_is_dropped_mentions_nothing(opened: tuple[Session, Reply], rules: Rules) -> None:
    _, reply = step(opened[0], Clicked(verb="drop"), rules)
    assert not reply.mentioned


def test_a_currency_is_counted_by_the_rate_the_person_states_once(rules: Rules) -> None:
    session = opening("Our tone bot")
    for field, value in (("goal", "company_voice"), ("usd_per_label", "1")):
        session = session.plus("answer", field=field, value=value)
    session = session.plus("ask", field="usd_per_label")
    session, reply = step(session, Typed(text="£2 each", ts="1.0"), rules)
    assert [note.reading.problem for note in reply.notes if note.reading] == ["other_currency"]
    session, reply = step(session, Typed(text="£1 = $1.25", ts="2.0"), rules)
    assert str(reply.report.answers.usd_per_label) == "2.5"
    session, reply = step(session.plus("ask", field="usd_per_label"), Typed(text="4 pounds", ts="3.0"), rules)
    assert str(reply.report.answers.usd_per_label) == "5"


def test_an_opening_is_read_whole_and_described_short(rules: Rules) -> None:
    """What stands behind the description's length is put before the person too; lines stay apart."""
    session = opening("Our tone bot.\n" + "It has a long story. " * 80 + OPENING)
    reply = current(session, rules)
    assert {one.field for one in reply.mentioned} == set(SAID)
    assert len(reply.description) == 1000
    assert "\n" not in reply.description
    pasted = "It has a long story. " * 80 + OPENING
    _, reply = step(opening("Our tone bot"), Typed(text=pasted, ts="1.0"), rules)
    assert {one.field for one in reply.mentioned} == set(SAID)


def test_a_long_opening_that_slack_sends_again_is_not_changed(rules: Rules) -> None:
    session = opening("A long\nstory. " * 200)
    session = Session(entries=tuple(entry.model_copy(update={"ts": "1.0"}) for entry in session.entries))
    again, _ = step(session, Edited(text="A long\nstory. " * 200, ts="1.0"), rules)
    assert again == session
