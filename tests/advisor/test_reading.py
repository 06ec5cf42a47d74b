"""What people type is read as a value or asked about, never guessed."""

import json
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor.model import FIELDS, UNKNOWN, Answers, Reading, plain
from advisor.reading import read, show
from advisor.reading.quantities import Said
from advisor.reading.tokens import LONGEST, tidy

ROWS = json.loads((Path(__file__).parent / "readings.json").read_text(encoding="utf-8"))
KINDS: dict[str, str] = {asked.kind: name for name, asked in FIELDS.items()}
NUMBERS = ("count", "rate", "money")
TYPED = """5 6k 1.2 1,200 1.200 ,5 .5 0 1 -3 1e9 1e-30 $ € % ¢ + - – / ~ < > <= ( ) ? ! . : & ½ ⁶ ６ ' _ * ` a half one
two twenty hundred thousand million k m mm dozen and or to of out in per each for from between at least more than less
up no not none never all day week month year hour rps quarter calls labels pairs failures tokens percent cents dollars
yes maybe done fails wrong synthetic human the team me nobody <@U1> <@U2|x> <tel:5|5> idk 👍 company voice base"""
PIECES = st.sampled_from(TYPED.split())
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=8).map(" ".join), st.lists(PIECES, max_size=6).map("".join))

HOSTILE = (
    "1" * 100_000, "9" * 5_000, "a" * 100_000, "1e999999999", "1e-999999999", "9" * 290, "1," * 150, "1 " * 149,
    "-" * 299, "(" * 299, "<" * 299, "*" * 299, "_a" * 149, "~a " * 99, "a " * 149, "and a half " * 27, "no " * 99,
    "hundred " * 37, "one hundred " * 25, "two thousand " * 23, "1.5 million " * 24, "per 1000 calls " * 19,
    "<@U1" * 75, "not yet " * 37, "between 1 and " * 21, "½" * 299, "\u200b" * 299, "\ud800", "$" * 299, "/" * 299,
    "it " * 99, "we are " * 42, "yes " * 74, "\ufdfa" * 290, "\x00", ".5" * 149, "&amp;" * 60, "already " * 37,
)  # fmt: skip


def _plain(value: object) -> object:
    return plain(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['field']}: {row['text']!r}" for row in ROWS])
def test_a_phrasing_reads_as_its_row_says(row: dict[str, object]) -> None:
    found = read(str(row["field"]), str(row["text"]))
    assert (_plain(found.value), type(_plain(found.value)), found.problem) == (
        row["value"], type(row["value"]), row["problem"],
    )  # fmt: skip


def _check(field: str, found: Reading) -> None:
    assert (found.value is None) != (found.problem is None)
    assert len(found.candidates) <= 3
    if found.problem is None:
        Answers.model_validate({field: found.value})
        assert found.shown
        assert not found.candidates
    for each in found.candidates:
        assert read(field, each).problem is None, each


@example("hosting_usd_per_month", "0.0'0", False)
@given(st.sampled_from(sorted(FIELDS)), TEXTS, st.booleans())
def test_any_text_for_any_field_is_one_valid_value_or_one_problem_with_clean_candidates(
    field: str, text: str, confirmed: bool
) -> None:
    _check(field, read(field, text, confirmed=confirmed))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['field']}: {row['text']!r}")
def test_every_candidate_offered_reads_cleanly(row: dict[str, str]) -> None:
    _check(row["field"], read(row["field"], row["text"]))


@given(st.integers(0, 10**12))
def test_a_shown_count_reads_back(count: int) -> None:
    assert read("eval_pairs", show("eval_pairs", count)).value == count


@given(st.decimals(0, 1, places=4))
def test_a_shown_rate_reads_back(rate: Decimal) -> None:
    assert read("target_pass_rate", show("target_pass_rate", rate)).value == rate


@given(st.decimals(0, 10**12, places=2))
def test_a_shown_sum_reads_back(dollars: Decimal) -> None:
    assert read("training_usd", show("training_usd", dollars)).value == dollars


