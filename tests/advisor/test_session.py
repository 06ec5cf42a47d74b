"""A check is its log: replaying it gives the answers, the question asked and every mode."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from advisor import Answers, Rules, Session, decide, load_rules
from advisor.advice import stand
from advisor.session import Entry, Kept, first_words, state_of, stored


def log(*entries: tuple[Any, ...]) -> Session:
    """A session of ("verb",), ("verb", field) and ("answer", field, value)."""
    names = ("verb", "field", "value")
    return Session(entries=tuple(Entry(**dict(zip(names, entry, strict=False))) for entry in entries))


ANSWERED = (("answer", "goal", "other"), ("answer", "prompt_tried", True))


def test_nothing_said_is_the_beginning(rules: Rules) -> None:
    state = state_of(Session(), rules)
    assert (state.values, state.asked, state.track, state.paused, state.ended) == ({}, "", "gates", False, False)
    assert Session().version == 0


def test_the_last_answer_counts_and_moves_to_the_end(rules: Rules) -> None:
    state = state_of(log(*ANSWERED, ("answer", "goal", "classification")), rules)
    assert list(state.values.items()) == [("prompt_tried", True), ("goal", "classification")]
    assert state.answers.goal == "classification"


@pytest.mark.parametrize(
    ("value", "kept"),
    [(True, True), (5000, 5000), (Decimal("0.030"), "0.03"), ("other", "other"), ("unknown", "unknown")],
)
def test_values_are_kept_as_json_has_them(value: Any, kept: Any) -> None:
    assert stored(value) == kept
    assert type(stored(value)) is type(kept)


def test_a_log_comes_back_from_json_as_it_went() -> None:
    session = log(*ANSWERED, ("answer", "usd_per_label", "1.25"), ("misread", "eval_pairs"))
    assert Session.model_validate_json(session.model_dump_json()) == session


def test_a_log_only_grows() -> None:
    before = log(*ANSWERED)
    after = before.plus("report")
    assert after.entries[:2] == before.entries
    assert (before.version, after.version) == (2, 3)
    with pytest.raises(ValidationError):
        after.entries[0].field = "other"  # type: ignore[misc]  # so say the types too


@pytest.mark.parametrize(
    ("verbs", "expected"),
    [
        (["report"], {"paused": True, "ended": False}),
        (["report", "continue"], {"paused": False}),
        (["cancel"], {"ended": True}),
        (["cancel", "continue"], {"ended": False}),
        (["cancel", "report"], {"ended": False, "paused": True}),
        (["cancel", "restore"], {"ended": False}),
        (["report", "rest"], {"rest": True, "track": "gates", "paused": False}),
        (["report", "plan"], {"track": "plan", "paused": False}),
        (["plan", "rest"], {"rest": True, "track": "gates"}),
        (["poc"], {"track": "poc", "values": {"poc_run": True}}),
        (["rest", "plan", "restart"], {"rest": False, "track": "gates"}),
        (["attach"], {"attached": True}),
    ],
)
def test_each_verb_leads_somewhere(rules: Rules, verbs: list[str], expected: dict[str, Any]) -> None:
    state = state_of(log(*((verb,) for verb in verbs)), rules)
    assert {name: getattr(state, name) for name in expected} == expected


def test_starting_over_sets_the_answers_aside_and_restoring_brings_them_back(rules: Rules) -> None:
    over = log(*ANSWERED, ("offer", "goal"), ("misread", "prompt_tried"), ("restart",))
    state = state_of(over, rules)
    assert (state.values, state.words, state.offered, state.misreads) == ({}, {}, set(), 0)
    assert state_of(over.plus("restore"), rules).values == {"goal": "other", "prompt_tried": True}


def test_starting_over_twice_loses_nothing(rules: Rules) -> None:
    assert state_of(log(*ANSWERED, ("restart",), ("restart",), ("restore",)), rules).values["goal"] == "other"


RANGED = (("answer", "calls_per_year", 9), ("range", "calls_per_year", "5..12"))


@pytest.mark.parametrize(
    ("then", "kept"),
    [
        ((), {"calls_per_year": (5, 12)}),
        ((("answer", "calls_per_year", 9),), {}),
        ((("use", "calls_per_year", 8),), {}),
        ((("undo", "calls_per_year", 7),), {}),
        ((("answer", "eval_pairs", 9),), {"calls_per_year": (5, 12)}),
        ((("restart",),), {}),
        ((("restart",), ("restore",)), {"calls_per_year": (5, 12)}),
        ((("restart",), ("answer", "calls_per_year", 9), ("restart",), ("restore",)), {}),
        ((("restart",), ("restart",), ("restore",)), {"calls_per_year": (5, 12)}),
    ],
)
def test_a_range_goes_where_its_answer_goes(rules: Rules, then: tuple[Any, ...], kept: dict[str, Any]) -> None:
    assert state_of(log(*RANGED, *then), rules).ranges == kept


def test_the_ends_of_a_sum_come_back_exactly(rules: Rules) -> None:
    said = log(("answer", "usd_per_label", "1.5"), ("range", "usd_per_label", "0.015..2"))
    assert state_of(said, rules).ranges == {"usd_per_label": (Decimal("0.015"), Decimal(2))}


def test_what_is_brought_back_and_changed_at_once_leaves_what_was_set_aside_alone(rules: Rules) -> None:
    """The earlier log still leads where it led."""
    over = log(*RANGED, ("restart",))
    assert state_of(over, rules).ranges == {}
    over.and_then(Entry(verb="restore"), Entry(verb="answer", field="calls_per_year", value=1))
    assert state_of(over.plus("restore"), rules).ranges == {"calls_per_year": (5, 12)}
    assert state_of(over.plus("restore"), rules).values == {"calls_per_year": 9}


def test_going_on_while_an_answer_is_being_changed_drops_the_change_only(rules: Rules) -> None:
    """From the report one is back at the report."""
    state = state_of(log(*ANSWERED, ("report",), ("ask", "goal"), ("continue",)), rules)
    assert (state.asked, state.paused) == ("", True)


def test_misreads_count_for_the_question_at_hand(rules: Rules) -> None:
    misread = log(("misread", "goal"), ("misread", "goal"))
    assert state_of(misread, rules).misreads == 2
    for verb in ("report", "plan", "rest", "poc", "continue", "restart", "restore"):
        assert state_of(misread.plus(verb), rules).misreads == 0
    assert state_of(misread.plus("ask", field="goal"), rules).misreads == 0
    assert state_of(misread.plus("answer", field="goal", value="other"), rules).misreads == 0


def test_words_are_kept_until_the_field_is_answered(rules: Rules) -> None:
    session = Session().plus("misread", field="eval_pairs", text="1.2.3").plus("offer", field="goal", text="tone")
    assert state_of(session, rules).words == {"eval_pairs": "1.2.3", "goal": "tone"}
    state = state_of(session.plus("answer", field="goal", value="other"), rules)
    assert (state.words, state.offered) == ({"eval_pairs": "1.2.3"}, set())


RESULT = (
    ("poc",), ("answer", "poc_training_examples", 200), ("answer", "poc_baseline_pass_rate", "0.8"),
    ("answer", "poc_tuned_pass_rate", "0.85"),
)  # fmt: skip


def test_a_trial_broken_off_goes_on_and_a_finished_one_makes_room_for_another(rules: Rules) -> None:
    assert "poc_tuned_pass_rate" in state_of(log(*RESULT, ("poc",)), rules).values
    done = log(*RESULT, ("answer", "poc_eval_items", "unknown"))
    assert set(state_of(done.plus("poc"), rules).values) == {"poc_run"}


def test_a_description_gives_the_first_title_and_never_overwrites_one(rules: Rules) -> None:
    session = Session().plus("describe", text="Should we fine-tune our help desk?")
    assert state_of(session, rules).title == "Should we fine-tune our help desk?"
    session = session.plus("title", text="Help desk").plus("describe", text="Another")
    state = state_of(session, rules)
    assert (state.title, state.description) == ("Help desk", "Another")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", ""),
        ("  two\n  lines ", "two lines"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
        ("word " * 20, "word word word word word word word word word word word…"),
        (
            "a sentence that ends in a comma just where the title is cut, and more",
            "a sentence that ends in a comma just where the title is…",
        ),
        (
            "a sentence with a comma just where the title of it, cut, has to stop",
            "a sentence with a comma just where the title of it, cut…",
        ),
    ],
)
def test_a_title_is_the_first_words(text: str, title: str) -> None:
    assert first_words(text) == title
    assert len(title) <= 60


def test_only_looking_at_a_decision_of_an_earlier_edition_leaves_it_standing() -> None:
    """An edited message only proposes; an answer, or deciding again, goes on under today's rules."""
    session = Session().plus("answer", field="goal", value="live_facts")
    rules = load_rules()
    report = decide(state_of(session, rules).answers, rules)
    session = Session(entries=session.entries, kept=Kept(version=1, report=report))
    for looked in (
        session.plus("report"), session.plus("offer", field="goal", text="x"), session.plus("ask", field="title"),
        session.plus("cancel").plus("continue"), session.plus("misread", field="goal", text="x"),
    ):  # fmt: skip
        assert state_of(looked, rules).decided is not None
    for gone_on in (
        session.plus("again"), session.plus("answer", field="goal", value="other"), session.plus("ask", field="goal"),
    ):  # fmt: skip
        assert state_of(gone_on, rules).decided is None


