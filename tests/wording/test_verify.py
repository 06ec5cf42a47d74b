"""The checker: what may stand for a sentence of ours, held against everything we could think of."""

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import Answers, decide, load_rules
from bot.answering.sentences import reasons
from bot.answering.verify import LONGEST, Fault, fault, plain_words, tidy
from bot.render.wording import Wording
from tests.advisor.strategies import answers
from tests.wording.__main__ import MUTATED, lines
from tests.wording.corpus import mutations, rows, stands

RULES = load_rules()
WORDING = Wording(RULES)
PAIRS = (
    "The eval set holds {{eval_pairs}} where {{eval_pairs_wanted}} are wanted, so {{eval_pairs_more}} are missing"
    " before a small gain can be told from luck."
)
CHECKED = "Nobody has checked whether eval pairs are also in the training data."
SAVED = "With {{usd_per_call_after}} and {{usd_per_call_now}}, nothing is saved in a year."
PAYS = "The year comes to {{ratio}}, with {{savings_usd}} and {{cost_usd}}, so it brings in more than it takes."
ZERO = "Every cost was given as zero, so there is no ratio."
SHORT = "The tuned model reaches {{poc_tuned_pass_rate}}, which is short of {{target_pass_rate}}."
LOOKS = "The labelling looks underestimated."
SCHEMA = (
    "Schema-bound output or tool use has not been tried, though it usually ends format errors without any training."
)
BAKE = (
    "Most failures are missing or wrong facts, and retrieval brings facts in while tuning would bake them in and let"
    " them go stale."
)
LIMIT = "The pass rate stands on {{eval_pairs}}, and on a set this small it can be off by several points."
CANNOT = (
    "Facts that change by the minute cannot stay fresh inside a model, so they are looked up through retrieval and tool"
    " calls."
)
THIN = "At {{ratio}} the margin is thin, since operations take their share."
ONLY = (
    "The year pays only through fewer failures, and whether a larger model would avoid them without tuning is not"
    " known."
)
HABITS = "With a single labeler their habits become the habits of the model."
STAFFED = "For retraining each quarter the pipeline, the budget and {{retrain_owner}} are in place."


