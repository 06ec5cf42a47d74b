"""Write docs/questions.md and docs/departures.md from the rules (``make questions``)."""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from advisor import load_rules  # noqa: E402 - the project need not be installed for this
from advisor.model import FIELDS  # noqa: E402
from advisor.rulebook import Question, Rules  # noqa: E402

HEAD = "<!-- Written by docs/build_questions.py from advisor/rules: change it there, then `make questions`. -->\n"
KINDS = {
    "choice": "a choice",
    "yes_no": "yes or no",
    "count": "a number",
    "rate": "a share",
    "money": "US dollars",
    "name": "a name",
}
PARTS = {
    "gates": ("Gates", "Asked in this order, while the answer can still move a gate."),
    "poc": ("A trial's result", "Asked when somebody says they have one."),
    "plan": ("The plan", "Asked on request after the verdict; nothing here moves a gate."),
}


# What advisor/asking.py and advisor/poc.py compute and no row can say; change both together.
WHEN = {
    "measured_pass_rate": "there is an eval set to measure on",
    "target_pass_rate": "there is a pass rate to compare with",
    "large_model_meets_target": "the rate is below the target and nothing else keeps gate 1 open, or the year pays "
    "only through fewer failures",
    "usd_per_failure": "the year does not pay safely by the price of calls, and tuning is for behaviour",
    "other_savings_usd_per_year": "the year does not pay safely without",
    "poc_tuned_pass_rate": "the baseline is known",
    "poc_eval_items": "both pass rates are known",
    "poc_gained": "the items judged are known",
    "poc_lost": "the items gained are known",
    "quality_parity": "the tuned model replaces one that is dearer a call",
}
GATES = {
    1: "Gate 1: are prompt and retrieval exhausted?",
    2: "Gate 2: is the eval set solid?",
    3: "Gate 3: does the year pay?",
    4: "Gate 4: is retraining staffed?",
}


def questions(rules: Rules) -> str:
    """Every question with what it is for, how it is read, and its section."""
    return "\n".join([HEAD, "# Questions", "", *_questions(rules)])


def _diagram(rules: Rules) -> Iterator[str]:
    """The order of the questions and what a gate's answer leads to."""
    yield "\n```mermaid\nflowchart TD"
    for gate, title in GATES.items():
        rows = [row.id for row in rules.questions if row.asked_for == "gates" and row.gates[0] == gate]
        yield f'  subgraph gate{gate}["{title}"]\n    direction LR\n    {" --> ".join(rows)}\n  end'
    for gate in (1, 2, 3):
        yield f"  gate{gate} -->|passed or open| gate{gate + 1}\n  gate{gate} -->|blocked| report"
    yield "  gate4 --> report([the report])"
    yield "  report -.->|answer the rest anyway| gate2\n  report -.->|on request| plan([the plan])"
    yield "  report -.->|a trial was run| poc([its result])\n  plan & poc -.-> report\n```"


def _questions(rules: Rules) -> Iterator[str]:
    yield f"From rules {rules.version} ({rules.source}). *I don't know* is an answer to each of them."
    yield from _diagram(rules)
    for part, (title, about) in PARTS.items():
        yield f"\n## {title}\n\n{about}"
        for row in rules.questions:
            if row.asked_for == part:
                yield from _question(row)
    yield ""


def _question(row: Question) -> Iterator[str]:
    gates = f", gate {' and '.join(map(str, row.gates))}" if row.gates else ""
    per = f" a {FIELDS[row.id].per}" if row.kind == "money" and FIELDS[row.id].per else ""
    added = ", our addition" if row.added else ""
    yield f"\n**{row.ask}** `{row.id}`\\\n{row.why}\\"
    yield f"*{KINDS[row.kind]}{per}, for example {row.example}; {row.cite}{added}{gates}*"
    for place, option in enumerate(row.options):
        lead = "" if place else "\n"
        yield f"{lead}* {option.label}{f': {option.hint}' if option.hint else ''} (`{option.id}`)"
    for field, allowed in row.ask_if.items():
        yield f"\nOnly when `{field}` is {' or '.join(f'`{value}`' for value in allowed)}."
    if row.id in WHEN:
        yield f"\nOnly when {WHEN[row.id]}."


def departures(rules: Rules) -> str:
    """Where the chapter cannot be followed to the letter."""
    rows = (f"| {row.id} | {row.cite} | {row.says} | {row.we_do} | {row.why} |" for row in rules.departures)
    about = f"Where {rules.source[0].lower()}{rules.source[1:]}, cannot be followed to the letter."
    table = ("| | section | it says | we do | why |", "|---|---|---|---|---|")
    return "\n".join([HEAD, "# Departures", "", about, "", *table, *rows, ""])


def main() -> None:
    rules = load_rules()
    (ROOT / "docs" / "questions.md").write_text(questions(rules), encoding="utf-8")
    (ROOT / "docs" / "departures.md").write_text(departures(rules), encoding="utf-8")


if __name__ == "__main__":
    main()
