"""A card's blocks name the check they were drawn from."""

import pytest

from bot.check.live_card import card_key, card_of


def test_a_block_id_names_its_check_and_version_and_differs_every_time() -> None:
    key = card_key("0" * 32, 12)
    assert card_of(f"{key}.3") == ("0" * 32, 12)
    assert key != card_key("0" * 32, 12)


@pytest.mark.parametrize(
    "block_id", ["", "b001", "x" * 255, f"{'0' * 32}-", f"{'0' * 31}-1-aa.0", f"{'0' * 32}-{'9' * 30}-a"]
)
def test_a_block_id_of_somebody_else_names_nothing(block_id: str) -> None:
    assert card_of(block_id) == ("", None)
