"""The glossary and the recipes are true: what they name is there, and each change they show still fits its file."""

import ast
import re
import sqlite3
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.store.schema import MIGRATIONS

sys.path.append(str(Path(__file__).parents[1] / "docs"))  # last: one of its scripts has the name of a standard module

import build_reliability

ROOT = Path(__file__).resolve().parent.parent
GLOSSARY = ROOT / "docs" / "glossary.md"
RECIPES = sorted((ROOT / "docs" / "tasks").glob("*.md"))
LONGEST = 60
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_PLACES = ("advisor", "bot", "docs", "prompts", "tests")
_PATH = re.compile(rf"(?:{'|'.join(_PLACES)})(?:/[\w.]+)+|[\w.]+\.(?:md|toml|yml)|Makefile")


def by_page(pages: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", pages, ids=[page.stem for page in pages])


def in_backticks(page: Path) -> list[str]:
    """What is marked as code in the sentences of a page, fences apart."""
    return re.findall(r"`([^`]+)`", _FENCE.sub("", page.read_text(encoding="utf-8")))


def commands(page: Path) -> list[str]:
    fenced = [
        line for _, kind, body in _FENCE.findall(page.read_text("utf-8")) if kind == "sh" for line in body.split("\n")
    ]
    return [line.strip() for line in (*fenced, *in_backticks(page)) if line.strip().startswith(("make ", ".venv/"))]


@cache
def defined(path: str) -> frozenset[str]:
    """What a module defines at its top: classes, functions, names."""
    names = set[str]()
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.Assign(targets=targets):
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(names)


@by_page([GLOSSARY, *RECIPES])
def test_every_path_and_every_name_in_it_is_there(page: Path) -> None:
    for text in in_backticks(page):
        path, _, name = text.partition(": ")
        if not _PATH.fullmatch(path):
            continue
        assert (ROOT / path).exists(), f"{page.name}: {path} is not in the tree"
        assert not name or name in defined(path), f"{page.name}: {path} defines no {name}"


@by_page(RECIPES)
def test_the_commands_of_a_recipe_are_there(page: Path) -> None:
    """Targets of make, and files of tests."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    found = commands(page)
    assert found, f"{page.name} says no command that proves the change"
    for command in found:
        gone = [
            word for word in command.split() if word.startswith("tests/") and not (ROOT / word.split("::")[0]).exists()
        ]
        assert not gone, f"{page.name}: {command}: {gone} is not there"
        assert not command.startswith("make ") or command.split()[1] in targets, f"{page.name}: no {command}"


def hunks(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Path and lines of each change a recipe shows."""
    for indent, kind, body in _FENCE.findall(page.read_text(encoding="utf-8")):
        path = ""
        for part in re.split(r"^(--- .+|@@)$", re.sub(rf"^{indent}", "", body, flags=re.MULTILINE), flags=re.MULTILINE):
            if kind != "diff" or not part.strip() or part == "@@":
                continue
            if part.startswith("--- "):
                path = part.removeprefix("--- ")
            else:
                yield path, part.strip("\n").split("\n")


@by_page(RECIPES)
def test_the_changes_of_a_recipe_fit_the_files_as_they_are(page: Path) -> None:
    """What a change begins from stands in its file, once, or the change is made; one that only adds goes to the end."""
    shown = list(hunks(page))
    assert shown, f"{page.name} shows no change"
    for path, lines in shown:
        wrong = [line for line in lines if line[:1] not in ("+", "-", " ")]
        assert not wrong, f"{page.name}: {wrong} begin with none of +, - and blank"
        text = (ROOT / path).read_text(encoding="utf-8")
        before, after = ("".join(f"\n{line[1:]}" for line in lines if line[0] in kept) for kept in ("- ", "+ "))
        fits = not before or f"\n{text}".count(f"{before}\n") == 1 or f"{after}\n" in f"\n{text}"
        assert fits, f"{page.name} begins from what {path} does not say, or says twice; mend the example:{before}"


@by_page(RECIPES)
def test_a_recipe_is_short_and_says_how_long_it_takes(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) < LONGEST, f"{page.name}: shorten it"
    assert re.search(r"\b(?:minutes|hour)\b", text), f"{page.name} does not say how long it takes"


# ---- the glossary


def rows() -> list[list[str]]:
    """Word, sentence, class and table of each row."""
    found = re.findall(r"^\| (?!word|---)(.+?) \|$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    return [[cell.strip() for cell in f"{row} ".split(" |")] for row in found]


@cache
def tables() -> dict[str, set[str]]:
    """The tables of a new file, each with its columns."""
    conn = sqlite3.connect(":memory:")
    for migration in MIGRATIONS:
        migration(conn)
    names = [
        name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type='table'") if name[:7] != "sqlite_"
    ]
    return {name: {column[1] for column in conn.execute(f"PRAGMA table_info({name})")} for name in names}


def test_the_glossary_has_twenty_words_a_sentence_and_a_class_each() -> None:
    assert len(rows()) == 20
    for word, sentence, of_class, _ in rows():
        assert re.fullmatch(r"[A-Z][^.]*\.", re.sub(r"`[^`]*`", "code", sentence)), f"{word}: say it in one sentence"
        path, _, name = of_class.strip("`").partition(": ")
        assert name in defined(path), f"{word}: {path} defines no {name}"


def test_its_tables_are_those_of_the_file() -> None:
    """Each that is named is there, with its column, and each that is there is named."""
    told = [name for *_, table in rows() for name in re.findall(r"`([a-z_.]+)`", table)]
    told += re.findall(r"`([a-z_]+(?:\.[a-z_]+)?)`", _after_the_table())
    for name in told:
        table, _, column = name.partition(".")
        assert table in tables(), f"there is no table {table}"
        assert not column or column in tables()[table], f"{table} has no {column}"
    silent = tables().keys() - {name.partition(".")[0] for name in told}
    assert not silent, f"say in docs/glossary.md what these hold: {', '.join(sorted(silent))}"


def _after_the_table() -> str:
    return GLOSSARY.read_text(encoding="utf-8").rsplit("|\n", 1)[1]


# ---- security and reliability


@by_page([ROOT / "docs" / name for name in ("security.md", "reliability.md")])
def test_every_test_that_a_promise_is_held_by_exists(page: Path) -> None:
    """A row without a test claims nothing; one that names a test that is gone would claim too much."""
    wanted = r"`(tests/[\w/]+\.py)(?:::(\w+))?(?:::(\w+))?(?:\[[^`]+\])?(?: -k ([^`]+))?`"
    named = re.findall(wanted, page.read_text(encoding="utf-8"))
    assert len(named) > 40
    for path, *inside, only in named:
        text = (ROOT / path).read_text(encoding="utf-8")
        place: ast.AST = ast.parse(text)
        for name in filter(None, inside):
            found = [
                node
                for node in ast.iter_child_nodes(place)
                if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name
            ]
            assert found, f"{page.name} names {path}::{name}, which is not there"
            place = found[0]
        words = [] if not only else only.strip("'").split(" or ")
        missing = [word for word in words if not re.search(rf"(?:def test|class Test)\w*{word}", text)]
        assert not missing, f"{page.name}: {path} has no test with {missing} in its name"


def test_the_page_of_promises_says_what_its_script_does_and_every_test_passed() -> None:
    """`make faults` runs them all; `make soak` with SOAK=--write puts the figures of a long run there."""
    page = build_reliability.PAGE.read_text(encoding="utf-8")
    assert page == build_reliability.page(*build_reliability.parts(page)), "run `make faults`"
    assert "**fails**" not in page
    assert "**not run**" not in page