_ENTRIES = st.one_of(
    st.builds(Entry, verb=st.sampled_from(["rest", "plan", "poc", "report", "continue", "restart", "restore"])),
    st.builds(Entry, verb=st.just("cancel")),
    st.builds(
        Entry, verb=st.just("answer"), field=st.sampled_from(["eval_pairs", "training_pairs"]), value=st.integers(1, 9)
    ),
    st.builds(Entry, verb=st.sampled_from(["offer", "misread", "ask"]), field=st.just("eval_pairs"), text=st.just("x")),
    st.builds(Entry, verb=st.sampled_from(["again", "attach", "describe", "mention"]), text=st.sampled_from(["", "x"])),
    st.builds(Entry, verb=st.just("range"), field=st.just("training_pairs"), value=st.sampled_from(["1..9", "2..5"])),
    st.builds(Entry, verb=st.just("undo"), field=st.just("eval_pairs"), value=st.none() | st.integers(1, 9)),
)


@given(st.lists(_ENTRIES, max_size=12), st.sets(st.integers(0, 12)), st.none() | st.integers(0, 3))
def test_a_log_that_goes_on_leads_where_the_whole_log_leads(
    entries: list[Entry], looked: set[int], kept_at: int | None
) -> None:
    """Wherever somebody looked in between, and whether or not an earlier decision stands."""
    rules = load_rules()
    kept = Kept(version=min(kept_at, len(entries)), report=decide(Answers(), rules)) if kept_at is not None else None
    start = kept.version if kept else 0
    growing = Session(entries=tuple(entries[:start]), kept=kept)
    for place, entry in enumerate(entries[start:]):
        if place in looked:
            state = state_of(growing, rules)
            state.computed = stand(state.answers, rules)
        growing = growing.and_then(entry)
    whole = state_of(Session(entries=tuple(entries), kept=kept), rules)
    state = state_of(growing, rules)
    assert state.computed in (None, stand(whole.answers, rules))
    assert state.known in (None, Answers(**whole.values))
    assert state == whole