@given(st.decimals(0, Decimal("0.99999"), places=5))
def test_a_shown_price_a_call_reads_back(dollars: Decimal) -> None:
    assert read("usd_per_call_now", show("usd_per_call_now", dollars)).value == dollars


@given(st.integers(1, 10**9), st.sampled_from([("day", 365), ("week", 52), ("month", 12), ("quarter", 4), ("year", 1)]))
def test_a_period_is_converted_into_the_years_of_the_question(count: int, period: tuple[str, int]) -> None:
    assert read("calls_per_year", f"{count} a {period[0]}").value in (count * period[1], None)


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("eval_pairs", 1200, "1,200"),
        ("usd_per_call_now", Decimal("0.02"), "$0.02"),
        ("usd_per_call_now", "0.00075", "$0.00075"),
        ("usd_per_call_now", Decimal("0.5"), "$0.50"),
        ("usd_per_call_now", Decimal("0.123456789"), "$0.123457"),
        ("usd_per_call_now", "0", "$0"),
        ("training_usd", "2000.5", "$2,000.50"),
        ("training_usd", Decimal(7900), "$7,900"),
        ("upkeep_usd_per_month", "433.333333333333333333333333", "$433.33"),
        ("target_pass_rate", Decimal("0.82"), "82 %"),
        ("target_pass_rate", "0.825", "82.5 %"),
        ("target_pass_rate", "0.333333333333333333333333", "33.3333 %"),
        ("target_pass_rate", "1", "100 %"),
        ("target_pass_rate", "0.9999999", "99.99999 %"),
        ("prompt_tried", True, "yes"),
        ("prompt_tried", False, "no"),
        ("goal", "company_voice", "company voice"),
        ("rag_tried", "not_needed", "not needed"),
        ("retrain_owner", "R. Okafor", "R. Okafor"),
        ("retrain_owner", "", "nobody"),
        ("eval_pairs", UNKNOWN, "not known"),
        ("retrain_owner", UNKNOWN, "not known"),
    ],
)
def test_a_value_is_shown_without_the_questions_unit(field: str, value: str, shown: str) -> None:
    assert show(field, value) == shown


