"""Where sentences stand: in ``prompts/say``, in lines one can read; nothing a person reads stands in Python."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.render import view

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "prompts" / "say").glob("*.j2"))
CODE = sorted(path for path in (ROOT / "bot").rglob("*.py") if "local" not in path.parts)
PARTS = {name for name, part in vars(view).items() if inspect.isclass(part) and part.__module__ == view.__name__}
LONGEST = 160


@pytest.mark.parametrize("path", TEMPLATES, ids=[path.name for path in TEMPLATES])
def test_a_line_of_a_template_fits_a_screen(path: Path) -> None:
    """A line that ends in a backslash goes on in the next one."""
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    long = [number for number, line in lines if len(line) > LONGEST]
    assert not long, f"{path.name}, lines {long}: break them with a backslash"


@pytest.mark.parametrize("path", CODE, ids=[path.relative_to(ROOT).as_posix() for path in CODE])
def test_what_a_view_says_stands_in_prompts_say(path: Path) -> None:
    """No part of a view is given words that stand in the code."""
    found = [f"{path.name}:{line}: {words!r}" for line, words in _words(ast.parse(path.read_text(encoding="utf-8")))]
    assert not found, "say it with wording.say, or wording.press for a button:\n" + "\n".join(found)


def _words(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PARTS:
            for given in (*node.args, *(keyword.value for keyword in node.keywords)):
                for part in given.values if isinstance(given, ast.JoinedStr) else [given]:
                    match part:
                        case ast.Constant(value=str(words)) if words[:1].isupper() or " " in words.strip():
                            yield node.lineno, words


def test_the_look_sees_words() -> None:
    """A look that sees none would find none."""
    tree = ast.parse('Button("Go on", "session:continue")\nText(f"Hello {name}")\nText(str(say("home", "gone")))')
    assert [words for _, words in _words(tree)] == ["Go on", "Hello "]
