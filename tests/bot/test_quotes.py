"""Prices as the package has them: for a day, from its own data, at their right rates."""

import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib.metadata import version

import pytest

from advisor.beyond.rivals import Quotes as Side
from advisor.beyond.rivals import hit_rate, rivals
from advisor.loader import load_rules
from advisor.model import Month
from advisor.prices import Priced, PriceList, usd_per_call
from bot import quotes
from bot.delivery.clock import Clock
from bot.render.wording import Wording
from tests.advisor.strategies import PASSING, changed
from tests.prices import DAY, PRICES

RULES = load_rules()


def model(id: str) -> Priced:
    (found,) = (one for one in PRICES.models if one.id == id and one.own)
    return found


def million(month: Month) -> tuple[Decimal | None, ...]:
    """In, out, read from and written to the cache, in and out in a batch, USD a million tokens."""
    rates = (month.input, month.output, month.cache_read, month.cache_write, month.batch_input, month.batch_output)
    return tuple(None if rate is None else rate * 10**6 for rate in rates)


@pytest.mark.parametrize(
    ("id", "rates"),
    [
        ("claude-fable-5-2", "8 40 0.2 10 4 20"),
        ("claude-opus-5-5", "4 20 0.2 5 2 10"),
        ("claude-opus-5", "5 25 0.5 6.25 2.5 12.5"),
        ("claude-sonnet-5-5", "2 10 0.1 2.5 1 5"),
        ("claude-haiku-5-5", "0.1 0.5 0.01 0.125 0.05 0.25"),
        ("claude-haiku-4-5", "1 5 0.1 1.25 0.5 2.5"),
        ("gpt-6-astra", "10 50 1 12.5 5 25"),
        ("gpt-6.1-sol", "2 10 0.1 2.5 1 5"),
        ("gpt-6.1-terra", "1 5 0.05 1.25 0.5 2.5"),
        ("gpt-6-luna", "0.1 0.5 0.01 0.125 0.05 0.25"),
        ("gpt-4.1", "2 8 0.5 - 1 4"),
        ("gpt-4.1-mini", "0.4 1.6 0.1 - 0.2 0.8"),
        ("gemini-4-argon", "2 10 0.1 - 1 5"),
        ("gemini-3.8-flash", "0.75 3.75 0.075 - 0.375 1.875"),
        ("gemini-3.5-flash-lite", "0.3 2.5 0.03 - 0.15 1.25"),
        ("gemini-2.5-flash-lite", "0.1 0.4 0.01 - 0.05 0.2"),
    ],
)
def test_rates_of_a_day_are_those_that_were_looked_up(id: str, rates: str) -> None:
    wanted = tuple(None if rate == "-" else Decimal(rate) for rate in rates.split())
    assert million(model(id).months[0][0][1]) == wanted


def test_a_long_prompt_may_have_prices_of_its_own() -> None:
    tiers = model("claude-haiku-5-5").months[0]
    assert [(above, month.input * 10**6) for above, month in tiers] == [(-1, Decimal("0.1")), (100_000, Decimal("0.5"))]


def test_a_price_that_is_known_to_rise_rises_in_its_month() -> None:
    rates = [month[0][1].input * 10**6 for month in model("gemini-4-argon").months]
    assert rates == [2, *([4] * 11)]
    later = next(one for one in quotes.on(date(2026, 12, 1)).models if one.id == "gemini-4-argon" and one.own)
    assert {month[0][1].input * 10**6 for month in later.months} == {4}


def test_the_table_of_rivals_comes_out_of_the_package_s_prices() -> None:
    """A million calls of 4,500 in and 600 out, 3,500 of them the same in each; tuning costs $7,900."""
    call = (4500, 600, 3500)
    opus, sonnet, haiku = (
        PRICES.quote(model(f"claude-{name}-5-5"), *call) for name in ("opus", "sonnet", "haiku")
    )  # fmt: skip
    found = rivals(changed(PASSING, ("calls_per_year", 10**6)), Side(now=opus, cheaper=(sonnet, haiku)), DAY, RULES)
    assert found is not None
    years = {(row.id, row.model): round(row.usd_per_year) for row in found.rows}
    assert [years["as_is", opus.model], years["cached", opus.model], years["batch", opus.model]] == [
        30_000,
        16_701,
        15_000,
    ]
    assert years["cached_batch", opus.model] == years["cheaper_cached", sonnet.model] == 8_351
    assert years["cheaper_cached", haiku.model] == 435
    ratios = {(row.id, row.model): row.ratio for row in found.rows if row.ratio is not None}
    assert round(ratios["as_is", opus.model], 2) == Decimal("3.67")
    assert round(ratios["cached_batch", opus.model], 2) == Decimal("0.93")
    assert {(one.version, one.day, one.old) for one in found.priced_by} == {("0.2.3", date(2026, 11, 9), False)}


