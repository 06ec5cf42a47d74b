"""What an event does to a check: every event is answered, and the conversation always ends."""

import random
from collections.abc import Mapping
from typing import Any, get_args

import pytest

from advisor import Rules, Session, step
from advisor.asking import gate_asked
from advisor.conversation import (
    COMMANDS,
    Attached,
    Clicked,
    Command,
    Edited,
    Event,
    NoteCode,
    Reply,
    Typed,
    command,
    current,
    opening,
)
from advisor.model import FIELDS
from advisor.session import state_of
from tests.advisor.strategies import PASSING, TRIAL, boundary_values


class Check:
    """A conversation under way."""

    def __init__(self, rules: Rules, text: str = "Should we fine-tune our help desk?") -> None:
        self.rules, self.session = rules, opening(text)
        self.reply = current(self.session, rules)

    def hear(self, event: Event) -> Reply:
        self.session, self.reply = step(self.session, event, self.rules)
        return self.reply

    def type(self, text: str, **more: Any) -> Reply:
        return self.hear(Typed(text=text, **more))

    def click(self, verb: Any, field: str = "", option: str = "") -> Reply:
        return self.hear(Clicked(verb=verb, field=field, option=option, version=self.session.version))

    def answer(self, told: Mapping[str, Any], upto: str = "") -> Reply:
        """Type answers until the report or the question ``upto``; what is not told is not known."""
        while self.reply.pending and self.reply.pending != upto:
            field = self.reply.pending
            assert self.type(as_typed(field, told.get(field, "unknown"))).pending != field
        return self.reply

    @property
    def values(self) -> dict[str, Any]:
        return state_of(self.session, self.rules).values

    @property
    def notes(self) -> list[str]:
        return [note.code for note in self.reply.notes]


def as_typed(field: str, value: Any) -> str:
    """A value as a person would type it."""
    kind = FIELDS[field].kind
    if value == "unknown":
        return "I don't know"
    if kind == "yes_no":
        return "yes" if value else "no"
    if kind == "rate":
        return f"{float(value):.4%}"
    if kind == "money":
        return f"${value}"
    return str(value) or "nobody"


@pytest.fixture
def check(rules: Rules) -> Check:
    return Check(rules)


@pytest.fixture(scope="module")
def underway(rules: Rules) -> tuple[Session, Session]:
    """A check half asked, and one at its report."""
    half, done = Check(rules), Check(rules)
    half.answer(PASSING, upto="failure_cause")
    done.answer(PASSING)
    return half.session, done.session


# ---- the main path


def test_the_opening_is_the_description_and_its_first_words_the_title(rules: Rules) -> None:
    reply = Check(rules, "  Help desk bot  " + "x" * 2000).reply
    assert reply.title.startswith("Help desk bot")
    assert (len(reply.title) <= 60, len(reply.description)) == (True, 1000)
    assert (reply.face, reply.pending, reply.gate, reply.answered) == ("question", "goal", 1, 0)


def test_every_gate_passed_leads_to_a_trial_and_its_result_to_scaling_up(check: Check) -> None:
    reply = check.answer(PASSING)
    assert (reply.face, reply.report.verdict.kind) == ("report", "run_poc")
    assert check.click("poc").pending == "poc_training_examples"
    reply = check.answer({**TRIAL, "poc_eval_items": 1000, "poc_gained": 90, "poc_lost": 40, "quality_parity": True})
    assert (reply.face, reply.report.verdict.kind) == ("report", "scale_up")
    assert check.values["quality_parity"] is True


def test_a_block_gives_the_report_and_the_rest_is_asked_on_request(check: Check) -> None:
    check.type("Answer in our voice")
    reply = check.click("answer", "prompt_tried", "no")
    assert (reply.face, reply.report.verdict.blocked_at, reply.offers[0]) == ("report", 1, "rest")
    assert check.click("rest").pending == "eval_pairs"
    assert check.reply.gate == 2
    assert check.answer(PASSING).face == "report"
    assert "rest" not in check.reply.offers


