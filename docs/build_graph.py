"""Print which module imports which, as a mermaid diagram (``make graph``)."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def imports(path: Path) -> set[str]:
    """The project's own modules a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module in ("bot", "advisor", "bot.local"):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        found |= {name for name in names if name.split(".")[0] in ("advisor", "bot")}
    return found


def main() -> None:
    print("graph LR")
    for package in ("advisor", "bot", "bot/local"):
        for path in sorted((ROOT / package).glob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for target in sorted(imports(path) - {name}):
                print(f"  {name} --> {target}")


if __name__ == "__main__":
    main()
