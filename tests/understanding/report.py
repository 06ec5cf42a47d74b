"""Judge what is understood of the sealed material and write the figures into docs/understanding.md.

    make understanding                              judges the sealed half: once; what there is stays
    python -m tests.understanding.report --again    judges it once more, and says so
    python -m tests.understanding.report --marked   counts the answers to follow-up questions that a person has marked
    python -m tests.understanding.report --open     prints the figures of the open half and writes nothing

A follow-up question is judged by the intents it asks where ``followups_intents.toml`` has them. Where not, a person
judges: the first two write the question, our answer and what would be right to a file beside the material, each to be
marked "right", "partly", "wrong" or "misleading"; ``--marked`` then counts them.
"""

import gzip
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.answering.search import find
from bot.check.card import Cards
from tests.understanding import followups, judge, judge_openings
from tests.wording.asked import WORDING, known, report

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs" / "understanding.md"
SEALED = FOLDER / "sealed.json.gz"
MARKS = FOLDER / "followups_marked.toml"
BEGIN, END = "<!-- judged: written by tests/understanding/report.py -->", "<!-- /judged -->"
KINDS = ("answers", "phrases", "openings", "followups")
VERDICTS = ("right", "partly", "wrong", "misleading")

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Figure:
    """A goal and how far it was reached: so many of so many, at least or at most a share of them."""

    what: str
    goal: str
    count: int
    of: int
    least: float = 0
    most: float = 1

    @property
    def line(self) -> str:
        share = self.count / max(1, self.of)
        return (
            f"| {self.what} | {self.goal} | {self.count} of {self.of} ({100 * share:.1f} %) | {self._reached(share)} |"
        )

    def _reached(self, share: float) -> str:
        return "reached" if self.least <= share <= self.most else "missed"


def sealed(page: str) -> dict[str, Rows]:
    """The sealed half by kind, as many of each as the page says."""
    told = json.loads(gzip.decompress(SEALED.read_bytes()))
    found = {kind: told.get(kind, told.get(f"{kind}.json", [])) for kind in KINDS}
    counts = " | ".join(str(len(found[kind])) for kind in KINDS)
    if f"| sealed | {counts} |" not in page:
        sys.exit(
            f"{SEALED.name} has {counts} of {', '.join(KINDS)}, under {', '.join(told)}; {PAGE.name} says otherwise"
        )
    return found


def opened() -> dict[str, Rows]:
    return {kind: json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8")) for kind in KINDS}


def figures(material: Mapping[str, Rows]) -> Iterator[Figure]:
    """What is computed of the material: all but the follow-up questions that a person has to judge."""
    typed = judge.judged(material["answers"], card=True).get("all", Counter())
    yield Figure("typed answers read wrongly", "none", typed["wrong"], typed.total(), most=0)
    yield Figure("typed answers refused", "at most 5 %", typed["refused"], typed.total(), most=0.05)
    phrases = judge.judged(material["phrases"], card=True).get("all", Counter())
    yield Figure("phrases taken", "at least 60 %", phrases["right"], phrases.total(), least=0.6)
    either = phrases["right"] + phrases["offered"]
    yield Figure("phrases taken or offered", "at least 95 %", either, phrases.total(), least=0.95)
    yield Figure("phrases read wrongly", "none", phrases["wrong"], phrases.total(), most=0)
    said = judge_openings.judged(material["openings"])
    lines = len(said.right) + len(said.may) + len(said.false)
    put = len(said.right)
    yield Figure("of what openings say, put forward", "at least 85 %", put, put + len(said.missed), least=0.85)
    yield Figure("lines of openings that are false", "at most 2 %", len(said.false), lines, most=0.02)
    intents = {row["text"]: row for row in followups.ASKED}
    rows = [(row, intents[row["text"]]) for row in material["followups"] if row["text"] in intents]
    if rows:
        came = Counter(
            followups.judged(row["text"], row["report"], asked["intents"], asked.get("supposes"))[0]
            for row, asked in rows
        )
        yield from _followups(came["right"], came["misleading"], len(rows))


def _followups(right: int, misleading: int, of: int) -> Iterator[Figure]:
    yield Figure("follow-up questions answered right", "at least 70 %", right, of, least=0.7)
    yield Figure("follow-up questions answered misleadingly, and sure of it", "at most 2 %", misleading, of, most=0.02)


def to_mark(rows: Rows) -> str:
    """The answers to follow-up questions, for a person to mark."""
    head = f"# Mark each answer: {', '.join(VERDICTS)}. Then: python -m tests.understanding.report --marked\n"
    kept = {(row["text"], row["answer"]): row["verdict"] for row in _marks()} if MARKS.exists() else {}
    cards, told = Cards(WORDING), [head]
    for row in rows:
        asked = report(row["report"])
        found = find(row["text"], asked, known(row["report"]))
        given = {key: row[key] for key in ("report", "text", "asks", "right", "misleading")}
        answer = str(cards.answer(asked, row["text"]).summary)
        given |= {"answer": answer, "sure": found.sure, "verdict": kept.get((row["text"], answer), "")}
        told.append("[[asked]]")
        # What JSON writes of a text or a truth is TOML as well.
        told += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in given.items()]
        told.append("")
    return "\n".join(told)