def test_a_gate_blocked_ahead_is_told_while_asking(check: Check) -> None:
    """The eval set is known to be too small while gate 1 still asks."""
    check.answer(PASSING | {"eval_pairs": 10}, upto="measured_pass_rate")
    assert check.reply.blocked_ahead == (2,)
    assert check.answer(PASSING, upto="").report.verdict.blocked_at == 2


def test_typed_and_clicked_do_the_same(rules: Rules) -> None:
    typed, clicked = Check(rules), Check(rules)
    for field, text, option in (
        ("goal", "Return stable JSON", "structured_output"),
        ("prompt_tried", "yes", "yes"),
        ("tool_use_tried", "I don't know", "unknown"),
        ("rag_tried", "Not needed", "not_needed"),
    ):
        assert typed.reply.pending == field
        typed.type(text)
        clicked.click("answer", field, option)
    assert typed.values == clicked.values
    assert typed.reply.pending == clicked.reply.pending == "failure_cause"


@pytest.mark.parametrize("word", sorted(COMMANDS))
@pytest.mark.parametrize("finished", [False, True])
def test_a_command_typed_or_clicked_does_the_same(
    rules: Rules, word: str, finished: bool, underway: tuple[Session, Session]
) -> None:
    typed, clicked = Check(rules), Check(rules)
    typed.session = clicked.session = underway[finished]
    assert typed.type(f"  {word.upper()}. ") == clicked.click(COMMANDS[word])
    assert typed.session == clicked.session


def test_every_command_can_be_typed() -> None:
    assert set(COMMANDS.values()) == set(get_args(Command))
    assert command("Show my  answers!") == "review"
    assert command("show my answers to Bob") is None


# ---- reading


def test_an_answer_is_echoed_as_it_was_read(check: Check) -> None:
    check.answer(PASSING, upto="eval_pairs")
    (note,) = check.type("1.2k").notes
    assert note.reading is not None
    assert (note.code, note.field, note.text, note.reading.shown) == ("read", "eval_pairs", "1.2k", "1,200")
    assert check.values["eval_pairs"] == 1200


def test_i_do_not_know_is_an_answer(check: Check) -> None:
    (note,) = check.click("answer", "goal", "unknown").notes
    assert (note.code, note.text, check.values) == ("read", "", {"goal": "unknown"})


def test_two_failed_readings_are_a_struggle_and_an_answer_ends_it(check: Check) -> None:
    check.answer(PASSING, upto="eval_pairs")
    assert (check.type("loads of them").struggling, check.notes) == (False, ["misread"])
    assert check.type("1.2.3.4").struggling
    assert not check.type("1000").struggling


def test_a_misread_changes_nothing(check: Check) -> None:
    check.type("hmmmm nope nope")
    assert (check.reply.pending, check.values, check.reply.answered) == ("goal", {}, 0)


def test_words_that_need_confirming_are_taken_when_confirmed(check: Check) -> None:
    check.answer(PASSING, upto="retrain_owner")
    assert check.type("the platform team").notes[0].reading is not None
    assert check.notes == ["misread"]
    check.click("answer", "retrain_owner", "confirm")
    assert check.values["retrain_owner"] == "the platform team"
    assert check.reply.report.gates[3].cautions == ("owner_not_named",)


@pytest.mark.parametrize("word", ["yes", "Use it!", "correct"])
def test_yes_typed_confirms_too(check: Check, word: str) -> None:
    check.answer(PASSING, upto="usd_per_call_now")
    check.type("$30")
    assert check.notes == ["misread"]
    check.type(word)
    assert check.values["usd_per_call_now"] == "30"


def test_yes_is_the_answer_to_a_yes_or_no_question(check: Check) -> None:
    check.type("other")
    check.type("sort of, kind of")
    check.type("yes")
    assert check.values["prompt_tried"] is True


def test_yes_confirms_nothing_that_cannot_be_read(check: Check) -> None:
    check.answer(PASSING, upto="eval_pairs")
    check.type("loads of them")
    check.type("yes")
    assert check.notes == ["misread"]
    assert check.reply.notes[0].text == "yes"