@pytest.mark.parametrize(
    ("field", "text", "candidates"),
    [
        ("eval_pairs", "5-6k", ("5,000", "5,500", "6,000")),
        ("poc_lost", "3-4", ("3", "4")),
        ("poc_lost", "3 may have failed", ("3",)),
        ("training_usd", "between $5k and $6k", ("$5,000", "$5,500", "$6,000")),
        ("calls_per_year", "24/7, 1,000 calls a day", ("365,000",)),
        ("eval_pairs", "in 2025 we had 700 pairs", ("700",)),
        ("labelers", "3 half-time annotators", ("3",)),
        ("calls_per_year", "500 a day, double that in december", ("182,500", "365,000")),
        ("training_usd", "a quarter's budget is $3,000", ("$3,000",)),
        ("eval_pairs", "5mm", ("5,000,000",)),
        ("eval_pairs", "five mm", ("5,000,000",)),
        ("eval_pairs", "five mil pairs", ("5,000,000",)),
        ("eval_pairs", "twenty-five mm", ("25,000,000",)),
        ("eval_pairs", "half a mil", ("500,000",)),
        ("training_usd", "five mm dollars", ("$5,000,000",)),
        ("upkeep_usd_per_month", "$200 a day on weekdays", ("$4,345.24",)),
        ("upkeep_usd_per_month", "200 a day on business days", ("$4,345.24",)),
        ("upkeep_usd_per_month", "$200 daily, mon-fri", ("$4,345.24",)),
        ("upkeep_usd_per_month", "$200 a day on workdays and weekends", ("$6,083.33",)),
        ("upkeep_usd_per_month", "$200 on weekdays", ("$4,333.33",)),
        ("upkeep_usd_per_month", "2 machines at $200 each weekday", ("$8,666.67",)),
        ("upkeep_usd_per_month", "2 people at $200 a month on weekdays", ("$400",)),
        ("hosting_usd_per_month", "2 GPUs at $2/h on weekdays", ("$2,085.71",)),
        ("hosting_usd_per_month", "we pay $300 to a vendor each month", ("$300",)),
        ("upkeep_usd_per_month", "$300 for the hosting every month", ()),  # another field's
        ("calls_per_year", "300 each weekend", ("15,600",)),
        ("calls_per_year", "300 a weekend", ("15,600",)),
        ("calls_per_year", "every weekend 300 calls", ("15,600",)),
        ("calls_per_year", "300 at weekends", ()),  # of each of its days, or of both
        ("calls_per_year", "300 each sprint", ()),
        ("calls_per_year", "300 a fortnight", ()),
        ("calls_per_year", "200 on weekdays", ("52,000",)),
        ("measured_pass_rate", "we're at none wrong", ("100%", "0%")),
        ("measured_pass_rate", "none of them fail", ("100%", "0%")),
        ("measured_pass_rate", "0 wrong", ("100%", "0%")),
        ("measured_pass_rate", "there are none wrong", ("100%", "0%")),
        ("measured_pass_rate", "we have zero failures", ("100%", "0%")),
        ("measured_pass_rate", "none right", ("0%",)),
        ("label_noise", "none right", ("100%", "0%")),
        ("label_noise", "we see none wrong", ("0%",)),
        ("eval_pairs", "1.200", ("1,200",)),
        ("eval_pairs", "500+", ("500",)),
        ("measured_pass_rate", "1", ()),
        ("measured_pass_rate", "fails 20%", ("20%", "80%")),
        ("measured_pass_rate", "80±2%", ("78%", "80%", "82%")),
        ("hosting_usd_per_month", "2 GPUs at $1.70/h, 24/7", ("$2,482",)),
        ("hosting_usd_per_month", "$2 per GPU-hour, 4 GPUs", ("$5,840",)),
        ("hosting_usd_per_month", "3 machines at $400 a month each", ("$1,200",)),
        ("upkeep_usd_per_month", "10 hours a month at $85/h", ("$850",)),
        ("upkeep_usd_per_month", "half an FTE, they cost 64k a year", ("$2,666.67",)),
        ("upkeep_usd_per_month", "$200 plus $50", ("$250", "$200", "$50")),
        ("usd_per_label", "annotators are $20/h and do 40 an hour", ("$0.50",)),
        ("usd_per_label", "12 minutes at $30 an hour", ("$6",)),
        ("usd_per_call_now", "$4,200 a month over 100k calls a month", ("$0.042",)),
        ("calls_per_year", "40 people, 10 times a day", ("146,000",)),
        ("calls_per_year", "2,000 users, 3 questions a week each", ("312,000",)),
        ("calls_per_year", "$4,000 a month at 2 cents a call", ("2,400,000",)),
        ("eval_pairs", "120 plus 40", ("160", "120", "40")),
        ("measured_pass_rate", "high eighties", ("87%", "88%", "89%")),
        ("measured_pass_rate", "mid 70s", ("74%", "75%", "76%")),
        ("measured_pass_rate", "162 passed, 38 failed", ("81%",)),
        ("synthetic_share", "3 synthetic for each real one", ("75%",)),
        ("labelers", "two people and me", ("3", "2")),
        ("training_usd", "8 GPUs, 20 hours at $2 an hour", ("$320",)),
        ("training_usd", "3 epochs, 2M tokens at $25 per M tokens", ("$50", "$150")),
        ("labelers", "2 doctors", ("2",)),
        ("usd_per_label", "12 minutes of review at $30", ("$6",)),
        ("upkeep_usd_per_month", "2 hours a month at $50 an hour plus $100 a month", ("$200", "$100")),
        ("poc_baseline_pass_rate", "5 points below the tuned 85%", ("80%", "90%")),
        ("label_noise", "all of them are right", ("0%", "100%")),
        ("label_noise", "all of them are wrong", ("100%",)),
        ("synthetic_share", "all of it is real", ("0%", "100%")),
        ("synthetic_share", "all generated", ("100%",)),
        ("labelers", "me and Anna", ("2",)),
        ("labelers", "just me", ("1",)),
        ("labelers", "Anna, Bob and Eve", ("3",)),
        ("training_usd", "no idea, the last one was $5k", ("$5,000", UNKNOWN)),
        ("prompt_tried", "no I guess", ("no", "yes")),
        ("measured_pass_rate", "10-20% fail", ("90%", "85%", "80%")),
        ("measured_pass_rate", "at least 20% fail", ("80%",)),
        ("measured_pass_rate", "50/50", ("100%", "50%")),
        ("measured_pass_rate", "120% fail", ()),
        ("measured_pass_rate", "20/80", ("25%", "20%", "80%")),
        ("measured_pass_rate", "82% churn", ("82%",)),
        ("upkeep_usd_per_month", "3% dollars a day", ()),
        ("poc_gained", "1,200 pairs fail", ("1,200",)),
        ("eval_pairs", "a couple 1000", ("2,000",)),
        ("other_savings_usd_per_year", "$5 a call", ()),
        ("label_noise", "95% correct", ("95%", "5%")),
        ("synthetic_share", "30% handwritten", ("30%", "70%")),
        ("usd_per_call_now", "$12", ()),
        ("usd_per_call_now", "0,02", ("$0.02",)),
        (
            "usd_per_call_now",
            "$1-2 per 1000 calls",
            ("$1 per 1,000 calls", "$1.50 per 1,000 calls", "$2 per 1,000 calls"),
        ),
        (
            "usd_per_call_now",
            "$1-2 per 1000 queries",
            ("$1 per 1,000 queries", "$1.50 per 1,000 queries", "$2 per 1,000 queries"),
        ),
        ("upkeep_usd_per_month", "$100-200 a week", ("$100 a week", "$150 a week", "$200 a week")),
        ("usd_per_label", "$1,50", ("$1.50",)),
        ("eval_pairs", "5k-6", ("5,000", "5,500", "6,000")),
        ("eval_pairs", "1 2 3 4", ()),
        ("eval_pairs", "1,200 gizmos", ("1,200",)),
        ("eval_pairs", "2 doctors plus me", ()),
        ("usd_per_call_now", "2.25 cents with Sonnet", ("2.25 cents",)),
        ("usd_per_label", "1.5 cents each, blah", ("1.5 cents",)),
        ("usd_per_failure", "50 cents in support time", ("50 cents",)),
        ("upkeep_usd_per_month", "0.5 FTE", ()),
        ("usd_per_label", "$42K for 5,000", ("$8.40",)),
        ("usd_per_label", "500 zorkmids", ()),
        ("usd_per_call_now", "less than 2 cents tbh", ("2 cents",)),
        ("poc_baseline_pass_rate", "87% tuned", ()),
        ("measured_pass_rate", "3.5 stars", ()),
        ("poc_tuned_pass_rate", "seven eighths", ("87.5%",)),
        ("measured_pass_rate", "nothing yet", ()),
        ("measured_pass_rate", "4.5/5", ()),
        ("eval_pairs", "10²", ()),
        ("training_usd", "$5²", ()),
        ("eval_pairs", "point five", ()),
        ("eval_pairs", "one hundred two hundred", ()),
        ("calls_per_year", "100k/d", ()),
        ("calls_per_year", "80k monthly active users", ()),
        ("usd_per_call_now", "Fr. 0.02", ()),
        ("usd_per_label", "none so far", ()),
        ("training_usd", "nothing yet", ()),
        ("prompt_tried", "maybe", ("yes", "no")),
        ("goal", "voice", ("company voice",)),
        ("failure_cause", "not tone", ("tone",)),
        ("failure_cause", "tone fine", ("tone",)),
        ("rag_tried", "hm", ("yes", "no", "not needed")),
        ("retrain_owner", "Anna and Bob", ("Anna", "Bob")),
        ("retrain_owner", "maybe <@U123>", ("<@U123>",)),
    ],
)
def test_a_problem_offers_what_may_have_been_meant(field: str, text: str, candidates: tuple[str, ...]) -> None:
    assert read(field, text).candidates == candidates


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("<!here> we have *600*", "@here we have 600"),
        ("<!subteam^S1|@ml> and <@U1>", "@ml and <@U1>"),
        ("in <#C1|evals>, ask <mailto:ada@example.com|Ada>", "in #evals, ask Ada"),
        ("<tel:600> or <tel:5000|5,000>", "600 or 5,000"),
        ("~500~ _six hundred_ `600`", "six hundred 600"),
        ("&lt;5 &amp; &gt;2", "<5 & >2"),
        ("2½k, ½ million, 1 ¼", "2.5k, 0.5 million, 1.25"),
        ("“６００” – ‘ok’", "\"600\" - 'ok'"),
        ("10⁶ 2⅓", "10^ 2^"),
        ("snake_case words", "snake case words"),
    ],
)
def test_slacks_markup_and_odd_signs_are_undone(text: str, meant: str) -> None:
    assert tidy(text) == meant


