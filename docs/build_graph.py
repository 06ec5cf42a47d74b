"""Print which room imports which, as a mermaid diagram (``make graph``).

A room is a package or top-level module of ``bot/``; the core is ``advisor`` and its packages. ``--modules`` shows
the modules instead.
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def imports(path: Path) -> set[str]:
    """The project's own modules a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name for name in inner if _is_module(name)} or {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.split(".")[0] in ("advisor", "bot")}


def _is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or path.joinpath("__init__.py").exists()


def room_of(module: str) -> str:
    """The room a module is in."""
    parts = module.split(".")
    if parts[0] == "advisor":
        return ".".join(parts[:2]) if len(parts) > 1 and _is_package(f"advisor/{parts[1]}") else "advisor"
    return ".".join(parts[:2])


def _is_package(path: str) -> bool:
    return (ROOT / path / "__init__.py").exists()


def arrows(*, modules: bool = False) -> set[tuple[str, str]]:
    """Who imports whom."""
    found = set()
    for path in sorted(ROOT.glob("advisor/**/*.py")) + sorted(ROOT.glob("bot/**/*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        for target in imports(path):
            arrow = (name, target) if modules else (room_of(name), room_of(target))
            if arrow[0] != arrow[1]:
                found.add(arrow)
    return found


def main() -> None:
    print("graph LR")
    for name, target in sorted(arrows(modules="--modules" in sys.argv)):
        print(f"  {name} --> {target}")


if __name__ == "__main__":
    main()