def test_a_confirmation_of_nothing_is_a_step_that_moved_on(check: Check) -> None:
    check.answer(PASSING, upto="retrain_owner")
    check.click("answer", "retrain_owner", "confirm")
    assert (check.notes, check.reply.pending) == (["moved_on"], "retrain_owner")
    check.type("the platform team")
    check.type("Ada Lovelace")
    check.click("answer", "retrain_owner", "confirm")
    assert check.notes == ["moved_on"]
    assert check.values["retrain_owner"] == "Ada Lovelace"


def test_start_over_forgets_what_waited_to_be_confirmed(check: Check) -> None:
    check.answer(PASSING, upto="retrain_owner")
    check.type("the platform team", late=True)
    check.type("start over")
    check.click("answer", "retrain_owner", "confirm")
    assert (check.notes, check.values) == (["moved_on"], {})


def test_words_written_before_the_question_are_asked_about(check: Check) -> None:
    check.type("other", ts="1.1", late=True)
    assert (check.notes, check.values, check.reply.notes[0].text) == (["late"], {}, "other")
    check.click("answer", "goal", "confirm")
    assert check.values == {"goal": "other"}


def test_a_late_offer_can_be_confirmed_after_the_question_was_answered_elsewhere(check: Check) -> None:
    check.answer(PASSING, upto="failure_cause")
    check.type("format", late=True)
    check.click("back")
    check.hear(Clicked(verb="answer", field="failure_cause", option="confirm", version=1))
    assert check.values["failure_cause"] == "format"


# ---- messages edited, and what cannot be read


def test_an_edited_answer_is_offered_and_used_only_when_confirmed(check: Check) -> None:
    check.answer(PASSING, upto="eval_pairs")
    check.type("620", ts="7.1")
    check.hear(Edited(text="1620", ts="7.1"))
    assert (check.notes, check.values["eval_pairs"]) == (["use_edit"], 620)
    assert check.reply.notes[0].reading is not None
    assert check.reply.notes[0].reading.shown == "1,620"
    check.hear(Edited(text="1620", ts="7.1"))
    assert check.notes == []
    check.click("answer", "eval_pairs", "confirm")
    assert check.values["eval_pairs"] == 1620


def test_an_edit_that_cannot_be_read_is_said_to_be_so(check: Check) -> None:
    check.answer(PASSING, upto="eval_pairs")
    check.type("620", ts="7.1")
    before = check.session
    check.hear(Edited(text="loads", ts="7.1"))
    assert (check.notes, check.session) == (["misread"], before)


def test_an_edited_choice_may_name_its_label(check: Check) -> None:
    check.type("other", ts="7.1")
    check.hear(Edited(text="Answer in our voice", ts="7.1"))
    check.click("answer", "goal", "confirm")
    assert check.values == {"goal": "company_voice"}


@pytest.mark.parametrize(
    ("text", "ts"), [("other", "7.1"), ("", "7.1"), ("classification", "9.9"), ("classification", "")]
)
def test_an_edit_of_nothing_we_used_changes_nothing(check: Check, text: str, ts: str) -> None:
    check.type("other", ts="7.1")
    before = check.session
    check.hear(Edited(text=text, ts=ts))
    assert (check.session, check.notes) == (before, [])


def test_an_edited_opening_is_the_new_description(rules: Rules) -> None:
    check = Check(rules)
    first = check.session.entries[0].model_copy(update={"ts": "1.0"})
    check.session = Session(entries=(first,))
    check.hear(Edited(text="Another project", ts="1.0"))
    assert (check.notes, check.reply.description) == (["redescribed"], "Another project")
    assert check.reply.title == "Should we fine-tune our help desk?"


def test_a_file_is_answered_once(check: Check) -> None:
    assert (check.hear(Attached()).pending, check.notes) == ("goal", ["text_only"])
    version = check.session.version
    check.hear(Attached())
    assert (check.notes, check.session.version) == ([], version)


# ---- going back, changing, reviewing


def test_back_goes_through_the_answers_one_by_one(check: Check) -> None:
    check.answer(PASSING, upto="failure_cause")
    asked = [check.click("back").pending for _ in range(3)]
    assert asked == ["rag_tried", "prompt_tried", "goal"]
    assert not check.reply.can_go_back
    assert (check.type("back").pending, check.notes) == ("goal", ["nothing_before"])
    check.type("other")
    assert check.reply.pending == "failure_cause"
    assert check.type("back").pending == "goal"


