"""One line of figures is read as it was meant or asked about, and the year is computed from nothing else."""

import json
import random
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor import Answers, Rules, load_rules
from advisor.model import UNKNOWN, plain
from advisor.reading.line import INPUTS, LONGEST, MOST_PIECES, OPTIONAL, Quick, quick
from advisor.roi import all_labelled, roi

LINES: list[tuple[str, dict[str, Any], list[int]]] = json.loads(
    (Path(__file__).parent / "lines.json").read_text(encoding="utf-8")
)
"""A line, what must be read of it, and the places of the pieces that must be asked about."""

FIELDS_OF = {
    "calls": "calls_per_year", "now": "usd_per_call_now", "after": "usd_per_call_after", "pairs": "training_pairs",
    "labeled": "labeled_pairs", "label": "usd_per_label", "training": "training_usd",
    "upkeep": "upkeep_usd_per_month", "hosting": "hosting_usd_per_month", "other": "other_savings_usd_per_year",
}  # fmt: skip
RULES = load_rules()
CHAPTER = "1M calls/yr, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo"
SAID = """1M 5k 20k 0.03 $0.03 $0.001 3c €2 -5 1,000 1.000 0,03 1e9 ½ ６ calls calls/yr req/day rps labels label pairs
gpu training tuned now before after hosting upkeep already /mo /yr /h a each per at @ x for and with vs from to down ->
→ => , ; : = \n \t | ( ) ? - + ~ < > in out per M /k tokens unknown idk usd_per_label= {" "} ``` * _ <@U1> &gt; 🚀"""
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(SAID.split(" ")), max_size=25).map(" ".join),
    st.lists(st.sampled_from(SAID.split(" ")), max_size=15).map("".join),
)


def read_off(found: Quick) -> dict[str, Any]:
    values = {piece.field: piece.reading.value for piece in found.pieces if piece.reading and not piece.problem}
    return {field: plain(value) if isinstance(value, Decimal) else value for field, value in values.items()}


def test_there_are_lines_of_every_kind_and_none_twice() -> None:
    assert len(LINES) >= 300
    assert len({line for line, _, _ in LINES}) == len(LINES)
    assert {name for _, read, _ in LINES for name in read} == set(FIELDS_OF)


@pytest.mark.parametrize(("line", "read", "problems"), LINES, ids=[repr(line)[:80] for line, _, _ in LINES])
def test_a_line_is_read_as_decided_by_hand(line: str, read: dict[str, Any], problems: list[int], rules: Rules) -> None:
    found = quick(line, rules)
    assert read_off(found) == {FIELDS_OF[name]: value for name, value in read.items()}
    assert sorted({piece.place for piece in found.problems}) == problems
    assert not (problems and found.roi)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("blue", "unknown_piece"), ("8 week", "unknown_piece"), ("$200/mo snacks", "unknown_piece"),
        ("$0.03 vs $0.001", "which_price"), ("$30/1k calls", "which_price"),
        ("4500 in 600 out at $4/$20 per M", "which_price"), ("$4,200 a month over 100k calls a month", "which_price"),
        ("gpu $5, gpu $6", "twice"), ("gpu $5-6", "unread"), ("x" * (LONGEST + 1), "too_long"),
        ("gpu $" + "1" * 100_000, "too_long"), ("gpu $500, " * 300, "too_long"), ("x" * 301, "unknown_piece"),
        ("1 " * 151 + "calls", "unknown_piece"), ("5k labels at $5000", "unread"),
    ],
    ids=lambda value: value[:30],
)  # fmt: skip
def test_what_could_not_be_read_says_why(line: str, problem: str, rules: Rules) -> None:
    assert problem in {piece.problem for piece in quick(line, rules).problems}


def test_too_many_pieces_are_no_pieces_left_out(rules: Rules) -> None:
    line = "blue," * MOST_PIECES
    assert {piece.problem for piece in quick(line, rules).problems} == {"unknown_piece"}
    last = quick(line + "gpu $500", rules).pieces[-1]
    assert (last.text, last.place, last.problem) == ("gpu $500", MOST_PIECES + 1, "too_long")


