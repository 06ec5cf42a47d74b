"""Where SQL is written and connections are called: in ``bot/store/``, and for the local workspace in its archive."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
AT_HOME = ("bot/store/", "bot/local/archive.py")
FILES = {
    path.relative_to(ROOT).as_posix(): path for folder in ("advisor", "bot") for path in (ROOT / folder).rglob("*.py")
}

_SQL = re.compile(
    r"\s*(select\b.+\bfrom|select [\d:(]|insert (or \w+ )?into|update \w+ set|delete from"
    r"|(create|alter|drop) (table|index|view)|pragma\b|begin immediate"
    r"|savepoint\b|release \w+$|rollback\b|vacuum\b|with \w+ as \()",
    re.IGNORECASE | re.DOTALL,
)
_CALLS = {
    "execute",
    "executemany",
    "executescript",
    "fetchone",
    "fetchall",
    "fetchmany",
    "cursor",
    "commit",
    "rollback",
}
_ENGINES = {"sqlite3", "pysqlite3", "sqlite_utils", "psycopg", "psycopg_pool"}


def strangers(source: str) -> Iterator[tuple[int, str]]:
    """Line and fault of what belongs in the store."""
    tree = ast.parse(source)
    handed_on = {
        argument.arg
        for node in ast.walk(tree)
        if isinstance(node, ast.arguments)
        for argument in (*node.args, *node.kwonlyargs)
        if isinstance(argument.annotation, ast.Name) and argument.annotation.id == "Connection"
    }
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) if _ENGINES & {alias.name.split(".")[0] for alias in names}:
                yield node.lineno, "an engine is imported"
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in _ENGINES:
                yield node.lineno, "an engine is imported"
            case ast.Constant(value=str(text)) if _SQL.match(text):
                yield node.lineno, f"this is SQL: {text[:40]!r}"
            case ast.Call(func=ast.Attribute(attr=called)) if called in _CALLS:
                yield node.lineno, f"a connection or cursor is called: .{called}()"
            case ast.Attribute(value=ast.Name(id=name)) if name in handed_on:
                yield node.lineno, f"a connection is only handed on: {name}.{node.attr}"


@pytest.mark.parametrize("name", sorted(name for name in FILES if not name.startswith(AT_HOME)))
def test_outside_the_store_there_is_no_sql_and_no_call_on_a_connection(name: str) -> None:
    found = [
        f"{name}:{line}: {fault}; move that to a function of bot/store/"
        for line, fault in strangers(FILES[name].read_text())
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", sorted(name for name in FILES if name.startswith(AT_HOME) and "schema" not in name))
def test_the_look_sees_sql_where_there_is_some(name: str) -> None:
    """A look that finds nothing in the store would find nothing elsewhere."""
    source = FILES[name].read_text()
    assert ("conn.execute(" in source or ".execute(" in source) == any(True for _ in strangers(source))


PORTABLE = (
    (r"\browid\b", "PostgreSQL has no rowid: order by a column"),
    (r"\binsert or\b", "write ON CONFLICT"),
    (r"[=(,]\s*\?", "name the parameter: `:name` can be translated"),
    (r"\bifnull\b|\binstr\(|\b(str|date)f?time\(|\bgroup_concat\b|\bjson_extract\b|\bglob\b", "SQLite alone has it"),
    (r"\blastrowid\b", "write RETURNING"),
)  # fmt: skip


@pytest.mark.parametrize(
    "name",
    sorted(name for name in FILES if name.startswith("bot/store/") and not name.endswith(("/sqlite.py", "schema.py"))),
)
def test_what_turns_ask_is_sql_as_both_engines_speak_it(name: str) -> None:
    """What SQLite alone understands stays with the opening of the file and its layout."""
    for node in ast.walk(ast.parse(FILES[name].read_text())):
        match node:
            case ast.Constant(value=str(text)) if " " not in text or "=:" in text or _SQL.match(text):
                pass
            case ast.Attribute(attr=text):
                pass
            case _:
                continue
        for pattern, mend in PORTABLE:
            assert not re.search(pattern, text, re.IGNORECASE), f"{name}:{node.lineno}: {text[:60]!r}: {mend}"