# ---- one fault at a time


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        (PAIRS, PAIRS, None),
        (PAIRS, PAIRS.replace("The eval set holds", "At present the eval set has"), None),
        (PAIRS, PAIRS.replace("so {{", "and {{"), None),
        (CHECKED, "So far nobody has checked whether the eval pairs are in the training data as well.", None),
        (CHECKED, "Nobody has checked yet whether eval pairs are in the training data too.", None),
        (ZERO, "There is no ratio, because every cost was given as zero.", None),
        (ZERO, "Since every cost was given as zero, there is no ratio.", None),
        (SAVED, "Nothing is saved in a year with {{usd_per_call_after}} and {{usd_per_call_now}}.", "drifted"),
        (PAYS, PAYS.replace("comes to", "gets to"), None),
        (SHORT, "The tuned model comes to {{poc_tuned_pass_rate}}, and this is short of {{target_pass_rate}}.", None),
        (SHORT, "The tuned model's rate is {{poc_tuned_pass_rate}}, which is short of {{target_pass_rate}}.", "words"),
        # length
        (LOOKS, "It looks.", "length"),
        (LOOKS, "", "length"),
        (LOOKS, "The labelling " + "at present " * 30 + "looks underestimated.", "length"),
        (LOOKS, "At present and as well as so far the labelling here itself looks underestimated.", "length"),
        # characters
        (LOOKS, "The labelling looks underestimated ½.", "characters"),
        (LOOKS, "The labelling looks underestimated 3.", "characters"),
        (LOOKS, "The lаbelling looks underestimated.", "characters"),
        (LOOKS, "The labelling *looks* underestimated.", "characters"),
        (LOOKS, "The labelling looks <underestimated>.", "characters"),
        (LOOKS, 'The "labelling" looks underestimated.', "characters"),
        (LOOKS, "The labelling looks underestimated; it is.", "characters"),
        (LOOKS, "The labelling (here) looks underestimated.", "characters"),
        (LOOKS, "The labelling - here - looks underestimated.", "characters"),
        # sentence
        (LOOKS, "The labelling looks underestimated", "sentence"),
        (LOOKS, "The labelling looks underestimated .", "sentence"),
        (LOOKS, "The labelling. It looks underestimated.", "sentence"),
        (LOOKS, "(The labelling) looks underestimated.", "sentence"),
        (LOOKS, "'The labelling' looks underestimated.", "sentence"),
        # slots
        (PAIRS, PAIRS.replace("{{eval_pairs}}", "{{cost_usd}}"), "slots"),
        (PAIRS, PAIRS.replace("{{eval_pairs}} where", "{{eval_pairs}} and {{eval_pairs}} where"), "slots"),
        (PAYS, PAYS.replace("{{savings_usd}} and {{cost_usd}}", "{{cost_usd}} and {{savings_usd}}"), "slots"),
        (SHORT, SHORT.replace("{{poc", "x{{poc"), "slots"),
        (SHORT, SHORT.replace("rate}}.", "rate}}s."), "slots"),
        (SHORT, SHORT.replace("reaches {{", "reaches about {{"), "slots"),
        (SHORT, SHORT.replace("}}, which", "}} or, which"), "slots"),
        (SHORT, SHORT.replace("{{target_pass_rate}}.", "{{target_pass_rate}} short."), "slots"),
        # words and capitals
        (LOOKS, "The labelling looks excellent.", "words"),
        (LOOKS, "The labelling looks twenty.", "words"),
        (LOOKS, "The labelling looks fine and underestimated.", "words"),
        (LOOKS, "The labelling LOOKS underestimated.", "capitals"),
        (LOOKS, "the labelling looks Underestimated.", "capitals"),
        # turned
        (LOOKS, "The labelling is underestimated.", "turned"),
        (LOOKS, "The labelling does not look underestimated.", "turned"),
        (CHECKED, "Whether eval pairs are also in the training data is checked.", "turned"),
        (SCHEMA, SCHEMA.replace("usually", "mostly"), "turned"),
        (SCHEMA, SCHEMA.replace("has not been tried", "is tried").replace("ends", "does not end"), "turned"),
        (SHORT, "The tuned model reaches {{poc_tuned_pass_rate}}, and {{target_pass_rate}} is under it.", "turned"),
        (ZERO, "There is no ratio, so every cost was given as zero.", "drifted"),
        (ZERO, "There is no ratio, so every cost was given as a zero ratio.", "turned"),
        (STAFFED, STAFFED.replace("are in place", "have yet to be in place"), "turned"),
        (STAFFED, STAFFED.replace("are in place", "are to be in place"), "turned"),
        (CHECKED, "Nobody has checked whether eval pairs aren't also in the training data.", "turned"),
        # advice
        (LOOKS, "Keep in place that the labelling looks underestimated.", "advice"),
        (STAFFED, STAFFED.replace("are in place", "are in place, and keep it"), "advice"),
        (STAFFED, STAFFED.replace("are in place", "are in place so keep it"), "turned"),
        (CHECKED, "Nobody has checked whether eval pairs are also in the training data and take it.", "advice"),
        (CHECKED, "Take it as is, nobody has checked whether eval pairs are also in the training data.", "advice"),
        (CHECKED, "Nobody has checked whether eval pairs are also in the training data, and it stays so.", "turned"),
        (BAKE, BAKE, None),
        (BAKE, BAKE.replace("go stale", "become stale"), None),
        (BAKE, BAKE.replace("failures are missing or wrong facts", "wrong facts are failures or missing"), "turned"),
        (LOOKS, "At present the labelling looks underestimated.", None),
        (LOOKS, "Labelling as of itself looks underestimated.", None),
        (LOOKS, "The labelling looks to be underestimated.", "turned"),
        (LIMIT, LIMIT.replace("can be off", "cannot be off"), "turned"),
        (LIMIT, LIMIT.replace("can be", "can't be"), "turned"),
        (LIMIT, LIMIT.replace("can be off", "may be off"), None),
        (LIMIT, LIMIT.replace("stands on", "can stand on").replace("can be off", "is off"), "turned"),
        (CANNOT, CANNOT.replace("cannot stay", "can't stay"), None),
        (CANNOT, CANNOT.replace("cannot stay", "stay").replace("are looked", "are not looked"), "turned"),
        (CANNOT, CANNOT.replace("cannot stay", "cannot be kept"), None),
        (THIN, "At {{ratio}} the margin is thin, and operations take their share.", None),
        (THIN, "Since operations take their share, at {{ratio}} the margin is thin.", None),
        (THIN, "Operations take their share, and at {{ratio}} the margin is thin.", "drifted"),
        (SHORT, "The tuned model came to {{poc_tuned_pass_rate}}, which is short of {{target_pass_rate}}.", None),
        (SHORT, SHORT.replace("reaches {{", "reaches to {{"), "slots"),
        (SHORT, SHORT.replace("}}, which", "}}(which)"), "characters"),
        (SHORT, "THE tuned model reaches {{poc_tuned_pass_rate}}, which is short of {{target_pass_rate}}.", "capitals"),
        (ONLY, ONLY, None),
        (ONLY, ONLY.replace("only through fewer failures", "through fewer failures only"), "turned"),
        (ONLY, ONLY.replace("without tuning", "without any tuning"), None),
        (HABITS, "With a single labeler, the labeler's habits become the habits of the model.", None),
        (HABITS, "With a single labeler their habits became the habits of the model.", None),
        # drifted
        (CHECKED, "Nobody has checked whether this holds at present.", "drifted"),
        (PAYS, PAYS.replace("brings in more than it takes", "takes more than it brings in"), "drifted"),
        (STAFFED, STAFFED.replace("in place", "in place as a result"), "drifted"),
    ],
)  # fmt: skip
def test_a_sentence_stands_or_is_turned_away_for_its_first_fault(
    source: str, text: str, expected: Fault | None
) -> None:
    assert fault(tidy(text), source) == expected


