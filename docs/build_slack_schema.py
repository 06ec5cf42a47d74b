"""Writes tests/slack/types.json: the blocks and views of Slack's TypeScript types as a JSON schema (needs Node, npm).

    python docs/build_slack_schema.py

The types say what there is and what it is made of. How long it may be they say in their comments: a second pass reads
those ("Maximum length for this field is 75 characters"), so that no limit in the schema is ours.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TYPES, GENERATOR = "3.2.0", "2.10.0"
OUT = Path(__file__).resolve().parent.parent / "tests" / "slack" / "types.json"
SOURCE = """
import type { HomeView, KnownBlock, ModalView } from "@slack/types";
export interface Slack { block: KnownBlock; modal: ModalView; home: HomeView }
"""
COMPILER = {"strict": True, "skipLibCheck": True, "moduleResolution": "node", "target": "es2022", "types": []}
OUTDATED = {"value": 150}
"""Of an option the comment says 75; the reference and Slack's Python SDK say 150."""
TEXTS = {"PlainTextElement", "MrkdwnElement", "TextObject"}

Node = dict[str, Any]

_CHARACTERS = re.compile(r"max(?:imum)?\b[^.]*?([\d,]+) ?char", re.IGNORECASE)
_IN_EACH = re.compile(r"Maximum length for the text in each item is ([\d,]+)")
_MANY = re.compile(r"max(?:imum)?\b(?: number| of|imum)?[^.]{0,24}?\b(\d+)\b(?! ?char)", re.IGNORECASE)
_CELLS = re.compile(r"max of (\d+) table cells")
_LEAST = re.compile(r"minimum length(?: for the `text` in this field)? is (\d+)", re.IGNORECASE)


def generated() -> Node:
    """What the generator makes of the types."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "slack.ts").write_text(SOURCE)
        (place / "package.json").write_text("{}")
        (place / "tsconfig.json").write_text(json.dumps({"compilerOptions": COMPILER}))
        install = ("npm", "install", "--silent", "--no-audit", "--no-fund")
        generate = ("npx", "ts-json-schema-generator", "--path", "slack.ts", "--tsconfig", "tsconfig.json")
        _run(place, *install, f"@slack/types@{TYPES}", f"ts-json-schema-generator@{GENERATOR}")
        made = _run(place, *generate, "--type", "Slack", "--no-type-check")
        return dict(json.loads(made))


def _run(place: Path, *command: str) -> str:
    return subprocess.run(command, cwd=place, check=True, capture_output=True, text=True).stdout  # noqa: S603 - above


def number(found: re.Match[str] | None) -> int | None:
    return int(found[1].replace(",", "")) if found else None


def limited(schema: Node) -> Node:
    """A property with the limits that its comment states."""
    said = " ".join(schema.get("description", "").split())
    characters, least = number(_CHARACTERS.search(said)), number(_LEAST.search(said))
    length = {"maxLength": characters} if characters else {}
    length |= {"minLength": least} if least else {}
    if schema.get("type") == "string" and length:
        return schema | length
    if schema.get("type") == "array":
        items: Node = schema["items"]
        if most := number(_CELLS.search(said)):
            items = items | {"maxItems": most}
        if each := number(_IN_EACH.search(said)):
            items = {"allOf": [items, {"properties": {"text": {"maxLength": each}}}]}
        many = number(_MANY.search(said))
        return schema | {"items": items} | ({"maxItems": many} if many else {})
    if schema.get("$ref", "").rpartition("/")[2] in TEXTS and length:
        return {"allOf": [{"$ref": schema["$ref"]}, {"properties": {"text": length}}]}
    return schema


def walked(node: Any) -> Any:
    """The schema with its limits and without its comments."""
    if isinstance(node, list):
        return [walked(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    made = {name: walked(inner) for name, inner in node.items() if name not in ("description", "properties")}
    if "properties" in node:
        made["properties"] = {name: walked(limited(inner)) for name, inner in node["properties"].items()}
    return made


def limits(node: Any, at: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        yield from (
            f"{at} {name} {node[name]}"
            for name in ("maxLength", "minLength", "maxItems")
            if type(node.get(name)) is int
        )
        for name, inner in node.items():
            yield from limits(inner, f"{at}/{name}")
    elif isinstance(node, list):
        for n, inner in enumerate(node):
            yield from limits(inner, f"{at}/{n}")


def main() -> None:
    made = generated()
    definitions = {
        name: walked(inner) for name, inner in made["definitions"].items() if name not in ("Slack", "AnyBlock")
    }
    for view in ("ModalView", "HomeView"):
        definitions[view]["properties"]["blocks"]["items"] = {"$ref": "#/definitions/KnownBlock"}
    for option in ("PlainTextOption", "MrkdwnOption"):
        for name, most in OUTDATED.items():
            definitions[option]["properties"][name]["maxLength"] = most
    schema = {
        "$schema": made["$schema"],
        "$comment": f"Made by docs/build_slack_schema.py from @slack/types {TYPES} (MIT, Slack Technologies, LLC; "
        f"https://registry.npmjs.org/@slack/types/-/types-{TYPES}.tgz) with ts-json-schema-generator {GENERATOR}; an "
        "option's value has 150 characters, of which the types' comment says 75",
        "definitions": definitions,
    }
    OUT.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n")
    found = sorted(limits(definitions))
    print("\n".join(found) if "-v" in sys.argv else f"{OUT.name}: {len(definitions)} definitions, {len(found)} limits")


if __name__ == "__main__":
    main()
