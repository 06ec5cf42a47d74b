"""A person in a hurry: the verdict first, one button that stands out, and at most four things to press.

Looked at in every situation of ``tests/cases``, as the blocks Slack gets. What is folded and what stands behind *More*
is not in the way; thumbs are two signs in the small print and no step.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from advisor import load_rules
from advisor.conversation import current, opening
from advisor.reading.line import quick
from advisor.session import stored
from bot.calculator import card as quick_card
from bot.check.card import Cards, ReportContext
from bot.check.comparison import comparison
from bot.decision.record import Decision, record
from bot.render import blockkit
from bot.render.view import View
from bot.render.wording import Wording
from tests.advisor.cases import CASES, answers_of

RULES = load_rules()
WORDING = Wording(RULES)
CARDS = Cards(WORDING)
# As much as can surround a report: asked for in a channel, posted and outdated, to be decided again, in three versions.
BUSY = ReportContext(origin=True, posted=2, outdated=True, again_at="2027-03-01T09:00:00Z", versions=3)
every_situation = pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])


def reply_of(case: dict[str, Any]) -> Any:
    log = opening("Tune a small model for our support tone?")
    for field, value in answers_of(case):
        if value is not None:
            log = log.plus("answer", field=field, value=stored(value))
    return current(log.plus("report"), RULES)


def controls(view: View) -> Iterator[dict[str, Any]]:
    """What can be pressed without opening anything."""
    for block in blockkit.message(view)["blocks"]:
        if block["type"] == "actions":
            yield from block["elements"]
        elif "accessory" in block:
            yield block["accessory"]


def check(view: View) -> None:
    seen = list(controls(view))
    assert len(seen) <= 4, [one["action_id"] for one in seen]
    assert sum(one.get("style") == "primary" for one in seen) <= 1


@every_situation
@pytest.mark.parametrize("around", [ReportContext(), BUSY], ids=["new", "busy"])
def test_a_report_begins_with_its_verdict_and_has_four_things_to_press(
    case: dict[str, Any], around: ReportContext
) -> None:
    reply = reply_of(case)
    view = CARDS.view(reply, around)
    check(view)
    first = blockkit.message(view)["blocks"][0]
    assert first["type"] == "header"
    assert first["text"]["text"] == blockkit.plain(str(WORDING.headline(reply.report)))


@pytest.mark.parametrize("case", CASES[::8], ids=[case["title"] for case in CASES[::8]])
def test_a_report_of_earlier_rules_has_no_more_to_press(case: dict[str, Any]) -> None:
    reply = reply_of(case)
    check(CARDS.view(reply.model_copy(update={"today": reply.report}), BUSY))


@every_situation
@pytest.mark.parametrize("costs", [True, False], ids=["with costs", "without costs"])
def test_a_record_says_its_verdict_at_once_and_has_three_things_to_press(case: dict[str, Any], costs: bool) -> None:
    reply = reply_of(case)
    decided = Decision(
        "d", 2, "U1", "ada", "Support tone", "", reply.report, "2026-11-03T09:00:00Z", "2026-11-20T09:00:00Z",
        note="For the team", costs=costs, again_at="2027-03-01T09:00:00Z",
    )  # fmt: skip
    view = record(decided, WORDING, before=reply.report.model_copy(update={"answers": answers_of(CASES[0])}))
    check(view)
    shown = blockkit.message(view)["blocks"]
    above_the_folds = "\n".join(str(block.get("text", "")) for block in shown[:4])
    assert str(WORDING.headline(reply.report)) in above_the_folds


@pytest.mark.parametrize(
    "line",
    ["1M calls/yr, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo", "1M calls/yr, $0.03 -> $0.001", "", "blue"],
    ids=["whole", "half", "empty", "unread"],
)
def test_a_quick_calculation_has_four_things_to_press(line: str) -> None:
    check(quick_card(quick(line, RULES), line, WORDING))


def test_numbers_tried_out_have_four_things_to_press() -> None:
    before = answers_of(CASES[0])
    check(comparison(before, before.model_copy(update={"eval_pairs": 1200}), {"eval_pairs": "1,200"}, WORDING))
