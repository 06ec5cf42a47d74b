"""The rules to read say every rule once, under a section that every citation leads to."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, get_args

from advisor import Answers, decide, load_rules
from advisor.report import Caution, PocCaution
from bot.answering.sentences import bank
from bot.render.rules import SECTIONS, page, sections
from bot.render.wording import Wording, anchor_of

RULES = load_rules()
URL = "https://wiki.example/rules"
WORDING, LINKED = Wording(RULES), Wording(RULES, rules_url=URL)
ALL = [rule for section in sections(WORDING) for _, rules in section.kinds for rule in rules]


def cites(part: Any) -> Iterator[str]:
    """Every section that a rule of the loaded rules stands on."""
    match part:
        case dict():
            for name, value in part.items():
                yield from value.split(", ") if name == "cite" else cites(value)
        case list() | tuple():
            for value in part:
                yield from cites(value)


def test_every_rule_stands_there_once() -> None:
    codes = Counter((rule.kind, rule.code) for rule in ALL)
    assert set(codes.values()) == {1}
    assert len(ALL) == len({rule.anchor for rule in ALL})
    kinds = {kind: {code for its, code in codes if its == kind} for kind, _ in codes}
    assert kinds["reason"] == {f"{gate.number}_{row.code}" for gate in RULES.gates for row in gate.reason}
    assert {code.split("_", 1)[1] for code in kinds["caution"]} == {
        *get_args(Caution), *get_args(PocCaution), "not_robust",
    }  # fmt: skip
    assert kinds["step"] == {row.id for row in RULES.steps}
    assert kinds["verdict"] == {row.kind for row in RULES.verdicts}
    assert kinds["pitfall"] == {row.id for row in RULES.pitfalls.pitfall}


def test_every_section_that_is_cited_is_one_of_the_page() -> None:
    assert set(cites(RULES.model_dump())) <= {*SECTIONS}
    written = page(WORDING)
    assert all(f'id="{anchor_of(cite)}"' in written for cite in SECTIONS)


def test_a_figure_on_it_is_the_rules_own() -> None:
    moved = RULES.model_copy(update={"poc": RULES.poc.model_copy(update={"examples_min": 137})})
    assert "137" in page(Wording(moved))
    assert "137" not in page(WORDING)


def test_a_section_is_a_link_where_the_rules_can_be_read_and_text_elsewhere() -> None:
    assert str(WORDING.cited("§1 ③, §5")) == "§1 ③, §5"
    assert str(LINKED.cited("§1 ③, §5")) == f"<{URL}#s1-3|§1 ③>, <{URL}#s5|§5>"


def test_every_sentence_about_a_report_leads_to_its_rule() -> None:
    report = decide(Answers(eval_pairs=620), RULES)
    said = [one.said for one in bank(report, LINKED).values()]
    assert sum(URL in one for one in said) > len(said) / 2
    assert not [one for one in said if re.search(r"(?<![|\w])§\d", re.sub(r"<[^>]*>", "", one))]
