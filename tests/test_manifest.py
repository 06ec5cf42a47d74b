"""The manifest declares exactly what the bot does: no listener Slack never calls, no scope nobody needs."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from advisor import load_rules
from bot.render.wording import Wording
from bot.slack.workspace import ASKED_SCOPES, REQUIRED_SCOPES

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "manifest.yml").read_text(encoding="utf-8")
MANIFEST: dict[str, Any] = yaml.safe_load(TEXT)
FEATURES, SETTINGS = MANIFEST["features"], MANIFEST["settings"]
# Optional ones may be refused by whoever installs the app; the bot then does without.
SCOPES = [scope for kind in ("bot", "bot_optional") for scope in MANIFEST["oauth_config"]["scopes"].get(kind, [])]

# What Slack asks for each. An empty set: no scope is needed.
METHOD_SCOPES: dict[str, set[str]] = {
    "auth.test": set(),
    "blocks.validate": set(),
    "apps.connections.open": set(),  # the app-level token's own scope, connections:write
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "chat.delete": {"chat:write"},
    "chat.scheduleMessage": {"chat:write"},
    "chat.deleteScheduledMessage": {"chat:write"},
    "chat.getPermalink": set(),
    "conversations.open": {"im:write"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.history": {"im:history"},
    "conversations.replies": {"im:history"},
    "users.info": {"users:read"},
    "users.conversations": {"channels:read", "groups:read"},
    "assistant.threads.setSuggestedPrompts": {"assistant:write"},
    "assistant.threads.setTitle": {"assistant:write"},
    "assistant.threads.setStatus": {"chat:write"},
    "views.open": set(),
    "views.update": set(),
    "views.push": set(),
    "views.publish": set(),
    "files.getUploadURLExternal": {"files:write"},
    "files.completeUploadExternal": {"files:write"},
}
EVENT_SCOPES: dict[str, set[str]] = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "message.im": {"im:history"},
    "app_uninstalled": set(),
    "tokens_revoked": set(),
}
_METHOD = re.compile(
    r"(?:agents|api|apps|assistant|auth|blocks|bookmarks|canvases|chat|conversations|dnd|files|pins|reactions|team|usergroups|users|views)"
    r"(?:\.[a-z][A-Za-z]*)+"
)


# ---- what the code does


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse((ROOT / "bot" / f"{module}.py").read_text(encoding="utf-8"))


def _constant(node: ast.expr, module: str) -> str:
    """The string a decorator was given, itself or by the name of a constant of its module."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.Name), f"bot/{module}.py:{node.lineno}: give the listener a string or a constant"
    for line in _tree(module).body:
        if isinstance(line, ast.Assign) and any(isinstance(t, ast.Name) and t.id == node.id for t in line.targets):
            return str(ast.literal_eval(line.value))
    raise AssertionError(f"bot/{module}.py: {node.id} is not a constant of this module")


