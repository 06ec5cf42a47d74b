"""With a model or without, whatever it says: verdict, numbers, gates, steps and sources are the same bytes."""

import asyncio
import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from markupsafe import Markup

from advisor import Answers, Session, load_rules
from advisor.conversation import Reply, current
from advisor.model import FIELDS
from advisor.session import stored
from bot.answering.client import ModelClient
from bot.answering.sentences import kept, reasons, worded
from bot.answering.verify import LONGEST
from bot.check.card import Cards, ReportContext
from bot.render.blockkit import message
from bot.render.wording import Wording
from tests.advisor.strategies import answers
from tests.wording.model import CANARY, Behave, ScriptedModel, garbage, honest, hostile, slow

RULES = load_rules()
WORDING = Wording(RULES)
CARDS = Cards(WORDING)
MODES: dict[str, Behave] = {"honest": honest, "hostile": hostile, "slow": slow, "garbage": garbage}
SITUATIONS = 200


def report_of(given_answers: Answers) -> Reply:
    session = Session().plus("describe", text="Our support tone")
    for field in FIELDS:
        value = getattr(given_answers, field)
        if value is not None:
            session = session.plus("answer", field=field, value=stored(value))
    return current(session.plus("report"), RULES)


@pytest.fixture(scope="module")
def situations() -> list[Reply]:
    found: dict[str, Reply] = {}

    @settings(max_examples=2 * SITUATIONS, database=None, derandomize=True, deadline=None)
    @given(answers())
    def collect(given_answers: Answers) -> None:
        found.setdefault(given_answers.model_dump_json(), report_of(given_answers))

    collect()
    assert len(found) >= SITUATIONS
    return list(found.values())[:SITUATIONS]


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel().up() as made:
        yield made


def blocks(reply: Reply, **more: Any) -> list[str]:
    return [json.dumps(block, sort_keys=True) for block in message(CARDS.view(reply, ReportContext(**more)))["blocks"]]


@pytest.mark.parametrize("mode", MODES)
def test_the_card_is_the_same_bytes_with_more_below_it_at_most(
    situations: list[Reply], model: ScriptedModel, mode: str
) -> None:
    """200 situations: off and this mode, block by block."""
    model.behave = MODES[mode]
    ticks = count(step=1000)  # so that it never rests
    phrasing = ModelClient(
        "sk-test", "a-model", WORDING, base_url=model.url, deadline=0.02 if mode == "slow" else 60.0,
        clock=lambda: next(ticks),
    )  # fmt: skip
    phrasing.load()
    phrasing.ready()

    async def ask_all() -> list[dict[str, Any]]:
        said = []
        for reply in situations:
            asked = [[one.id, one.status, one.brief] for one in reasons(reply.report, WORDING) if one.brief]
            said.append(await phrasing.ask({"task": "prose", "reasons": asked}) if asked else {})
        await phrasing.close()
        return said

    stood = 0
    for reply, said in zip(situations, asyncio.run(ask_all()), strict=True):
        off = blocks(reply)
        good = kept(said.get("sentences", {}), reply.report, WORDING)
        lines = tuple(worded(good, reply.report, WORDING)) if good else ()
        on = blocks(reply, worded=lines, worded_by="a-model")
        assert on[: len(off)] == off
        assert CANARY not in "".join(on)
        assert on[len(off) :] == [] or good
        stood += len(good)
    assert (stood > SITUATIONS) is (mode == "honest"), "the comparison is of something"


def test_none_of_the_cards_is_so_long_that_words_of_a_model_would_shorten_it(situations: list[Reply]) -> None:
    """Even with every reason reworded as long as it may be the card's own text stays whole."""
    for reply in situations:
        lines = tuple(Markup("x" * LONGEST) for _ in reasons(reply.report, WORDING))  # noqa: S704 - no words
        assert "(shortened)" not in "".join(blocks(reply, worded=lines, worded_by="a-model"))
