"""Who owns the retraining: one person's name is taken; what may be something else is offered, or asked about."""

import pytest

from advisor import read
from advisor.model import UNKNOWN


@pytest.mark.parametrize(
    "text", ["Wei", "maría", "max", "Ludwig van Beethoven", "José de la Cruz", "Okafor, R.", "@wei"]
)
def test_a_name_is_taken(text: str) -> None:
    assert read("retrain_owner", text).value == text


@pytest.mark.parametrize("text", ["no owner", "nobody yet", "No one so far", "nah", "vacant right now"])
def test_nobody_is_a_value(text: str) -> None:
    assert read("retrain_owner", text).value == ""


@pytest.mark.parametrize(
    "text",
    [
        "in progress",
        "still training",
        "already done",
        "later this year",
        "yes, sadly.",
        "the whole team",
    ],
)
def test_plain_words_are_nobodys_name(text: str) -> None:
    """They would stand in the record as the owner."""
    found = read("retrain_owner", text)
    assert (found.problem, found.candidates) == ("not_a_name", ())


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("maria lopez", ("Maria Lopez",)),
        ("josé de la cruz", ("José de la Cruz",)),
        ("Wei owns it", ("Wei",)),
        ("Jon Snow will do it, I hope", ("Jon Snow",)),
        ("@dmitri.k owns it", ("@dmitri.k",)),
        ("Anna and Bob", ("Anna", "Bob")),
        ("Sam, no one else can", ("Sam", "nobody")),
        ("no one, that's the problem", ("nobody",)),
        ("was Jorge but he left, so noone atm", ("nobody",)),
        ("no idea who, need to check", (UNKNOWN,)),
        ("either <@U1> or <@U2>", ("<@U1>", "<@U2>")),
    ],
)
def test_what_may_be_a_name_is_offered(text: str, candidates: tuple[str, ...]) -> None:
    found = read("retrain_owner", text)
    assert (found.problem, found.candidates) == ("not_a_name", candidates)