def _listeners(kind: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """What is registered with ``@app.<kind>(…)`` in bot/slack/listeners.py, and the listener."""
    for node in (node for node in ast.walk(_tree("slack/listeners")) if isinstance(node, ast.FunctionDef)):
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == kind:
                yield _constant(mark.args[0], "slack/listeners"), node


def _channel_types(listener: ast.FunctionDef) -> set[str]:
    """The channel types a message listener compares with."""
    found = set()
    for node in ast.walk(listener):
        if isinstance(node, ast.Compare) and "channel_type" in ast.dump(node.left):
            found |= {str(n.value) for side in node.comparators for n in ast.walk(side) if isinstance(n, ast.Constant)}
    return found


def _events() -> set[str]:
    found = set()
    for event, listener in _listeners("event"):
        if event == "message":
            types = _channel_types(listener)
            assert types, "the message listener takes every channel type; compare event['channel_type'] in listeners.py"
            found |= {f"message.{'im' if t == 'im' else t + 's'}" for t in types}
        else:
            found.add(event)
    return found


def _methods() -> set[str]:
    """Web API methods by their names in strings, and those called as methods of a client."""
    found = {"auth.test"} if "auth_test(" in (ROOT / "bot" / "app.py").read_text(encoding="utf-8") else set()
    for path in (path for path in (ROOT / "bot").rglob("*.py") if "local" not in path.parts):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _METHOD.fullmatch(node.value):
                found.add(node.value)
    return found


# ---- both ways


def test_commands_are_those_listened_to() -> None:
    """A declared command nobody hears shows an error; one that is not declared never arrives."""
    assert {c["command"] for c in FEATURES["slash_commands"]} == {name for name, _ in _listeners("command")}


def test_events_are_those_listened_to() -> None:
    """The same for events; a message listener for DMs is ``message.im``."""
    declared, heard = set(SETTINGS["event_subscriptions"]["bot_events"]), _events()
    assert declared == heard, (
        f"only in manifest.yml: {sorted(declared - heard)}; only in bot/slack/listeners.py: {sorted(heard - declared)}"
    )


def test_shortcuts_are_those_listened_to() -> None:
    """The same for shortcuts, by their callback id."""
    assert {s["callback_id"] for s in FEATURES.get("shortcuts", [])} == {name for name, _ in _listeners("shortcut")}


def test_every_scope_is_needed_and_every_need_has_its_scope() -> None:
    """Least rights: what the Web API methods, events, commands and shortcuts ask for, and nothing more."""
    methods, events = _methods(), _events()
    new = (methods - METHOD_SCOPES.keys()) | (events - EVENT_SCOPES.keys())
    assert not new, f"say in tests/test_manifest.py which scope these need: {sorted(new)}"
    needs: dict[str, list[str]] = {}
    for what, scopes in [*((m, METHOD_SCOPES[m]) for m in methods), *((e, EVENT_SCOPES[e]) for e in events)]:
        for scope in scopes:
            needs.setdefault(scope, []).append(what)
    if any(_listeners("command")) or any(_listeners("shortcut")):
        needs["commands"] = ["slash commands and shortcuts"]
    if "agent_view" in FEATURES:
        needs.setdefault("assistant:write", []).append("agent_view")
    missing = {scope: what for scope, what in needs.items() if scope not in SCOPES}
    assert not missing, f"declare these in manifest.yml: {missing}"
    idle = set(SCOPES) - needs.keys()
    assert not idle, f"nothing in bot/ needs these; take them out of manifest.yml: {sorted(idle)}"


# ---- what docs/slack.md tells

DOCS = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")


def _told(heading: str) -> dict[str, list[str]]:
    """First column -> the cells beside it, of the tables below a heading of docs/slack.md."""
    section = DOCS.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:2] == "| "]
    return {cells[0].strip("`"): cells[1:] for cells in rows if cells[0].startswith("`")}


def test_the_docs_tell_every_scope_and_what_is_lost_without_an_optional_one() -> None:
    """Whoever installs the app decides by this page."""
    told, optional = _told("Scopes"), set(MANIFEST["oauth_config"]["scopes"]["bot_optional"])
    assert told.keys() == set(SCOPES)
    for scope, cells in told.items():
        assert len(cells) == (3 if scope in optional else 2), f"{scope}: only optional ones say what is lost without"
        assert all(cells), scope


def test_only_scopes_the_bot_survives_without_are_optional() -> None:
    """Slack may leave these out of an installation."""
    assert set(MANIFEST["oauth_config"]["scopes"]["bot_optional"]) == {"channels:read", "groups:read", "files:write"}


def test_the_docs_tell_every_event_command_and_shortcut() -> None:
    """The same for what the bot hears."""
    assert _told("Events").keys() == set(SETTINGS["event_subscriptions"]["bot_events"])
    offered = {c["command"] for c in FEATURES["slash_commands"]} | {s["callback_id"] for s in FEATURES["shortcuts"]}
    assert _told("Commands and shortcuts").keys() == offered


