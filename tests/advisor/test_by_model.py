"""A price of a call said by a model and its tokens: what it is, what is asked about, and what it is not."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor import decide, load_rules
from advisor.conversation import Clicked, Filled, Typed, Undone, current, step
from advisor.model import Quote
from advisor.prices import PriceList, steps, twelve, usd_today
from advisor.reading.by_model import by_model, nearest_names
from advisor.reading.currency import read_by
from advisor.reading.line import quick
from advisor.session import Session, state_of
from tests.advisor.strategies import PASSING
from tests.prices import DAY, PRICES
from tests.test_words import check_of

RULES = load_rules()
NOW, AFTER = "usd_per_call_now", "usd_per_call_after"


def said(
    text: str, field: str = NOW, *, before: str = "", beside: Mapping[str, Quote] | None = None
) -> tuple[object, ...]:
    """The price, or what is wrong with it."""
    found = by_model(field, text, PRICES, before=before, beside=beside)
    return () if found is None else (found.problem or found.value,)


# Worked by hand from the prices of 22 November 2026, USD a million tokens in, out and read from the cache:
# Opus 5.5 4/20/0.2, Haiku 5.5 0.1/0.5/0.01, Sonnet 5.5 2/10, Haiku 4.5 1/5, Opus 5 5/25, gpt-4.1-mini 0.4/1.6,
# gpt-6-luna 0.1/0.5.
@pytest.mark.parametrize(
    ("text", "usd"),
    [
        ("Opus 5.5, 4,500 in, 600 out", "0.03"),  # 0.018 + 0.012
        ("Opus 5.5, 4,500 in, 600 out, 3,500 cached", "0.0167"),  # 1,000 x 4 + 3,500 x 0.2 + 600 x 20
        ("opus 5.5 4,500 in (3,500 cached), 600 out", "0.0167"),
        ("Haiku 5.5: 4500 in, 600 out", "0.00075"),
        ("Haiku 5.5, 4,500 in, 600 out, 3,500 cached", "0.000435"),
        ("sonnet 5.5, in: 4500, out: 600", "0.015"),
        ("haiku 4.5 4500/600", "0.0075"),
        ("gpt-6-luna 4500/600", "0.00075"),
        ("opus 5, 1000 in 1000 out", "0.03"),
        ("claude-opus-4-5 4000+400", "0.03"),
        ("Claude 3 Opus, 1000 in, 200 out", "0.03"),
        ("opus 5.5, in 4,500 tokens, 600 out, 3,500 cached", "0.0167"),
        ("gpt-4 32k tokens in, 300 out", "0.978"),  # 32,000 at 30, no gpt-4-32k
        ("gpt-4o, 4500 in, 600 out", "0.01725"),  # OpenAI's own: nobody else was named
        ("opus 5.5, four thousand five hundred tokens in, 600 out", "0.03"),
        ("opus 5.5, 4,500 in, six hundred out", "0.03"),
        ("Opus 5.5: four thousand five hundred in, six hundred out", "0.03"),
        ("haiku 4.5, two thousand in and a thousand out", "0.007"),
        ("opus 5, one thousand in one thousand out", "0.03"),
        ("gpt-4.1-mini, two thousand / three hundred", "0.00128"),
        ("gpt-4.1-mini, 2k/300", "0.00128"),
        ("gpt-4.1-mini, 2k / 300 tokens", "0.00128"),
        ("GPT 4.1 mini 2k prompt, 300 reply", "0.00128"),
        ("gpt-4o-mini-2024-07-18 2000 in 300 out", "0.00048"),
        ("we use Claude Opus 5.5 with 4,500 tokens in and 600 tokens out per call", "0.03"),
        ("4,500 in / 600 out on Opus 5.5", "0.03"),
        ("Opus 5.5 with 4,500 in and 600 out", "0.03"),
        ("prompt 4,500 completion 600 opus 5.5", "0.03"),
        ("`claude-opus-5-5`, 4500 in, 600 out", "0.03"),
        ("opus 5.5, 4500 in, 600 out, no caching", "0.03"),
        ("opus 5.5, 4500 in, 600 out, uncached", "0.03"),
        ("haiku 5.5, 120k in, 500 out", "0.06125"),  # above 100,000 in everything costs five times as much
        ("gemini-4-argon, 4500 in, 600 out", "0.02875"),  # 0.015 for a month, 0.03 for eleven
    ],
)
def test_a_model_and_its_tokens_are_a_price(text: str, usd: str) -> None:
    assert said(text) == (Decimal(usd),)


def test_who_asks_for_a_model_nobody_sells_is_told_names_like_it() -> None:
    assert "Claude Opus 5.5" in nearest_names("opus 5.6", PRICES)
    assert nearest_names("xyzzy", PRICES) == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("opus, 4500 in 600 out", "which_model"),
        ("haiku", "which_model"),
        ("haiku 50 in, 20 out", "which_model"),
        ("gpt-6 2k/300", "which_model"),
        ("llama 3.3 70b, 2k/300", "which_model"),  # many host it, each at a price of its own
        ("opus 5.5", "needs_tokens"),
        ("opus 5.5, 4500 in", "needs_tokens"),
        ("4500 in, 600 out", "needs_model"),
        ("haiku 5, 2k/300", "unknown_model"),  # neither 5.5 nor 4.5
        ("gpt-7 mini, 2k in 300 out", "unknown_model"),
        ("gpt-7", "unknown_model"),
        ("opus 4.2", "unknown_model"),
        ("frobnicator-3, 2k in 300 out", "unknown_model"),
        ("opus 5.5, 4500 in, 600 out, 5,500 cached", "more_cached"),
        ("gpt-4, 4500 in, 600 out, 3500 cached", "no_cache_price"),
        ("opus 5.5, 4-5k in, 600 out", "range_given"),
        ("not opus 5.5, 4500 in 600 out", "ambiguous"),
        ("opus 5.5 fast, 4500 in 600 out", "ambiguous"),
        ("2000 in 300 out a day on opus 5.5", "ambiguous"),
        ("opus 5.5, 4.5 in, 600 out", "ambiguous"),
        ("opus 5.5, 4,500 audio tokens in, 600 out", "ambiguous"),
        ("opus 5.5, 4500 in, 600 out, 1M calls a year", "ambiguous"),
    ],
)
def test_what_is_not_sure_is_asked_about(text: str, problem: str) -> None:
    assert said(text) == (problem,)


@pytest.mark.parametrize(
    "text",
    [
        "$0.03", "3 cents", "free", "I don't know", "", "0.03", "about 3 cents with gpt-4o", "$0.03 on opus 5.5",
        "gpt-4.1-mini 2k in 300 out at $0.4/$1.6 per M", "4500 in 600 out at $4/$20 per M", "one in two, 2 of 3",
        "0.03 on opus", "4/5", "178 out of 200", "19 in 20", "2.50 in 10 out", "generated with gpt-4.1",
        "Sonnet with a cache", "half is gpt generated", "opus only misses 3 out of 400", "gpt-4o, same prompt: 90",
        "500 of the 2000 come from claude", "two thirds came out of GPT-4o", "opus 0.03", "gpt 0.03", "claude 0.03",
        "small",
        "lots -> haiku 5.5", "in two weeks, 4 or 5", "open", "opus costs 0.03 or 0.04", "x" * 300,
    ],
)  # fmt: skip
def test_sums_and_other_words_are_left_to_who_reads_those(text: str) -> None:
    assert said(text) == ()
    assert read_by({}, NOW, text, prices=PRICES) == read_by({}, NOW, text)


def test_no_other_field_is_read_by_a_model() -> None:
    assert said("opus 5.5, 4500 in, 600 out", "training_usd") == ()


@pytest.mark.parametrize(
    ("before", "text", "usd"),
    [
        ("opus, 4500 in 600 out", "5.5", "0.03"),
        ("opus, 4500 in 600 out", "opus 5.5", "0.03"),
        ("opus, 4500 in 600 out", "claude-opus-5-5", "0.03"),
        ("opus 5.5", "4500 in, 600 out", "0.03"),
        ("4500 in 600 out", "haiku 5.5", "0.00075"),
    ],
)
def test_what_is_missing_may_stand_in_the_words_before(before: str, text: str, usd: str) -> None:
    assert said(text, before=before) == (Decimal(usd),)


def test_the_tuned_call_has_the_tokens_of_todays_where_none_are_said() -> None:
    now = by_model(NOW, "Opus 5.5, 4,500 in, 600 out, 3,500 cached", PRICES)
    assert now is not None
    assert now.quote is not None
    assert said("haiku 5.5", AFTER, beside={NOW: now.quote}) == (Decimal("0.000435"),)
    assert said("haiku 5.5, 500 in, 100 out", AFTER, beside={NOW: now.quote}) == (Decimal("0.0001"),)
    assert said("gpt-4", AFTER, beside={NOW: now.quote}) == (
        Decimal("0.171"),
    )  # no cache: all 4,500 at $30, 600 at $60
    assert said("haiku", AFTER, beside={NOW: now.quote}) == ("which_model",)


def test_an_arrow_between_two_calls_gives_both_prices() -> None:
    found = by_model(NOW, "Opus 5.5, 4,500 in, 600 out, 3,500 cached -> haiku 5.5", PRICES)
    assert found is not None
    ((field, after),) = found.also
    assert (found.value, field, after.value) == (Decimal("0.0167"), AFTER, Decimal("0.000435"))


def test_every_model_of_its_maker_is_known_by_its_id_and_asked_about_by_none_else() -> None:
    """Whatever is offered to pick reads as that model."""
    for model in PRICES.models:
        if model.own:
            found = by_model(NOW, model.id, PRICES, before="4500 in 600 out")
            assert found is not None, model.id
            assert found.quote is not None, (model.id, found.problem)
            assert found.quote.model.lower() == model.id.lower()


def test_what_is_offered_can_be_picked() -> None:
    for text in ("opus, 4500 in 600 out", "llama 3.3 70b, 2k/300", "gpt-7 mini, 2k in 300 out", "gemini flash 1k/1k"):
        found = by_model(NOW, text, PRICES)
        assert found is not None
        assert found.models, text
        for id, name in found.models:
            picked = by_model(NOW, id, PRICES, before=text)
            assert picked is not None, id
            assert picked.quote is not None, (id, picked.problem)
            assert picked.quote.name in name


@given(st.integers(0, 10**6), st.integers(0, 10**6))
@example(4500, 2020)
@example(0, 2015)
@example(2039, 2026)
def test_a_call_costs_its_tokens_times_their_prices(into: int, out: int) -> None:
    found = by_model(NOW, f"opus 5.5, {into:,} in, {out} out", PRICES)
    assert found is not None
    assert found.value == Decimal(into * 4 + out * 20) / 10**6


# ---- the year


def test_a_year_is_the_mean_of_twelve_months_from_the_day_it_is_decided() -> None:
    """Gemini 4 Argon doubles in December 2026: a million calls of it are $28,750, not $15,000."""
    found = by_model(NOW, "gemini-4-argon, 4500 in, 600 out", PRICES)
    assert found is not None
    assert found.quote is not None
    assert usd_today(found.quote) == Fraction(28_750, 10**6)
    assert list(steps(found.quote)) == [(date(2026, 12, 22), Fraction(3, 100))]


def test_a_month_that_is_too_short_counts_by_its_last_day() -> None:
    assert [day.isoformat()[5:] for day in twelve(date(2027, 1, 31))][:4] == ["01-31", "02-28", "03-31", "04-30"]
    assert twelve(date(2026, 11, 22))[-1] == date(2027, 10, 22)


def test_a_quote_is_kept_whole_and_short() -> None:
    found = by_model(NOW, "gemini-4-argon, 4500 in, 600 out", PRICES)
    assert found is not None
    assert found.quote is not None
    kept = found.quote.model_dump_json()
    assert Quote.model_validate_json(kept) == found.quote
    assert len(kept) < 500


def test_one_side_of_an_arrow_may_be_a_sum() -> None:
    found = by_model(NOW, "opus 5.5, 4500 in, 600 out -> $0.001", PRICES)
    assert found is not None
    assert (found.value, dict(found.also)[AFTER].value) == (Decimal("0.03"), Decimal("0.001"))
    found = by_model(NOW, "$0.03 -> haiku 5.5, 500 in, 100 out", PRICES)
    assert found is not None
    assert (found.value, dict(found.also)[AFTER].value) == (Decimal("0.03"), Decimal("0.0001"))
    assert by_model(NOW, "$0.03 -> $0.001", PRICES) is None


# ---- in a check


def price_asked() -> Session:
    return check_of(PASSING | {NOW: None, AFTER: None})


def dearer(prices: PriceList) -> PriceList:
    """The same models at ten times the price, in an edition of later."""
    models = (
        model._replace(
            months=tuple(
                tuple((above, month.model_copy(update={"input": month.input * 10})) for above, month in tiers)
                for tiers in model.months
            ),
        )
        for model in prices.models
    )
    return PriceList("0.3.0", date(2027, 3, 1), date(2027, 3, 2), tuple(models))


def test_the_same_log_says_the_same_when_prices_move() -> None:
    session = price_asked()
    for text in ("Opus 5.5, 4,500 in, 600 out, 3,500 cached", "haiku 5.5"):
        session, _ = step(session, Typed(text=text), RULES, PRICES)
    again = Session(entries=session.entries)
    before, after = current(again, RULES), step(again, Typed(text="report"), RULES, dearer(PRICES))[1]
    assert before.report.answers == after.report.answers == state_of(session, RULES).answers
    assert after.report.answers.usd_per_call_now == Decimal("0.0167")
    assert after.report == decide(after.report.answers, RULES)
    assert {name: (q.model, q.version, q.day) for name, q in after.quotes.items()} == {
        NOW: ("claude-opus-5-5", "0.2.3", DAY), AFTER: ("claude-haiku-5-5", "0.2.3", DAY),
    }  # fmt: skip


def test_a_price_brings_where_it_comes_from_along_and_loses_it() -> None:
    priced, _ = step(price_asked(), Typed(text="opus 5.5, 4500 in, 600 out"), RULES, PRICES)
    assert set(state_of(priced, RULES).quotes) == {NOW}
    by_hand = priced.plus("ask", field=NOW)
    by_hand, _ = step(by_hand, Typed(text="$0.05"), RULES, PRICES)
    assert not state_of(by_hand, RULES).quotes
    undone, _ = step(by_hand, Undone(since=priced.version, upto=by_hand.version), RULES, PRICES)
    assert set(state_of(undone, RULES).quotes) == {NOW}
    restarted, _ = step(priced, Clicked(verb="restart"), RULES, PRICES)
    assert not state_of(restarted, RULES).quotes
    restored, _ = step(restarted, Clicked(verb="restore"), RULES, PRICES)
    assert set(state_of(restored, RULES).quotes) == {NOW}


def test_a_form_reads_both_prices_by_their_models() -> None:
    values = {NOW: "Opus 5.5, 4,500 in, 600 out", AFTER: "haiku 5.5"}
    session, reply = step(price_asked(), Filled(values=values), RULES, PRICES)
    assert [note.code for note in reply.notes] == ["read", "read"]
    answers = state_of(session, RULES).answers
    assert (answers.usd_per_call_now, answers.usd_per_call_after) == (Decimal("0.03"), Decimal("0.00075"))


def test_both_sides_of_an_arrow_are_answers() -> None:
    session, reply = step(price_asked(), Typed(text="opus 5.5, 4500 in, 600 out -> haiku 5.5"), RULES, PRICES)
    assert [note.field for note in reply.notes] == [NOW, AFTER]
    assert set(state_of(session, RULES).quotes) == {NOW, AFTER}


def test_a_side_of_an_arrow_that_is_not_sure_is_asked_about_by_itself() -> None:
    session, reply = step(price_asked(), Typed(text="opus 5.5, 4500 in, 600 out -> haiku"), RULES, PRICES)
    assert [(note.code, note.field) for note in reply.notes] == [("read", NOW), ("misread", AFTER)]
    session, _ = step(session, Clicked(verb="answer", field=AFTER, option="claude-haiku-5-5"), RULES, PRICES)
    assert state_of(session, RULES).answers.usd_per_call_after == Decimal("0.00075")


def test_a_picked_model_is_the_answer_with_the_tokens_typed_before() -> None:
    session, reply = step(price_asked(), Typed(text="opus, 4500 in 600 out"), RULES, PRICES)
    assert reply.notes[0].reading is not None
    assert ("claude-opus-5-5", "Claude Opus 5.5") in reply.notes[0].reading.models
    picked = Clicked(verb="answer", field=NOW, option="claude-opus-5-5")
    session, _ = step(session, picked, RULES, PRICES)
    assert state_of(session, RULES).answers.usd_per_call_now == Decimal("0.03")
    assert state_of(session, RULES).quotes[NOW].input_tokens == 4500


def test_without_prices_nothing_is_read_by_a_model() -> None:
    session, reply = step(price_asked(), Typed(text="opus 5.5, 4500 in, 600 out"), RULES)
    assert reply.notes[0].code == "misread"
    assert not state_of(session, RULES).quotes


# ---- on a line


@pytest.mark.parametrize(
    ("line", "now", "after"),
    [
        ("1M calls/yr, now Opus 5.5, 4,500 in, 600 out, 3,500 cached -> haiku 5.5", "0.0167", "0.000435"),
        ("opus 5.5, 4500 in, 600 out -> haiku 5.5, 500 in, 100 out, 1M calls/yr", "0.03", "0.0001"),
        ("now gpt-4.1-mini, 2k/300; after gpt-4.1-nano, 1M calls", "0.00128", "0.00032"),
        ("after haiku 5.5, 2k/300, now $0.03", "0.03", "0.00035"),
        ("now: claude-opus-5-5 4500/600\nafter: claude-haiku-5-5 4500/600", "0.03", "0.00075"),
        ("usd_per_call_now=Opus 5.5, 4,500 in, 600 out; usd_per_call_after=haiku 5.5", "0.03", "0.00075"),
        ("opus 5.5, 4500 in, 600 out -> $0.001, 1M calls", "0.03", "0.001"),
        ("1M calls, $0.03 -> haiku 5.5, 500 in, 100 out", "0.03", "0.0001"),
    ],
)
def test_a_line_reads_calls_by_their_models(line: str, now: str, after: str) -> None:
    found = quick(line, RULES, prices=PRICES)
    assert not found.problems
    assert (found.answers.usd_per_call_now, found.answers.usd_per_call_after) == (Decimal(now), Decimal(after))


def test_a_line_says_where_its_prices_come_from() -> None:
    found = quick("now opus 5.5, 4500 in, 600 out -> haiku 5.5", RULES, prices=PRICES)
    assert {name: quote.model for name, quote in found.quotes.items()} == {
        NOW: "claude-opus-5-5", AFTER: "claude-haiku-5-5",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "problem", "reading"),
    [
        ("gpt-4.1-mini, 2k/300, 1M calls", "which_price", None),
        ("now opus, 2k/300, 1M calls", "unread", "which_model"),
        ("now gpt-7 mini, 2k in 300 out", "unread", "unknown_model"),
        ("after opus 5.5, 1M calls", "unread", "needs_tokens"),
        ("opus -> haiku, 1M calls", "unread", "which_model"),
        ("GPT-5, 1M calls", "unknown_piece", None),
    ],
)
def test_what_a_line_leaves_open_is_asked_about(line: str, problem: str, reading: str | None) -> None:
    (piece,) = quick(line, RULES, prices=PRICES).problems
    assert (piece.problem, piece.reading and piece.reading.problem) == (problem, reading)


def test_a_line_without_models_reads_as_ever() -> None:
    for line in (
        "1M calls/yr, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo",
        "4,500 in 600 out at $4/$20 per M",
        "all our examples came out of gpt. fine or not",
        "yes, 250 pairs, Llama 3.1 8B, up 6 points",
    ):
        assert quick(line, RULES, prices=PRICES) == quick(line, RULES)