def test_a_source_stands_for_itself_and_the_drafts_are_of_sources_that_are_asked_for() -> None:
    """What a model is given may be given back, whatever the report; and the corpus is about what it is given."""
    seen: set[str] = set()

    @settings(max_examples=3000, deadline=None, database=None, derandomize=True)
    @given(answers())
    def look(given_answers: Answers) -> None:
        seen.update(reason.brief for reason in reasons(decide(given_answers, RULES), WORDING) if reason.brief)

    look()
    assert {brief: found for brief in seen if (found := fault(tidy(brief), brief))} == {}
    sources = {row["source"] for row in rows("honest")}
    assert len(sources - seen) <= len(sources) / 10, "a few are too rare for this many reports"


@given(st.text(max_size=LONGEST + 40), st.sampled_from([PAIRS, CHECKED, SAVED, LOOKS]))
def test_any_text_at_all_is_judged_without_an_error(text: str, source: str) -> None:
    """And nothing stands that is not plain sentences with the source's own placeholders."""
    if fault(tidy(text), source) is None:
        assert re.findall(r"\{\{\w+\}\}", tidy(text)) == re.findall(r"\{\{\w+\}\}", source)
        assert re.fullmatch(r"[A-Za-z{} _,.:'-]+", tidy(text))


def test_tidying_makes_typographic_marks_plain_and_folds_space() -> None:
    assert tidy("It’s “so” – or\u00a0so…\n ") == 'It\'s "so" - or so.'


def test_no_plain_word_can_count_judge_or_command() -> None:
    words = set(plain_words().split())
    assert not words & set(COMMANDING.split())
    assert all(re.fullmatch(r"[a-z']+", word) for word in words)


COMMANDING = """
two half double twice go start stop run approve ready should must good bad safe worth please today yes no you we all
"""


# ---- the corpora


def test_the_attacks_are_260_in_26_classes() -> None:
    assert sorted(Counter(row["class"] for row in rows("attacks")).values()) == [10] * 26
    assert len({row["text"] for row in rows("attacks")}) == 260


def test_of_the_attacks_at_most_two_in_a_hundred_slip() -> None:
    slipped = [(row["class"], row["text"]) for row in rows("attacks") if stands(row)]
    assert len(slipped) <= 5, slipped


def test_of_the_honest_drafts_at_most_ten_in_a_hundred_are_turned_away() -> None:
    drafts = rows("honest")
    turned = [row["text"] for row in drafts if not stands(row)]
    assert len(drafts) >= 200
    assert len(turned) <= len(drafts) / 10, turned


def test_of_ten_thousand_mutations_none_stands() -> None:
    """No wrong placeholder, no verdict, no figure, no mention: whatever the sentence it was put into."""
    made = Counter(kind for kind, _ in mutations(MUTATED))
    assert made.total() == MUTATED
    assert min(made.values()) > 1000
    assert [(kind, row["text"]) for kind, row in mutations(MUTATED) if stands(row)] == []


def test_an_insider_finds_little_that_goes_to_a_model() -> None:
    """With the checker's source at hand: on sentences that a model is asked to word, at most one in twenty."""
    asked = {row["source"] for row in rows("honest")}
    tried = [row for row in rows("insiders") if row["source"] in asked]
    assert sum(map(stands, tried)) <= len(tried) / 20


def test_the_page_on_wording_has_these_figures() -> None:
    """docs/wording.md is what ``python -m tests.wording`` prints."""
    page = (Path(__file__).parents[2] / "docs" / "wording.md").read_text(encoding="utf-8")
    for line in lines():
        assert line in page