def test_every_listener_the_docs_name_is_there_and_hears_what_they_say() -> None:
    """A renamed listener is renamed there too."""
    registered = {
        kind: {(name.replace("message", "message.im") if kind == "event" else name, listener.name)
               for name, listener in _listeners(kind)}
        for kind in ("event", "command", "shortcut")
    }  # fmt: skip
    known = {node.name for node in ast.walk(_tree("slack/listeners")) if isinstance(node, ast.FunctionDef)}
    for cells in _told("Scopes").values():
        for name in re.findall(r"`(\w+)`", cells[0]):
            assert name in known, f"bot/slack/listeners.py has no listener {name}"
    for event, cells in _told("Events").items():
        assert (event, cells[0].strip("`")) in registered["event"]
    for name, cells in _told("Commands and shortcuts").items():
        assert (name, cells[0].strip("`")) in registered["command"] | registered["shortcut"]


def test_the_docs_name_every_word_of_the_command() -> None:
    """What the hint offers is explained."""
    (cells,) = (cells for name, cells in _told("Commands and shortcuts").items() if name.startswith("/"))
    for word in re.findall(r"(?:^|\| )([a-z]+)", FEATURES["slash_commands"][0]["usage_hint"]):
        assert f"`{word}`" in cells[1]


def test_the_local_workspace_offers_the_same_shortcuts() -> None:
    """What is tried there is what Slack shows."""
    from bot.local import MESSAGE_SHORTCUTS, SHORTCUTS

    by_type = {"global": SHORTCUTS, "message": MESSAGE_SHORTCUTS}
    for kind, offered in by_type.items():
        assert {s["callback_id"]: s["name"] for s in FEATURES["shortcuts"] if s["type"] == kind} == offered


def test_interactivity_is_on_while_something_can_be_pressed() -> None:
    """Without it no button does anything."""
    pressed = any(
        True
        for node in ast.walk(_tree("slack/listeners"))
        if isinstance(node, ast.Attribute) and node.attr in ("action", "view")
    )
    assert SETTINGS["interactivity"]["is_enabled"] == pressed


def test_every_scope_says_why() -> None:
    """Whoever installs the app reads these."""
    for scope in SCOPES:
        line = next(line for line in TEXT.splitlines() if line.strip().startswith(f"- {scope}"))
        _, mark, why = line.partition("#")
        assert mark, f"{scope} has no comment that says what it is for"
        assert len(why.split()) >= 1, f"{scope} has an empty comment"


def test_every_event_says_why() -> None:
    """So do these."""
    for event in SETTINGS["event_subscriptions"]["bot_events"]:
        line = next(line for line in TEXT.splitlines() if line.strip().startswith(f"- {event}"))
        assert line.partition("#")[2].strip(), f"{event} has no comment that says what it is for"


def test_the_home_tab_is_on_while_something_is_published() -> None:
    """An empty tab is worse than none, and Slack takes none that is off."""
    assert FEATURES["app_home"]["home_tab_enabled"] == ("views.publish" in _methods())
    assert FEATURES["app_home"]["messages_tab_enabled"]
    assert not FEATURES["app_home"]["messages_tab_read_only_enabled"]


def test_the_suggestions_are_the_bot_s_own() -> None:
    """Those of the manifest show before the bot has set its own; they should not differ."""
    wording = Wording(load_rules())
    said = [wording.plainly("chrome", f"prompt_{name}") for name in ("start", "resume", "roi", "help")]
    declared = [f"{p['title']} | {p['message']}" for p in FEATURES["agent_view"]["suggested_prompts"]]
    assert declared == said


def test_the_usage_hint_names_what_the_command_knows() -> None:
    """Every word of the hint is one the help explains."""
    hint = FEATURES["slash_commands"][0]["usage_hint"]
    explained = str(Wording(load_rules()).say("chrome", "command_unknown", "x"))
    for word in re.findall(r"(?:^|\| )([a-z]+)", hint):
        assert f"/finetune {word}" in explained, f"the bot's own words do not name `/finetune {word}`"


# ---- what Slack accepts