def test_back_from_the_report_goes_to_the_last_answer(check: Check) -> None:
    check.answer(PASSING)
    assert check.type("back").pending == "retrain_owner"


def test_there_is_nothing_before_the_first_question(check: Check) -> None:
    check.type("back")
    assert (check.notes, check.reply.can_go_back) == (["nothing_before"], False)
    assert not Check(check.rules).click("poc").can_go_back


def test_back_in_the_plan_goes_to_whether_a_trial_was_run(check: Check) -> None:
    check.answer(PASSING)
    check.click("plan")
    check.answer({}, upto="domain_metric")
    assert check.type("back").pending == "poc_run"


@pytest.mark.parametrize(
    "words", ["change eval pairs", "Edit the eval pairs", "change eval_pairs.", "edit eval pairs!"]
)
def test_an_answer_can_be_changed_by_name(check: Check, words: str) -> None:
    check.answer(PASSING, upto="eval_overlaps_training")
    assert check.type(words).pending == "eval_pairs"
    check.type("620")
    assert check.values["eval_pairs"] == 620
    assert check.reply.pending != "eval_pairs"


def test_only_what_was_answered_can_be_changed(check: Check) -> None:
    check.click("edit", "eval_pairs")
    assert (check.notes, check.reply.pending) == (["no_such_field"], "goal")
    check.click("edit", "no such field")
    assert check.notes == ["no_such_field"]
    check.type("change the weather")
    assert check.notes == ["no_such_field"], "such words are never an answer, not even to who owns it"


def test_a_field_is_found_by_some_of_its_words_when_only_one_has_them(check: Check) -> None:
    check.answer(PASSING)
    assert check.type("change calls").pending == "calls_per_year"
    check.type("report")
    assert check.type("change pass rate").face == "report"
    assert check.notes == ["no_such_field"], "two have these words: neither is guessed"


def test_plain_words_for_an_option_mean_it(check: Check) -> None:
    check.type("json")
    assert check.reply.report.answers.goal == "structured_output"


def test_an_answer_changed_at_the_report_leads_on_from_there(check: Check) -> None:
    """A block that goes away brings the next question; one that comes brings the report."""
    check.answer(PASSING | {"prompt_tried": False})
    assert check.click("edit", "prompt_tried").face == "question"
    assert check.type("yes").pending == "rag_tried"
    check.answer(PASSING)
    check.click("edit", "goal")
    assert check.type("live_facts").report.verdict.blocked_at == 1


@pytest.mark.parametrize("face", ["review", "change"])
def test_answers_can_be_looked_at_any_time(check: Check, face: Any) -> None:
    before = check.session
    assert check.click(face).face == face
    assert check.session == before
    check.type("cancel")
    assert check.type(face).face == face


# ---- titles


def test_title_and_description_can_be_changed_by_word(check: Check) -> None:
    assert (check.type("rename").face, check.reply.pending, check.reply.gate) == ("text", "title", None)
    check.type("Help desk")
    assert (check.notes, check.reply.title, check.reply.pending) == (["renamed"], "Help desk", "goal")
    assert check.type("edit description").pending == "description"
    check.type("What it is about")
    assert (check.notes, check.reply.description) == (["redescribed"], "What it is about")
    check.type("change the title")
    assert check.type("  ").pending == "title"
    assert check.type("why").notes[0].code == "help"
    assert check.click("continue").pending == "goal"
    assert check.click("edit", "title").pending == "title"


# ---- commands


def test_why_explains_the_pending_question(check: Check) -> None:
    assert [(note.code, note.field) for note in check.type("why").notes] == [("why", "goal")]
    check.answer(PASSING)
    assert check.type("why do you ask?").notes[0].code == "asked", "at a report it is about the report"


def test_a_report_can_be_seen_early_and_the_questions_go_on(check: Check) -> None:
    reply = check.type("see the report now")
    assert (reply.face, reply.pending, reply.offers[0]) == ("report", "", "continue")
    assert check.type("how are you").notes[0].code == "asked"
    assert check.click("continue").pending == "goal"