@given(TEXTS, st.booleans())
def test_any_text_gives_valid_answers_or_asks(text: str, example: bool) -> None:
    found = quick(text, RULES, example=example)
    for piece in found.pieces:
        assert piece.text
        assert (piece.problem == "") == (piece.reading is not None and piece.reading.problem is None) or (
            piece.problem == "twice"
        )
        assert bool(piece.field) == (piece.reading is not None)
    for field, value in read_off(found).items():
        Answers.model_validate({field: value})
    assert not (found.problems and found.roi)
    assert bool(found.roi) == (not found.missing and not found.problems)
    assert not set(found.from_example) & set(found.missing)
    needed = set(INPUTS) - ({"usd_per_label"} if all_labelled(found.answers) else set())
    assert set(found.missing) | set(found.from_example) | set(read_off(found)) >= needed


COUNTS = st.integers(1, 10**9)
SUMS = st.decimals(0, 10**6, places=2)
PRICES = st.decimals(0, 4, places=4)
SEVEN = st.fixed_dictionaries(
    {
        "calls_per_year": COUNTS, "usd_per_call_now": PRICES, "usd_per_call_after": PRICES, "training_pairs": COUNTS,
        "usd_per_label": st.decimals(0, 99, places=2), "training_usd": SUMS, "upkeep_usd_per_month": SUMS,
    },
)  # fmt: skip


def written(values: dict[str, Any], dice: random.Random) -> list[str]:
    """The pieces of a line that says these values, in one of several wordings each."""
    texts = {field: str(value) if isinstance(value, int) else f"{value:f}" for field, value in values.items()}
    calls, now, after, pairs, label, training, upkeep = (texts[field] for field in INPUTS)
    grouped = f"{values['calls_per_year']:,}"
    found = [
        dice.choice(
            [f"{grouped} calls/yr", f"{calls} requests a year", f"calls: {grouped}", f"calls_per_year={calls}"]
        ),
        dice.choice([f"gpu ${training}", f"${training} for training", f"training_usd={training}"]),
        dice.choice([f"${upkeep}/mo", f"upkeep ${upkeep} a month", f"evals: ${upkeep}/mo"]),
    ]
    found += dice.choice(
        [
            [f"${now} -> ${after}"],
            [f"from ${now} to ${after}"],
            [f"now ${now}", f"tuned: ${after}"],
            [f"${after} after tuning", f"${now} a call today"],
        ]
    )
    found += dice.choice(
        [
            [f"{pairs} labels at ${label}"],
            [f"${label}/label x {pairs}"],
            [f"{pairs} pairs", f"${label} per label"],
        ]
    )
    return found


@given(SEVEN, st.randoms(use_true_random=False), st.sampled_from([", ", "; ", "\n", " | "]))
def test_order_is_irrelevant_and_the_money_a_full_checks(
    values: dict[str, Any], dice: random.Random, comma: str
) -> None:
    pieces = written(values, dice)
    found = quick(comma.join(pieces), RULES)
    assert not found.problems
    assert found.answers == Answers(**values)
    assert found.roi == roi(Answers(**values), RULES)
    dice.shuffle(pieces)
    assert quick(comma.join(pieces), RULES).answers == found.answers


@given(
    st.lists(st.sampled_from([line for line, _, problems in LINES if not problems and "\n" not in line]), max_size=3),
    st.randoms(use_true_random=False),
)
@example([CHAPTER, "now $30/1k calls"], random.Random(1))
@example([CHAPTER, "now $30/1k calls"], random.Random(2))
@example(["• 1M calls/yr • gpu $500", "0.03->0.001", "now about 3 cents"], random.Random(1))
@example(["• 1M calls/yr • gpu $500", "0.03->0.001", "now about 3 cents"], random.Random(2))
@example(["now about 3 cents", "0.03->0.001"], random.Random(2))
def test_order_is_irrelevant_for_the_lines_above_too(lines: list[str], dice: random.Random) -> None:
    """Of the pieces read and of those asked about, and what is given twice is twice in any order."""

    def told(line: str) -> list[tuple[str, str, str]]:
        return sorted((piece.text, piece.field, piece.problem) for piece in quick(line, RULES).pieces)

    there = "; ".join(lines)
    dice.shuffle(lines)
    back = "; ".join(lines)
    assert quick(there, RULES).answers == quick(back, RULES).answers
    assert told(there) == told(back)


