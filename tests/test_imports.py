"""Who may import what: one vendor, one door, and a pure core."""

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(path for package in ("advisor", "bot") for path in (ROOT / package).rglob("*.py"))

DOORS: Mapping[str, tuple[str, ...]] = {
    "slack_bolt": ("bot/slack.py", "bot/socket_mode.py", "bot/app.py"),
    "slack_sdk": ("bot/slack.py", "bot/socket_mode.py", "bot/app.py", "bot/outbox.py", "bot/sending.py"),
    "anthropic": ("bot/phrasing.py",),
    "sqlite_utils": ("bot/store.py",),
    "jinja2": ("bot/wording.py", "bot/local/"),
    "markupsafe": ("bot/",),
    "aiohttp": ("bot/local/", "bot/outbox.py", "bot/sending.py"),
    "waitress": ("bot/http.py",),
    "numpy": ("bot/examples.py",),
    "platformdirs": ("bot/settings.py",),
    "pydantic": ("advisor/", "bot/records.py", "bot/phrasing.py", "bot/messages.py"),
}
"""Package -> the files (or folders) that may import it. A file that needs what another one's door leads to is handed
it by bot/app.py instead."""

PURE = frozenset({
    "collections", "dataclasses", "decimal", "fractions", "functools", "importlib", "json", "math", "pathlib", "re",
    "tomllib", "types", "typing", "unicodedata",
})  # fmt: skip
"""What of the standard library the core may use: nothing with a clock, a die, a network or an environment."""

_FILES = frozenset({"importlib", "pathlib", "tomllib"})
READS_FILES = {"advisor/rulebook.py": _FILES, "advisor/lexicon.py": _FILES}
"""Only the loader touches files, and the reader's words of the same file."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Line, dotted module and whether it is imported when the file is."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lazy = {
        id(node)
        for place in ast.walk(tree)
        if isinstance(place, ast.FunctionDef | ast.AsyncFunctionDef) or _for_types_only(place)
        for node in ast.walk(place)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, id(node) not in lazy
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name_of(path)}:{node.lineno}: write the whole path of what is imported"
            yield node.lineno, str(node.module), id(node) not in lazy


def _for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def by_file(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=[name_of(path) for path in paths])


@by_file(FILES)
def test_each_package_comes_in_through_its_own_door(path: Path) -> None:
    name = name_of(path)
    for line, module, _ in imported(path):
        top = module.split(".")[0]
        if top in sys.stdlib_module_names or top in ("advisor", "bot"):
            continue
        doors = DOORS.get(top)
        assert doors, f"{name}:{line}: imports {top}, which is no dependency; name its door in {Path(__file__).name}"
        assert name.startswith(doors), f"{name}:{line}: imports {top}; move that code to {' or '.join(doors)}"


@by_file([path for path in FILES if name_of(path).startswith("advisor/")])
def test_the_core_is_pure(path: Path) -> None:
    """No Slack, SQL, clock, randomness, network or environment, and nothing of the bot's."""
    name = name_of(path)
    for line, module, _ in imported(path):
        top = module.split(".")[0]
        assert top != "bot", f"{name}:{line}: the core knows nothing of {module}; move that code to bot/"
        if top in sys.stdlib_module_names:
            assert top in PURE, f"{name}:{line}: {module} is not pure; move that code to bot/ and hand its result in"
            files = top not in READS_FILES["advisor/rulebook.py"] or name in READS_FILES
            assert files, f"{name}:{line}: only the loader reads files; move that code to advisor/rulebook.py"
    called = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "input", "print", "exec", "eval", "__import__"}, f"{name}: move that to bot/"


def test_the_model_s_client_is_imported_only_when_it_is_used() -> None:
    """It costs more than a second and holds the interpreter meanwhile."""
    for path in FILES:
        early = [line for line, module, at_once in imported(path) if at_once and module.split(".")[0] == "anthropic"]
        assert not early, f"{name_of(path)}:{early}: import anthropic inside the function that needs it"


def test_imports_go_one_way() -> None:
    """No module is reached from what it imports, not even lazily; ``make graph`` shows which imports which."""
    graph: dict[str, set[str]] = {}
    for line in subprocess.check_output([sys.executable, "docs/build_graph.py"], cwd=ROOT, text=True).splitlines()[1:]:
        name, target = line.split(" --> ")
        graph.setdefault(name.strip(), set()).add(target)
    TopologicalSorter(graph).prepare()  # its error names the circle


def test_importing_the_core_brings_in_none_of_the_bot() -> None:
    seen: set[Path] = set()
    to_go = [ROOT / "advisor" / "__init__.py"]
    while to_go:
        path = to_go.pop()
        if path in seen:
            continue
        seen.add(path)
        for _, module, _ in imported(path):
            target = (ROOT / Path(*module.split("."))).with_suffix(".py")
            if target.exists():
                to_go.append(target)
    assert {name_of(path).split("/")[0] for path in seen} == {"advisor"}
