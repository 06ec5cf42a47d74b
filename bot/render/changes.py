"""What a decision's figures are, whether a person's own words look as if they had some, and what a revision changed."""

import re
from collections.abc import Iterator

from advisor.model import FIELDS
from advisor.pattern import pattern
from advisor.report import Report
from bot.render.wording import STATUS, Wording, label, times

MONEY_FIELDS = frozenset(name for name, asked in FIELDS.items() if asked.kind == "money") | {"calls_per_year"}
"""What is left out where cost figures are."""

_FIGURES = pattern(
    r"[$€£¥]|\d,\d{3}\b|\d\s?(?:k|m|mn|bn|thousand|million|billion|usd|eur|dollars?|euros?|bucks|cents?)\b|\bcalls?\b",
    re.IGNORECASE,
)


def tells_figures(text: str) -> bool:
    """Whether a person's own words look as if they had money or a volume in them: leaving out cost figures leaves
    them as they are."""
    return bool(_FIGURES.search(text))


# ---- in the channel


def changes(before: Report, after: Report, wording: Wording, *, costs: bool, verdict: bool = True) -> Iterator[str]:
    """What a revision changed: answers, gates, ROI, and the ``verdict`` where it is not told already. Hidden cost
    figures are counted, not told."""
    hidden = 0
    for field in FIELDS:
        was, now = getattr(before.answers, field), getattr(after.answers, field)
        if was == now:
            continue
        if field in MONEY_FIELDS and not costs:
            hidden += 1
            continue
        row = wording.rules.question(field)
        told = ["not asked" if value is None else label(row, value) for value in (was, now)]
        yield str(wording.say("record", "changed_answer", row, *told))
    for old, new in zip(before.gates, after.gates, strict=True):
        if old.status != new.status:
            yield str(wording.say("record", "changed_gate", new.number, STATUS[old.status], STATUS[new.status]))
    ratios = [report.roi.ratio if report.roi else None for report in (before, after)]
    if costs and ratios[0] != ratios[1]:
        told = ["not known" if ratio is None else times(ratio, wording.rules) for ratio in ratios]
        yield str(wording.say("record", "changed_ratio", *told))
    decided = [(report.verdict.kind, report.verdict.blocked_at) for report in (before, after)]
    if verdict and decided[0] != decided[1]:
        headlines = wording.headline(before), wording.headline(after)
        yield str(wording.say("record", "changed_verdict", *headlines))
    if hidden:
        yield str(wording.say("record", "changed_hidden", hidden))