@pytest.mark.parametrize(
    "pieces", [("gpu $5", "gpu $6"), ("now $30/1k calls", "$0.03 -> $0.001"), ("now 3 cents", "now 0.03", "after 0.1c")]
)
def test_the_same_field_twice_is_twice_in_any_order(pieces: tuple[str, ...], rules: Rules) -> None:
    orders = [quick(", ".join(order), rules) for order in permutations(pieces)]
    assert len({order.answers.model_dump_json() for order in orders}) == 1
    for order in orders:
        found = [piece.problem for piece in order.pieces if piece.field in ("training_usd", "usd_per_call_now")]
        assert found.count("") == 0


def test_what_is_missing_is_named_and_nothing_computed(rules: Rules) -> None:
    found = quick("1M calls/yr, gpu idk", rules)
    assert found.missing == tuple(field for field in INPUTS if field != "calls_per_year")
    assert (found.roi, found.what_if, found.from_example) == (None, (), ())
    assert found.answers.training_usd == UNKNOWN


def test_the_example_stands_in_only_when_asked_and_is_named(rules: Rules) -> None:
    found = quick("2M calls/yr, gpu idk", rules, example=True)
    whole = quick("2M calls/yr, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo", rules)
    assert found.from_example == tuple(field for field in INPUTS if field != "calls_per_year")
    assert found.missing == ()
    assert found.answers.training_usd == 500
    assert found.roi
    assert found.roi == whole.roi


def test_the_example_never_replaces_what_was_said_unclearly(rules: Rules) -> None:
    found = quick("gpu $500-600", rules, example=True)
    assert "training_usd" not in found.from_example
    assert found.missing == ("training_usd",)
    assert found.roi is None


def test_the_whole_example_is_the_chapters(rules: Rules) -> None:
    assert set(type(rules.example).model_fields) - {"cite"} == set(INPUTS)
    assert quick("", rules, example=True).answers == quick(CHAPTER, rules).answers


def test_what_if_halves_and_doubles_the_calls_and_changes_the_label_price(rules: Rules) -> None:
    found = quick(CHAPTER, rules)
    assert [(one.change, one.value, one.ratio and round(one.ratio, 2)) for one in found.what_if] == [
        ("half_calls", 500_000, Decimal("1.84")),
        ("double_calls", 2_000_000, Decimal("7.34")),
        ("label_price", 1, Decimal("3.67")),
        ("label_price", 3, Decimal("1.62")),
        ("label_price", 5, Decimal("1.04")),
    ]


def test_what_if_has_no_ratio_where_nothing_costs(rules: Rules) -> None:
    found = quick("1 call, 2 -> 1, 1 label at $0, gpu 0, upkeep 0", rules)
    assert [one.ratio for one in found.what_if][:3] == [None, None, 1]


def test_the_words_read_and_their_piece_are_kept_for_the_echo(rules: Rules) -> None:
    found = quick("1M calls/yr, 5k labels at $1", rules)
    assert [(p.text, p.place, p.field, p.words) for p in found.pieces] == [
        ("1M calls/yr", 1, "calls_per_year", "1m calls/yr"),
        ("5k labels at $1", 2, "training_pairs", "5k"),
        ("5k labels at $1", 2, "usd_per_label", "$1"),
    ]


def test_the_optional_lines_are_read_too(rules: Rules) -> None:
    found = quick("hosting $10/mo, 2k labelled, other savings $5k, engineering $25k once, live in 4 months", rules)
    assert set(read_off(found)) == set(OPTIONAL)


