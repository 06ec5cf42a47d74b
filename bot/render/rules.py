"""The rules to read: what each section of the source decides, and every rule that stands on it, with its figures.

``docs/rules.md`` is written from here, the local workspace shows it, and a question about a section is answered by it.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple, get_args

from advisor.report import Caution, PocCaution
from bot.render.wording import Wording, anchor_of

SECTIONS = ("§1", "§1 ①", "§1 ②", "§1 ③", "§1 ④", "§2", "§2 ①", "§2 ②", "§3", "§4", "§5", "§6", "§7")
"""The sections a rule can stand on, in the source's order."""

_CAUTIONS = {  # advisor/gates.py computes which gate has which
    1: ("small_eval",),
    2: ("leaks_into_training", "overlap_unchecked"),
    4: ("owner_not_named",),
}
_OF_THE_YEAR = tuple(code for code in get_args(Caution) if not any(code in codes for codes in _CAUTIONS.values()))
_OF_RANGES = ("not_robust",)  # advisor/beyond/ranges.py: no gate has it, since none reads a range


class Rule(NamedTuple):
    """One rule: its ``kind``, its ``code``, the sections it stands on, what it says, and a gate's status by it."""

    kind: str
    code: str
    cite: str
    text: str
    status: str = ""
    gate: str = ""
    """The section of the gate it belongs to, where that is not the first it stands on."""

    @property
    def home(self) -> str:
        return self.gate or self.cite.split(", ")[0]

    @property
    def anchor(self) -> str:
        return f"{self.kind}-{self.code}".replace("_", "-")


class Section(NamedTuple):
    """One section: its title, what it decides, and its rules by kind."""

    cite: str
    title: str
    about: str
    kinds: tuple[tuple[str, tuple[Rule, ...]], ...]

    @property
    def anchor(self) -> str:
        return anchor_of(self.cite)


def sections(wording: Wording) -> tuple[Section, ...]:
    """All sections, a gate's rules under the gate and every other one under the first section it stands on."""
    rules = list(_rules(wording))
    return tuple(section(wording, cite, [rule for rule in rules if rule.home == cite]) for cite in SECTIONS)


def section(wording: Wording, cite: str, rules: Iterable[Rule] = ()) -> Section:
    """One section with these of its rules."""
    say, code = wording.plainly, anchor_of(cite).removeprefix("s").replace("-", "_")
    kinds = groupby(rules, key=lambda rule: rule.kind)
    named = tuple((say("rules", f"kind_{kind}"), tuple(own)) for kind, own in kinds)
    return Section(cite, say("rules", f"section_{code}"), say("rules", f"about_{code}"), named)


def page(wording: Wording) -> str:
    """The same as a page of HTML."""
    return wording.document("rules.html.j2", sections=sections(wording))


def _rules(wording: Wording) -> Iterator[Rule]:
    rules, say = wording.rules, wording.plainly
    for gate in rules.gates:
        for row in gate.reason:
            code = f"{gate.number}_{row.code}"
            yield Rule(
                "reason",
                code,
                row.cite,
                say("rules", f"reason_{code}"),
                say("rules", f"status_{row.status}"),
                gate.cite,
            )
    for verdict in rules.verdicts:
        yield Rule("verdict", verdict.kind, verdict.cite, say("rules", f"verdict_{verdict.kind}"))
    for number, cautions in (*_CAUTIONS.items(), (3, _OF_THE_YEAR), (3, _OF_RANGES)):
        for caution in cautions:
            code = f"{number}_{caution}"
            yield Rule("caution", code, rules.gate(number).cite, say("rules", f"caution_{code}"))
    for trial in get_args(PocCaution):
        yield Rule("caution", f"trial_{trial}", rules.poc.cite, say("rules", f"caution_trial_{trial}"))
    for approach in rules.approaches:
        yield Rule("approach", approach.id, approach.cite, say("bank", "approach", approach.id, approach))
    for item in rules.checklist.item:
        yield Rule("point", item.id, item.cite, say("checklist", item.id))
    for pitfall in rules.pitfalls.pitfall:
        yield Rule("pitfall", pitfall.id, pitfall.cite, say("rules", f"pitfall_{pitfall.id}"))
    for operation in rules.operations:
        yield Rule("operation", operation.id, operation.cite, say("operations", operation.id))
    for step in rules.steps:
        yield Rule("step", step.id, step.cite, say("rules", f"step_{step.id}"))