@pytest.mark.parametrize(
    ("field", "text", "shown"),
    [
        ("eval_pairs", "1.2k", "1,200"),
        ("eval_pairs", "5-6k", "5,000 to 6,000"),
        ("measured_pass_rate", "70% to 80%", "70 to 80 %"),
        ("measured_pass_rate", "1", "1 % or 100 %"),
        ("measured_pass_rate", "1.0 of them", "1 % or 100 %"),
        ("usd_per_call_now", "2-3 cents", "2 to 3 cents"),
        ("upkeep_usd_per_month", "$100-200 a week", "$100 to $200 a week"),
        ("retrain_owner", "none", "nobody"),
        ("goal", "idk", "not known"),
        ("goal", "we'd classify tickets", "classification"),
    ],
)
def test_what_was_understood_is_echoed(field: str, text: str, shown: str) -> None:
    assert read(field, text).shown == shown


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("usd_per_call_now", "three quarters of a cent", "0.0075"),
        ("usd_per_failure", "a dollar and a quarter", "1.25"),
        ("usd_per_label", "a buck fifty", "1.5"),
        ("calls_per_year", "per day: 12k", "4380000"),
        ("calls_per_year", "12k calls last month", "144000"),
        ("upkeep_usd_per_month", "monthly it's $300 or so", "300"),
    ],
)
def test_what_is_all_of_a_text_is_taken(field: str, text: str, value: str) -> None:
    assert _plain(read(field, text).value) in (value, int(Decimal(value)))


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("quality_parity", "it is slightly worse", None),
        ("quality_parity", "measured", None),
        ("quality_parity", "on par", True),
        ("quality_parity", "no worse", True),
        ("eval_overlaps_training", "they are disjoint", False),
        ("eval_overlaps_training", "not checked", UNKNOWN),
        ("eval_overlaps_training", "haven't looked", UNKNOWN),
        ("eval_overlaps_training", "no, held out", False),
        ("eval_overlaps_training", "no training data yet", False),
        ("eval_overlaps_training", "not applicable yet", UNKNOWN),
        ("large_model_meets_target", "it is too expensive to test", None),
        ("large_model_meets_target", "yes: GPT-4 does 99.2", True),
        ("large_model_meets_target", "no, too slow for voice", False),
        ("retrain_pipeline", "we are building one", None),
        ("retrain_budget", "we are asking finance", None),
        ("label_budget", "sure, from the same magical pot that pays for our coffee", None),
        ("poc_run", "it is running", None),
        ("poc_run", "not checked", False),
        ("agreement_checked", "never measured", False),
        ("large_model_meets_target", "didn't run it", UNKNOWN),
        ("quality_parity", "haven't run the comparison", UNKNOWN),
        ("agreement_checked", "we never ran that", False),
        ("prompt_tried", "no, yes", None),
    ],
)
def test_yes_and_no_are_read_whole_and_never_as_their_opposite(field: str, text: str, value: object) -> None:
    """Not having checked is no for a deed, and not known for a fact."""
    assert read(field, text).value == value


