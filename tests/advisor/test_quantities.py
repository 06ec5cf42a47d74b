"""A quantity of a text: its value, its unit, what it counts, what it is per, and of how many it is a part."""

import pytest

from advisor.model import decimal, plain
from advisor.reading.quantities import Quantity, quantities


def told(one: Quantity) -> str:
    """As "30$ per 1000 call"; a range as its ends and the middle, a share in percent."""
    values = (value * 100 if one.unit == "%" else value for value in one.values)
    parts = ["-".join(plain(decimal(value)) for value in values) + one.unit]
    parts += ["of", plain(decimal(one.whole))] if one.whole else []
    parts += [one.noun] if one.noun else []
    parts += ["per"] if one.per else []
    parts += [plain(decimal(one.many))] if one.many != 1 else []
    return " ".join((*parts, *one.per))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2 gpus at $1.70/h, 720 hours", "2 ~gpu; 1.7$ per hour; 720 hour"),
        ("$30 per 1k calls", "30$ per 1000 call"),
        ("$12 per 1,000 calls and 40k calls a month", "12$ per 1000 call; 40000 call per month"),
        ("per 1,000 calls it's $12", "12$ per 1000 call"),
        ("every quarter $900", "900$ per quarter"),
        ("$300 every 2 weeks", "300$ per 2 week"),
        ("$2 per gpu-hour", "2$ per hour"),
        ("8 h100 hours", "8 hour"),
        ("58 out of 400", "58 of 400"),
        ("410/500 passed", "410 of 500"),
        ("3 in 10", "3 of 10"),
        ("162 passed of 200", "162 of 200"),
        ("one of 30", "1 of 30"),
        ("half a million calls", "500000 call"),
        ("half of the 5,000 pairs", "50% of 5000 label"),
        ("a quarter of them", "25%"),
        ("a quarter million", "250000"),
        ("three quarters", "75%"),
        ("nine tenths", "90%"),
        ("half to three quarters", "50-62.5-75%"),
        ("two hundredths", "2%"),
        ("half a cent per call", "0.005$ per call"),
        ("three dollars fifty", "3.5$"),
        ("2 dollars 50", "2.5$"),
        ("a buck fifty", "1.5$"),
        ("a dollar and a half", "1.5$"),
        ("a dollar and a quarter", "1.25$"),
        ("2.25 cents a call", "0.0225$ per call"),
        ("50 ¢", "0.5$"),
        ("3% of calls", "3%"),
        ("80±2%", "78.4-80-81.6"),  # of the middle; where a rate is asked it is points (test_reading.py)
        ("$5 to $6", "5-5.5-6$"),
        ("between 5 and 6k", "5000-5500-6000"),
        ("5k-6", "5000-5500-6000"),
        ("a couple of hundred pairs", "200 label"),
        ("a few thousand labels", "2000-3000-4000 label"),
        ("few pairs", ""),
        ("a pair of annotators", "2 person"),
        ("two dozen", "24"),
        ("twice a day", "2 × per day"),
        ("once a week", "1 × per week"),
        ("a call every 2 minutes", "1 call per 2 minute"),
        ("40 calls every other day", "40 call per 2 day"),
        ("40 calls an hour", "40 call per hour"),
        ("40 calls per hour's work", "40 call per hour"),
        ("300 every evening", "300 per day"),
        ("300 every monday", "300 per week"),
        ("5 per second", "5 per second"),
        ("20rps", "20 per second"),
        ("300 calls nightly", "300 call per day"),
        ("600 annually", "600 per year"),
        ("80k monthly active users", "80000 person per month"),
        ("5 batches of 100", "5 ~batch; 100 per ~batch"),
        ("250 days, 300 each weekday", "250 day; 300 per weekday"),
        ("€500 a month, £20 for each label", "500€ per month; 20€ per label"),
        ("$1 apiece, 2 each", "1$ per each; 2 per each"),
        ("5k labels x $1", "5000 label; 1$ per label"),
        ("10k tokens in, 2k out", "10000 token; 2000"),
        ("$4/$20 per m tokens", "4$; 20$ per 1000000 token"),
        ("12 minutes per label", "12 minute per label"),
        ("in 2025 we had 700 pairs since 3 may", "700 label"),
        ("llama 3 on 2 gpus, a 7b model, 24/7", "2 ~gpu"),
        ("these two cost 300 dollars", "300$"),
        ("5 gb of logs", ""),
    ],
)
def test_a_text_is_its_quantities(text: str, found: str) -> None:
    assert "; ".join(map(told, quantities(text))) == found


def test_a_quantity_stands_where_its_words_do() -> None:
    text = "we pay about $30 per 1k calls, half a cent each, then usd500 a month, or 58 out of 400 in the end"
    assert [text[one.start : one.end] for one in quantities(text)] == [
        "$30 per 1k calls", "half a cent each", "usd500 a month", "58 out of 400",
    ]  # fmt: skip