@pytest.mark.parametrize(
    ("said", "currency", "rate"),
    [
        ("£1 = $1.27", "GBP", "1.27"), ("1 EUR = 1.08 USD", "EUR", "1.08"), ("€1 is $1.08", "EUR", "1.08"),
        ("€1 = $1,08", "EUR", "1.08"), ("rate: 1 CHF = 1.12 USD", "CHF", "1.12"), ("GBP = 1.27", "GBP", "1.27"),
        ("$1.27 per pound", "GBP", "1.27"), ("a pound is 1.27 dollars", "GBP", "1.27"),
        ("$1 = £0.8", "GBP", "1.25"), ("1 USD = 125 yen", "JPY", "0.008"), ("exchange rate €1 = $1.08", "EUR", "1.08"),
    ],
)  # fmt: skip
def test_a_rate_is_stated_once_and_read_by_in_any_order(said: str, currency: str, rate: str, rules: Rules) -> None:
    sums = f"gpu 500 {currency}, upkeep 1k {currency} a month"
    for line in (f"{said}; {sums}", f"{sums}; {said}"):
        found = quick(line, rules)
        assert found.rates == {currency: Decimal(rate)}
        assert not found.problems
        assert {piece.currency for piece in found.pieces} == {currency}
        assert found.answers.training_usd == 500 * Decimal(rate)
        assert found.answers.upkeep_usd_per_month == 1000 * Decimal(rate)


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("£18,000 a month", "upkeep_usd_per_month", "22860"), ("£0.03 -> £0.001", "usd_per_call_now", "0.0381"),
        ("5k labels at £1", "usd_per_label", "1.27"), ("now £30 per 1,000 calls", "usd_per_call_now", "0.0381"),
        ("now 4,500 in 600 out at £4/£20 per M", "usd_per_call_now", "0.0381"), ("gpu £1.2k", "training_usd", "1524"),
        ("£1.20 a label", "usd_per_label", "1.524"), ("£4.80 per label", "usd_per_label", "6.096"),
        ("hosting 12 quid a day", "hosting_usd_per_month", "463.55"),
    ],
)  # fmt: skip
def test_sums_in_a_currency_of_known_rate_are_dollars(line: str, field: str, value: str, rules: Rules) -> None:
    assert read_off(quick(f"£1 = $1.27; {line}", rules))[field] == value


@pytest.mark.parametrize(
    ("line", "problem", "candidates"),
    [
        ("gpu £500", "other_currency", ()), ("€1 = $1.08; gpu £500", "other_currency", ()),
        ("£1 = $1.27; gpu £1.250", "ambiguous", ()),
        ("£1 = $1.27; gpu £500-600", "range_given", ("$635", "$698.50", "$762")),
        ("£1 = $1.27; gpu 5-6k GBP", "range_given", ("$6,350", "$6,985", "$7,620")),
    ],
)  # fmt: skip
def test_what_a_rate_does_not_settle_is_asked_about(
    line: str, problem: str, candidates: tuple[str, ...], rules: Rules
) -> None:
    (piece,) = quick(line, rules).problems
    assert piece.reading
    assert (piece.problem, piece.reading.problem, piece.reading.candidates) == ("unread", problem, candidates)


@pytest.mark.parametrize(
    "line", ["£1 -> $1.27", "£300 = 5", "1 eur = 500", "£1 = €1.2", "£1 per label", "hosting = £4"]
)
def test_what_states_no_rate_is_none(line: str, rules: Rules) -> None:
    assert not quick(line, rules).rates


def test_a_rate_given_twice_is_asked_about(rules: Rules) -> None:
    found = quick("£1 = $1.27, gpu £500, £1 = $1.30", rules)
    assert [(piece.place, piece.problem) for piece in found.problems] == [(1, "two_rates"), (3, "two_rates")]


@pytest.mark.parametrize(
    ("line", "field", "candidates"),
    [
        ("40k tickets a day", "calls_per_year", ("14,600,000",)),
        ("30k documents a week", "calls_per_year", ("1,560,000",)),
        ("now $4,200 a month over 100,000 calls a month", "usd_per_call_now", ("$0.042",)),
        ("now $4,200 a month, 100k calls a month", "usd_per_call_now", ("$0.042",)),
        ("now $0.03, after a third of that", "usd_per_call_after", ("$0.01",)),
        ("5k pairs, half of them already labeled", "labeled_pairs", ("2,500",)),
        ("gpu 8 h100 hours at $2", "training_usd", ("$16",)),
        ("hosting one H100 at $2.50/h", "hosting_usd_per_month", ("$1,825",)),
    ],
)
def test_what_an_answer_would_be_offered_is_offered(
    line: str, field: str, candidates: tuple[str, ...], rules: Rules
) -> None:
    (piece,) = quick(line, rules).problems
    assert piece.reading
    assert (piece.field, piece.reading.candidates) == (field, candidates)
