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
    "slack_bolt": ("bot/slack/", "bot/app.py"),
    "slack_sdk": ("bot/slack/", "bot/app.py", "bot/delivery/outbox.py", "bot/delivery/sending.py"),
    "anthropic": ("bot/answering/client.py",),
    "sqlite_utils": ("bot/store/sqlite.py",),
    "psycopg": ("bot/store/dialect.py", "bot/store/layout.py", "bot/store/postgres.py", "bot/store/transfer.py"),
    "psycopg_pool": ("bot/store/postgres.py",),
    "pysqlite3": ("bot/store/sqlite.py",),
    "jinja2": ("bot/render/wording.py", "bot/local/"),
    "markupsafe": ("bot/",),
    "aiohttp": ("bot/local/", "bot/delivery/outbox.py", "bot/delivery/sending.py"),
    "waitress": ("bot/slack/server.py",),
    "numpy": ("bot/answering/index.py",),
    "rapidfuzz": ("advisor/reading/",),
    "cryptography": ("bot/store/seal.py",),
    "prometheus_client": ("bot/delivery/telemetry.py",),
    "genai_prices": ("bot/quotes.py",),
    "platformdirs": ("bot/settings.py",),
    "pydantic": ("advisor/", "bot/decision/document.py", "bot/answering/client.py", "bot/messages.py"),
}
"""Package -> the files (or folders) that may import it. A file that needs what another one's door leads to is handed
it by bot/app.py instead."""

PURE = frozenset({
    "bisect", "collections", "dataclasses", "decimal", "fractions", "functools", "importlib", "itertools", "json",
    "math", "pathlib", "re", "statistics", "tomllib", "types", "typing", "unicodedata",
})  # fmt: skip
"""What of the standard library the core may use: nothing with a clock, a die, a network or an environment."""

DAYS = ("advisor/beyond/", "advisor/model.py", "advisor/prices.py", "advisor/session.py")
"""Where days are counted, from one that is handed in: ``date`` and nothing that asks the clock."""

_FILES = frozenset({"importlib", "pathlib", "tomllib"})
READS_FILES = {"advisor/rulebook.py": _FILES, "advisor/loader.py": frozenset({"pathlib"})}
"""Only the rulebook touches files; the loader names a folder."""


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
        if top == "datetime" and name.startswith(DAYS):
            continue
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


@by_file([path for path in FILES if name_of(path).startswith(DAYS)])
def test_the_core_knows_days_and_no_clock(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    days = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module == "datetime"]
    taken = {alias.name for node in days for alias in node.names}
    assert taken <= {"date"}, f"{name_of(path)}: takes {taken}; hand its result in"
    asked = {node.attr for node in nodes if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "date"}
    assert asked <= {"fromisoformat"}, f"{name_of(path)}: asks the clock; hand the day in"


def test_the_model_s_client_is_imported_only_when_it_is_used() -> None:
    """It costs more than a second and holds the interpreter meanwhile."""
    for path in FILES:
        early = [line for line, module, at_once in imported(path) if at_once and module.split(".")[0] == "anthropic"]
        assert not early, f"{name_of(path)}:{early}: import anthropic inside the function that needs it"


def test_an_exception_is_written_down_in_one_place_without_its_text() -> None:
    """Its text can quote what a person wrote; only a start or an end that fails prints it, to whoever runs the bot."""
    for path in FILES:
        taken = [line for line, module, _ in imported(path) if module == "traceback"]
        owner = name_of(path) in ("bot/messages.py", "bot/shutdown.py")
        assert owner or not taken, f"{name_of(path)}:{taken}: take frames from bot/messages.py"


ORDER = (
    ("bot.__main__", "bot.local"),
    ("bot.commands",),
    ("bot.app",),
    ("bot.slack",),
    ("bot.calculator",),
    ("bot.home", "bot.decision"),
    ("bot.check", "bot.quotes"),
    ("bot.delivery",),
    ("bot.answering",),
    ("bot.store",),
    ("bot.render",),
    ("bot.messages", "bot.settings", "bot.shutdown"),
    ("advisor.beyond",),
    ("advisor", "advisor.reading"),
)
"""The rooms from the top to the bottom: each imports only what stands below it (the core among itself). The local
workspace knows nothing of the bot, and only ``__main__`` knows it."""


def test_rooms_import_downwards_only() -> None:
    floor = {room: n for n, handlers in enumerate(ORDER) for room in handlers}
    for line in graph():
        above, below = line.split(" --> ")
        for room in (above, below):
            assert room in floor, f"{room} is a new room: give it a place in ORDER of {Path(__file__).name}"
        if {above, below} == {"advisor", "advisor.reading"} or (above, below) == ("bot.__main__", "bot.local"):
            continue
        assert below != "bot.local", f"{above} imports the local workspace; only bot/__main__.py may"
        assert floor[above] < floor[below], (
            f"{above} imports {below}, which stands above or beside it: move what it needs from there to a room below"
            f" both ({', '.join(room for handlers in ORDER[floor[above] + 1 :] for room in handlers)})"
        )


def test_there_are_at_most_twenty_rooms() -> None:
    assert len({room for line in graph() for room in line.split(" --> ")}) <= 20


def test_modules_import_one_way() -> None:
    """No module is reached from what it imports, not even lazily; ``make graph`` shows which imports which."""
    targets: dict[str, set[str]] = {}
    for line in graph("--modules"):
        name, target = line.split(" --> ")
        targets.setdefault(name, set()).add(target)
    TopologicalSorter(targets).prepare()  # its error names the circle


def graph(*options: str) -> list[str]:
    """The arrows of ``make graph``."""
    drawn = subprocess.check_output([sys.executable, "docs/build_graph.py", *options], cwd=ROOT, text=True)
    return [line.strip() for line in drawn.splitlines()[1:]]


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