def test_the_checklist_opens_on_the_report(check: Check) -> None:
    assert (check.type("checklist").face, check.reply.checklist_open) == ("report", True)
    version = check.session.version
    assert check.type("checklist").version == version
    check.type("cancel")
    assert check.type("checklist").face == "report"


def test_starting_over_can_be_taken_back(check: Check) -> None:
    assert check.type("bring them back").notes[0].code == "nothing_before"
    check.answer(PASSING, upto="failure_cause")
    kept = check.values
    assert (check.type("start over").pending, check.notes, check.values) == ("goal", ["restarted"], {})
    check.type("start over")
    assert (check.click("restore").pending, check.notes, check.values) == ("failure_cause", ["restored"], kept)


def test_a_cancelled_check_goes_on_where_it_was(check: Check) -> None:
    check.answer(PASSING, upto="failure_cause")
    reply = check.type("cancel")
    assert (reply.face, reply.pending, check.notes) == ("ended", "", ["cancelled"])
    assert check.type("tone").notes[0].code == "asked"
    assert check.type("continue").pending == "failure_cause"


@pytest.mark.parametrize("word", ["report", "rest", "plan", "poc", "back"])
def test_a_cancelled_check_is_taken_up_by_whatever_is_asked_of_it(check: Check, word: str) -> None:
    check.answer(PASSING, upto="failure_cause")
    check.type("cancel")
    assert check.type(word).face in ("report", "question")


def test_a_click_on_a_card_that_is_not_the_latest_changes_nothing(check: Check) -> None:
    check.type("other")
    before = check.session
    check.hear(Clicked(verb="answer", field="goal", option="classification", version=1))
    assert (check.notes, check.session) == (["moved_on"], before)
    check.hear(Clicked(verb="restart", version=1))
    assert (check.notes, check.session) == (["moved_on"], before)
    check.click("answer", "eval_pairs", "100")
    assert (check.notes, check.session) == (["moved_on"], before)
    check.hear(Clicked(verb="answer", field="prompt_tried", option="yes"))
    assert check.notes == ["read"]


@pytest.mark.parametrize("option", ["company_voice", "unknown"])
def test_the_click_that_was_just_taken_is_silent_when_it_comes_again(check: Check, option: str) -> None:
    """A double click, or another device: the card stays as it is, whatever it notes."""
    click = Clicked(verb="answer", field="goal", option=option, version=check.session.version)
    check.hear(click)
    after, reply = check.session, check.reply
    for _ in range(2):
        check.hear(click)
        assert (check.session, check.reply) == (after, reply)
    check.hear(click.model_copy(update={"option": "other"}))
    assert (check.notes, check.session) == (["moved_on"], after)
    check.answer(PASSING, upto="rag_tried")
    check.hear(click)
    assert check.notes == ["moved_on"]


def test_a_typed_answer_makes_the_same_click_a_stale_one(check: Check) -> None:
    click = Clicked(verb="answer", field="goal", option="company_voice", version=check.session.version)
    check.type("company_voice", ts="1.1")
    check.hear(click)
    assert check.notes == ["moved_on"]


def test_a_confirmation_pressed_twice_is_silent(check: Check) -> None:
    check.answer(PASSING, upto="retrain_owner")
    check.type("the platform team")
    click = Clicked(verb="answer", field="retrain_owner", option="confirm", version=check.session.version)
    check.hear(click)
    assert check.notes == ["read"]
    check.hear(click)
    assert check.notes == ["read"]


def test_a_plan_is_asked_about_after_the_verdict(check: Check) -> None:
    check.answer(PASSING)
    before = check.reply.report
    check.click("plan")
    asked = []
    while check.reply.pending:
        asked.append(check.reply.pending)
        check.type("idk")
    assert asked == [row.id for row in check.rules.questions if row.asked_for == "plan"]
    assert check.reply.report.gates == before.gates
    assert "plan" not in check.reply.offers


# ---- what holds on every walk