LIMITS: dict[str, tuple[int, int]] = {
    "display_information.name": (1, 35),
    "display_information.description": (1, 140),
    "display_information.long_description": (175, 4000),
    "features.bot_user.display_name": (1, 80),
    "features.agent_view.agent_description": (1, 300),
    "features.agent_view.suggested_prompts": (1, 4),
    "features.slash_commands": (1, 50),
    "features.slash_commands.*.command": (2, 32),
    "features.slash_commands.*.description": (1, 2000),
    "features.slash_commands.*.usage_hint": (0, 1000),
    "features.shortcuts": (0, 10),
    "features.shortcuts.*.name": (1, 24),
    "features.shortcuts.*.callback_id": (1, 255),
    "features.shortcuts.*.description": (1, 150),
    "features.unfurl_domains": (0, 5),
    "settings.event_subscriptions.bot_events": (1, 100),
    "oauth_config.scopes.bot": (1, 255),
    "oauth_config.redirect_urls": (0, 1000),
}


def _at(path: str, inside: Any = MANIFEST) -> Iterator[Any]:
    head, _, rest = path.partition(".")
    for value in inside if head == "*" else [inside[head]] if head in inside else []:
        yield from _at(rest, value) if rest else iter((value,))


@pytest.mark.parametrize("path", LIMITS)
def test_lengths_are_within_slack_s_limits(path: str) -> None:
    """Slack refuses the whole manifest for one text that is too long."""
    least, most = LIMITS[path]
    for value in _at(path):
        assert least <= len(value) <= most, f"{path}: {len(value)}, where {least} to {most} are allowed"


ALLOWED: dict[str, set[str]] = {
    "": {"_metadata", "display_information", "features", "oauth_config", "settings"},
    "_metadata": {"major_version", "minor_version"},
    "display_information": {"name", "description", "long_description", "background_color"},
    "features": {"agent_view", "app_home", "bot_user", "slash_commands", "shortcuts", "unfurl_domains"},
    "features.agent_view": {"agent_description", "suggested_prompts"},
    "features.agent_view.suggested_prompts.*": {"title", "message"},
    "features.app_home": {"home_tab_enabled", "messages_tab_enabled", "messages_tab_read_only_enabled"},
    "features.bot_user": {"display_name", "always_online"},
    "features.slash_commands.*": {"command", "url", "description", "usage_hint", "should_escape"},
    "features.shortcuts.*": {"name", "type", "callback_id", "description"},
    "oauth_config": {"scopes", "redirect_urls"},
    "oauth_config.scopes": {"bot", "user", "bot_optional", "user_optional"},
    "settings": {"event_subscriptions", "interactivity", "org_deploy_enabled", "socket_mode_enabled",
                 "token_rotation_enabled",
                 "allowed_ip_address_ranges"},
    "settings.event_subscriptions": {"request_url", "bot_events", "user_events"},
    "settings.interactivity": {"is_enabled", "request_url", "message_menu_options_url"},
}  # fmt: skip


@pytest.mark.parametrize("path", ALLOWED, ids=lambda path: path or "top")
def test_no_key_that_slack_does_not_know(path: str) -> None:
    """An unknown key refuses the whole manifest."""
    for value in _at(path) if path else [MANIFEST]:
        assert value.keys() <= ALLOWED[path], f"{path}: {sorted(value.keys() - ALLOWED[path])}"


def test_an_installation_asks_for_the_scopes_of_the_manifest() -> None:
    """Slack reads there which of them may be left out."""
    assert set(SCOPES) == ASKED_SCOPES
    assert ASKED_SCOPES - set(MANIFEST["oauth_config"]["scopes"]["bot_optional"]) >= REQUIRED_SCOPES


def test_tokens_are_not_rotated() -> None:
    """A switch that can't be put back: whoever runs the bot for many workspaces may turn it on (docs/deploy.md)."""
    assert SETTINGS["token_rotation_enabled"] is False
    assert SETTINGS["org_deploy_enabled"] is False
