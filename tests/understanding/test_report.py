"""`make understanding`: a judgement is written once, with the day and the material, and stays."""

import gzip
import json
from hashlib import sha256
from pathlib import Path

import pytest

from tests.understanding import report


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sealed half of a few items of the open one; one follow-up question asks what no list of intents has."""
    rows = {kind: some[:3] for kind, some in report.opened().items()}
    rows["followups"][0] |= {"text": "and why is it blocked, if you please?"}
    sealed = tmp_path / "sealed.json.gz"
    sealed.write_bytes(gzip.compress(json.dumps(rows).encode()))
    page = tmp_path / "understanding.md"
    digest = sha256(sealed.read_bytes()).hexdigest()
    page.write_text(f"| sealed | 3 | 3 | 3 | 3 |\n`{digest}`\n{report.BEGIN}\n{report.END}\nThe end.\n", "utf-8")
    monkeypatch.setattr(report, "opened", lambda: rows)
    monkeypatch.setattr(report, "SEALED", sealed)
    monkeypatch.setattr(report, "PAGE", page)
    monkeypatch.setattr(report, "MARKS", tmp_path / "followups_marked.toml")
    return page


def test_the_first_judgement_stays_and_a_second_one_says_that_it_is_one(page: Path) -> None:
    report.main([])
    first = page.read_text("utf-8")
    assert "### First judgement, " in first
    assert "| typed answers read wrongly | none | 0 of 3 (0.0 %) | reached |" in first
    with pytest.raises(SystemExit, match="the first judgement stays"):
        report.main([])
    assert page.read_text("utf-8") == first
    report.main(["--again"])
    second = page.read_text("utf-8")
    assert second.startswith(first.partition(report.END)[0].rstrip())
    assert "### Judgement 2, with the first one known, " in second
    assert second.endswith("\nThe end.\n")


def test_what_a_person_marks_is_counted_once(page: Path) -> None:
    report.main([])
    with pytest.raises(SystemExit, match="3 of 3 are not marked yet"):
        report.main(["--marked"])
    marks = report.MARKS.read_text("utf-8")
    report.MARKS.write_text(marks.replace('verdict = ""', 'verdict = "right"', 2).replace('""', '"partly"'), "utf-8")
    report.main(["--marked"])
    assert "| follow-up questions answered right | at least 70 % | 2 of 3 (66.7 %) | missed |" in page.read_text(
        "utf-8"
    )
    with pytest.raises(SystemExit, match="counted already"):
        report.main(["--marked"])


def test_marks_stay_where_the_answer_is_the_same(page: Path) -> None:
    report.main([])
    report.MARKS.write_text(report.MARKS.read_text("utf-8").replace('verdict = ""', 'verdict = "wrong"'), "utf-8")
    report.main(["--again"])
    assert report.MARKS.read_text("utf-8").count('verdict = "wrong"') == 3


def test_other_material_than_what_was_sealed_is_not_judged(page: Path) -> None:
    report.SEALED.write_bytes(gzip.compress(b"{}"))
    with pytest.raises(SystemExit, match="names another hash"):
        report.main([])
    page.write_text(page.read_text("utf-8") + sha256(report.SEALED.read_bytes()).hexdigest(), "utf-8")
    with pytest.raises(SystemExit, match=r"has 0 \| 0 \| 0 \| 0 of answers"):
        report.main([])


def test_the_open_half_is_printed_and_nothing_is_written(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = page.read_text("utf-8")
    report.main(["--open"])
    assert "| follow-up questions answered right |" in capsys.readouterr().out
    assert page.read_text("utf-8") == before