@pytest.mark.parametrize(
    ("field", "text", "candidates"),
    [
        ("quality_parity", "it is slightly worse", ("no", "yes")),
        ("quality_parity", "I think on par", ("yes", "no")),
        ("eval_overlaps_training", "mostly disjoint I think", ("no", "yes")),
        ("prompt_tried", "Sven might have, he's on leave", ("unknown", "yes", "no")),
        ("tool_use_tried", "Anna would know, she's on holiday", ("unknown", "yes", "no")),
        ("label_guidelines", "ask Piotr, he's out this week", ("unknown", "yes", "no")),
        ("agreement_checked", "that was before I joined", ("unknown", "yes", "no")),
        ("prompt_tried", "the guy who knows left the company", ("unknown", "yes", "no")),
        ("prompt_tried", "maybe", ("yes", "no")),
    ],
)
def test_a_hedged_word_of_the_question_is_the_first_button(field: str, text: str, candidates: tuple[str, ...]) -> None:
    assert read(field, text).candidates == candidates


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("usd_per_call_now", "$12", Decimal(12)),
        ("retrain_owner", "the team", "the team"),
        ("retrain_owner", "  ML platform team ", "ML platform team"),
        ("retrain_owner", "Anna and Bob", "Anna and Bob"),
        ("retrain_owner", "x" * 200, "x" * 200),
    ],
)
def test_confirming_takes_a_dear_call_and_a_group_as_typed(field: str, text: str, value: object) -> None:
    assert read(field, text).problem or len(text) == 200
    assert read(field, text, confirmed=True).value == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("retrain_owner", "yes"),
        ("retrain_owner", "42"),
        ("retrain_owner", "x" * 201),
        ("eval_pairs", "1.200"),
        ("usd_per_call_now", "€2"),
        ("prompt_tried", "maybe"),
    ],
)
def test_confirming_makes_nothing_else_readable(field: str, text: str) -> None:
    assert read(field, text, confirmed=True).problem