def moves_of(check: Check, dice: random.Random) -> Event:
    """Something a person might do here, mostly answering."""
    pending, version = check.reply.pending, check.session.version
    roll = dice.random()
    if roll < 0.72 and pending in FIELDS:
        value = dice.choice([PASSING.get(pending, "unknown"), *boundary_values(pending), "unknown"])
        text = as_typed(pending, value)
        return (
            Typed(text=text, ts=f"{version}.1")
            if roll < 0.4
            else Clicked(verb="answer", field=pending, option=text, version=version)
        )
    if roll < 0.76:
        return Typed(
            text=dice.choice(["???!", "loads", "", "yes", "skip", "1.2.3", "the team", "$30", "change eval pairs"])
        )
    if roll < 0.79:
        return Typed(text=as_typed("eval_pairs", 999), late=True, ts=f"{version}.1")
    if roll < 0.82:
        field = dice.choice(list(check.values) or ["goal"])
        return Clicked(verb="edit", field=dice.choice([field, "title", "labelers"]), version=version)
    if roll < 0.85:
        return Clicked(
            verb="answer", field=dice.choice(list(FIELDS)), option="confirm", version=dice.choice([None, 1, version])
        )
    if roll < 0.87:
        return Edited(text=dice.choice(["1000", "yes", "loads"]), ts=f"{dice.randrange(version + 1)}.1")
    if roll < 0.88:
        return Attached()
    named = dice.choice(get_args(Command))
    return (
        Clicked(verb=named, version=version)
        if dice.random() < 0.5
        else Typed(text=next(w for w, c in COMMANDS.items() if c == named))
    )


def stands(check: Check) -> None:
    """What has to hold after every move."""
    state, reply = state_of(check.session, check.rules), check.reply
    assert reply.version == len(check.session.entries)
    assert reply.report.answers == state.answers
    assert (reply.face == "ended") <= state.ended
    later = current(check.session, check.rules)
    assert later == reply.model_copy(update={"notes": (), "checklist_open": False, "face": later.face})
    if not reply.pending:
        assert state.paused or state.ended or not state.asked
        return
    assert not state.ended
    if reply.pending == state.asked or reply.pending in state.again:
        return
    assert reply.pending not in state.values
    gate = gate_asked(reply.pending, reply.report, check.rules)
    if gate and not state.rest:
        assert all(one.status != "blocked" for one in reply.report.gates[: gate - 1])


@pytest.mark.parametrize("seed", range(6))
def test_every_walk_ends_in_a_report(rules: Rules, seed: int) -> None:
    """Whatever somebody does on the way: nothing is asked twice but on request, nothing past a block unasked."""
    dice = random.Random(seed)
    told: set[str] = set()
    for _ in range(12):
        check = Check(rules)
        for _ in range(dice.randint(5, 40)):
            check.hear(moves_of(check, dice))
            stands(check)
            told.update(check.notes)
        check.type("continue")
        left = 0
        while check.reply.pending in FIELDS or check.reply.face == "text":
            check.type(as_typed(check.reply.pending, "unknown") if check.reply.pending in FIELDS else "A name")
            stands(check)
            left += 1
            assert left <= len(FIELDS)
        assert check.reply.face == "report"
        assert Session.model_validate_json(check.session.model_dump_json()) == check.session
    assert told <= set(get_args(NoteCode))


def test_a_report_takes_at_most_twenty_six_answers_on_every_path(rules: Rules) -> None:
    """With unknowns and boundary values in every mixture."""
    dice = random.Random(99)
    longest = 0
    for _ in range(30):
        check, lean, moves = Check(rules), dice.choice([0.0, 0.6, 0.9, 1.0]), 0
        while check.reply.face == "question":
            field = check.reply.pending
            likely = PASSING | {"goal": "structured_output", "calls_per_year": 300_000, "hosting_usd_per_month": "1000"}
            others = [*(value for value in boundary_values(field) if value != "the platform team"), "unknown"]
            value = likely[field] if field in likely and dice.random() < lean else dice.choice(others)
            check.type(as_typed(field, value))
            assert check.reply.pending != field
            moves += 1
        assert check.reply.face == "report"
        longest = max(longest, moves)
    assert 15 <= longest <= 26