def test_what_is_read_from_the_cache_today_is_what_a_call_costs_today() -> None:
    """As it is answered, so it stands among its rivals."""
    opus = PRICES.quote(model("claude-opus-5-5"), 4500, 600, 3500, caches=True)
    found = rivals(changed(PASSING, ("calls_per_year", 10**6)), Side(now=opus), DAY, RULES)
    assert found is not None
    assert next(row.usd_per_year for row in found.rows if row.id == "as_is") == 16_700
    assert usd_per_call(opus, hit_rate(10**6, 300)) != usd_per_call(opus, Decimal(1))


def test_each_call_is_what_the_package_itself_reckons() -> None:
    """By another way than ours: its own sum of a call, for every maker's model that it knows."""
    from datetime import UTC, datetime

    from genai_prices import Usage, calc_price

    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    providers = {"Anthropic": "anthropic", "OpenAI": "openai", "Google": "google", "Mistral": "mistral"}
    looked_at = 0
    for one in PRICES.models:
        if one.own and one.provider in providers:
            own = {"processing": "batch"}
            for into, batch in ((4500, False), (250_000, False), (4500, True)):
                month = PRICES.quote(one, into, 600).model_copy(
                    update={"months": PRICES.quote(one, into, 600).months[:1]}
                )
                ours = usd_per_call(month, batch=batch)
                usage = Usage(input_tokens=into, output_tokens=600)
                try:
                    theirs = calc_price(
                        usage, one.id, provider_id=providers[one.provider], genai_request_timestamp=at,
                        price_context=own if batch else None,
                    )  # fmt: skip
                except LookupError:
                    continue
                if theirs.model.id == one.id and ours is not None:
                    assert ours == theirs.total_price, (one.id, into, batch)
                    looked_at += 1
    assert looked_at > 300


def test_the_edition_that_is_installed_has_its_day() -> None:
    """A new edition of the prices gets a row in ``DATED`` (docs/tasks/update_prices.md)."""
    assert quotes.DATED[version("genai-prices")] == PRICES.dated
    assert PRICES.version == version("genai-prices")


def test_prices_are_said_with_their_day_and_what_is_old_says_so() -> None:
    wording = Wording(RULES)
    day = quotes.DATED[PRICES.version]
    fresh = PRICES.quote(model("claude-opus-5-5"), 4500, 600).model_copy(update={"day": date(2027, 1, 8)})
    assert (fresh.day - day).days == RULES.evidence.quote_days
    assert wording.plainly("prices", "derivation", fresh) == (
        "*Claude Opus 5.5*: 4,500 in, 600 out -> $0.03 a call, list price of 9 Nov 2026, genai-prices 0.2.3"
    )
    old = fresh.model_copy(update={"day": date(2027, 1, 9)})
    assert "(*61 days old* when it was looked up: it may have changed)" in wording.plainly("prices", "derivation", old)
    unknown = fresh.model_copy(update={"dated": None, "version": "0.9.0"})
    assert "list price as genai-prices 0.9.0 has it, of a day I don't know" in wording.plainly(
        "prices", "derivation", unknown
    )


def test_a_price_that_moves_is_said_with_its_months() -> None:
    said = Wording(RULES).plainly("prices", "derivation", PRICES.quote(model("gemini-4-argon"), 4500, 600))
    assert "$0.02875 a call (the mean of twelve months: $0.015 now, $0.03 from December 2026)" in said


def test_today_is_the_clock_s_day_and_one_list_of_it() -> None:
    class Fixed(Clock):
        def time(self) -> float:
            return 1_795_348_800.0  # 22 November 2026, 12:00 UTC

    today = quotes.Quotes(Fixed())
    today.load()
    assert today._first.wait(300)
    made = today.today()
    assert made
    assert made.day == DAY
    assert today.today() is made


def test_no_turn_waits_for_a_list_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one a model has no price yet; at midnight the old list goes on until the new one is there."""
    go_on, now = threading.Event(), [1_795_348_800.0]

    class Fixed(Clock):
        def time(self) -> float:
            return now[0]

    def slow(day: date) -> PriceList:
        assert go_on.wait(300)
        return replace(PRICES, day=day)

    monkeypatch.setattr(quotes, "on", slow)
    monkeypatch.setattr(quotes, "_PATIENCE_SECONDS", 0.0)
    lists = quotes.Quotes(Fixed())
    assert lists.today() is None
    go_on.set()
    assert lists._first.wait(300)
    first = lists.today()
    assert first
    go_on.clear()
    now[0] += 86_400
    assert lists.today() is first
    go_on.set()
    while (later := lists.today()) is first:
        pass
    assert later
    assert (later.day - first.day).days == 1


def test_a_start_does_not_wait_for_prices() -> None:
    """What imports the bot imports no prices: they are loaded once it is ready."""
    code = "import sys, bot.app, bot.__main__; sys.exit('genai_prices' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=240).returncode == 0


def test_nothing_is_looked_up_on_the_network() -> None:
    """Updates stay off: with them the same words would give other figures on the same day."""
    code = (
        "import socket; socket.socket.connect = None; from datetime import date; from bot.quotes import on;"
        "print(len(on(date(2026, 11, 22)).models) > 500)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, timeout=240, capture_output=True, text=True)
    assert done.stdout == "True\n"