@pytest.mark.parametrize(
    "text", ["idk", "No idea.", "?", "n/a", "TBD", "don't know yet", "skip", "not known yet", "🤷"]
)
@pytest.mark.parametrize("field", sorted(FIELDS))
def test_not_knowing_is_a_value_of_every_field(field: str, text: str) -> None:
    assert read(field, text).value == UNKNOWN


@pytest.mark.parametrize("field", sorted(KINDS.values()))
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: f"{len(text)} of {text[:6]!r}")
def test_a_hostile_text_is_answered_like_any_other(field: str, text: str) -> None:
    _check(field, read(field, text))


@pytest.mark.parametrize("field", sorted(KINDS.values()))
def test_no_reader_sees_more_than_the_cap(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What keeps reading cheap whatever is typed; what it costs is in ``tests/benchmarks/test_reading.py``."""
    lengths: list[int] = []

    def seen(field: str, text: str, confirmed: bool) -> Said:
        lengths.append(len(text))
        return Said(problem="not_a_number")

    module = import_module("advisor.reading.read")  # the package has the function of that name
    monkeypatch.setattr(module, "_READERS", dict.fromkeys(module._READERS, seen))
    for text in (*HOSTILE, "x" * LONGEST, "x" * (LONGEST + 1), "\ufdfa" * LONGEST):
        read(field, text)
    assert max(lengths) == LONGEST


def test_no_markup_is_undone_beyond_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        import_module("advisor.reading.read"), "tidy", lambda text: pytest.fail(f"tidied {len(text)} characters")
    )
    assert read("eval_pairs", "1" * (LONGEST + 1)).problem == "not_a_number"


@pytest.mark.parametrize("field", [KINDS[kind] for kind in NUMBERS])
@pytest.mark.parametrize("text", ["1" * 100_000, "9" * 5_000, "1e999999999", "9" * 290])
def test_an_endless_number_is_a_problem(field: str, text: str) -> None:
    assert read(field, text).problem in ("not_a_number", "out_of_range")


@pytest.mark.parametrize(("kind", "problem"), [("count", "not_a_number"), ("choice", "not_an_option"),
                                               ("yes_no", "not_an_option"), ("name", "not_a_name")])  # fmt: skip
@pytest.mark.parametrize("text", ["", "   ", "yes " * 80])
def test_nothing_and_an_essay_are_no_answer(kind: str, problem: str, text: str) -> None:
    assert read(KINDS[kind], text).problem == problem


def test_a_field_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        read("nothing", "5")