def marked() -> Iterator[Figure]:
    """The figures of the follow-up questions once each is marked."""
    rows = _marks()
    open_still = [row["text"] for row in rows if row["verdict"] not in VERDICTS]
    if open_still:
        sys.exit(f"{MARKS.name}: {len(open_still)} of {len(rows)} are not marked yet: {open_still[0]!r}, …")
    misleading = sum(row["verdict"] == "misleading" and row["sure"] for row in rows)
    return _followups(sum(row["verdict"] == "right" for row in rows), misleading, len(rows))


def _marks() -> Rows:
    rows: Rows = tomllib.loads(MARKS.read_text(encoding="utf-8"))["asked"]
    return rows


def table(rows: Iterator[Figure]) -> str:
    head = "| what | goal | figure | |\n|---|---|---|---|\n"
    return head + "\n".join(row.line for row in rows)


def judgement(number: int, digest: str, rows: Iterator[Figure]) -> str:
    """What is written: the how-manieth judgement it is, its day, the material it judged, the figures."""
    which = "First judgement" if number == 1 else f"Judgement {number}, with the first one known"
    return f"### {which}, {datetime.now(UTC):%-d %B %Y}\n\nOf the material with SHA-256 `{digest}`.\n\n{table(rows)}\n"


def main(options: list[str]) -> None:
    if options == ["--open"]:
        print(table(figures(opened())))
        return
    page = PAGE.read_text(encoding="utf-8")
    digest = sha256(SEALED.read_bytes()).hexdigest()
    if digest not in page:
        sys.exit(f"{SEALED.name} is not what was sealed: {PAGE.name} names another hash")
    before, _, rest = page.partition(BEGIN)
    told, _, after = rest.partition(END)
    judgements = told.count(f"`{digest}`")
    if options == ["--marked"]:
        lines = "\n".join(row.line for row in marked())
        if not judgements or lines in told:
            sys.exit("there is no judgement to add this to" if not judgements else "these are counted already")
        told = f"{told.rstrip()}\n{lines}\n"
    elif judgements and options != ["--again"]:
        sys.exit("it was judged: the first judgement stays. --again adds one more, and says so")
    else:
        material = sealed(page)
        told = f"{told.rstrip()}\n\n{judgement(judgements + 1, digest, figures(material))}"
        MARKS.write_text(to_mark(material["followups"]), encoding="utf-8")
        print(f"{MARKS.name}: mark how the follow-up questions are answered, then run this with --marked")
    PAGE.write_text(f"{before}{BEGIN}{told}{END}{after}", encoding="utf-8")
    print(told.strip())


if __name__ == "__main__":
    main(sys.argv[1:])
