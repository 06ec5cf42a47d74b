"""The README and the pages under it are true: commands run, the conversation happens, links lead somewhere, tables are
whole, figures are those of today."""

import ast
import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from bot import settings
from bot.local import LocalSlack
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in ("README.md", "docs/using.md", "docs/deploy.md", "docs/map.md", "docs/privacy.md")
}
README, USING, DEPLOY, MAP, PRIVACY = PAGES.values()
# In the order somebody new would run them.
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", README + DEPLOY, re.MULTILINE | re.DOTALL)
# The suite itself: running it from within it would never end. Its first half, the environment, is that of `make run`.
NOT_RUN = {"make test"}
READY = {
    "local": "Fine-tune Advisor is ready:",
    "socket": "ready: connected to Slack over Socket Mode",
    "http": "ready: POST /slack/events",
    "workspaces": "it is installed at",
}


# ---- the commands


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_commands_work_one_after_the_other(tmp_path: Path) -> None:
    """Every line of every ``sh`` block, in the order of the pages, in a fresh copy of the tree: as a reader would.

    The two Slack blocks meet a loopback workspace: their made-up tokens are exchanged for its own, and SLACK_API_URL
    points at it. Nothing else is changed but the port of HTTP mode, which may be taken here.
    """
    tree = copy_of_the_tree(tmp_path / "tree")
    assert sum(block.count("\n") for block in BLOCKS) >= 10, "the README's sh blocks were not found"
    for block in BLOCKS:
        with LocalSlack() as slack:
            _run(block, tree, _environment(tmp_path), slack)


def copy_of_the_tree(to: Path) -> Path:
    """What a clone has, as it lies here now."""
    left = shutil.ignore_patterns(
        ".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", ".benchmarks", "dist", "*.db*"
    )
    shutil.copytree(ROOT, to, ignore=left)
    return to


def _environment(folder: Path) -> dict[str, str]:
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("SLACK_", "ADVISOR_", "ANTHROPIC_", "MAKE", "MFLAGS"))
    }
    kept |= {"ADVISOR_DB": str(folder / "readme.db"), "PORT": str(free_port()), "CI": "true"}
    return {k: v for k, v in kept.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH")}


def _run(block: str, tree: Path, env: dict[str, str], slack: LocalSlack) -> None:
    ours = {
        "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret, "SLACK_CLIENT_ID": slack.app.client_id,
        "SLACK_CLIENT_SECRET": slack.app.client_secret, "ADVISOR_SECRET_KEY": settings.new_key(),
        "PUBLIC_URL": "https://advisor.example.com",
    }  # fmt: skip
    running: list[subprocess.Popen[str]] = []
    try:
        for line in block.splitlines():
            if exported := re.fullmatch(r"export (\w+)=(\S+)", line):
                env[exported[1]] = ours[exported[1]]
                env["SLACK_API_URL"] = slack.api_url
            elif line in ("make run", ".venv/bin/python -m bot"):
                running.append(_start(line, tree, env))
            elif line not in NOT_RUN:
                words = shlex.split(line.replace(":3000/", f":{env['PORT']}/"))
                done = subprocess.run(words, cwd=tree, env=env, check=False, capture_output=True, text=True)
                assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    finally:
        for process in running:
            _stop(process)


def _start(line: str, tree: Path, env: dict[str, str]) -> "subprocess.Popen[str]":
    """Start the bot and wait until it says that it is ready, in the mode this environment asks for."""
    mode = "local"
    if "SLACK_CLIENT_ID" in env:
        mode = "workspaces"
    elif "SLACK_BOT_TOKEN" in env:
        mode = "socket" if "SLACK_APP_TOKEN" in env else "http"
    log = tree / "run.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            line.split(), cwd=tree, env=env, stdout=out, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
    until = time.monotonic() + 240
    while READY[mode] not in log.read_text():
        said = log.read_text()
        if process.poll() is not None or time.monotonic() > until:
            _stop(process)
            pytest.fail(f"`{line}` ({mode}) did not become ready:\n{said}")
        time.sleep(0.1)
    return process


def _stop(process: "subprocess.Popen[str]") -> None:
    """As Ctrl-C does: to the whole group that we started, make and bot."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise AssertionError(f"{process.args!r} did not stop at Ctrl-C within 20 seconds") from None


def test_commands_named_in_passing_are_targets_of_make() -> None:
    """``make check`` and the like stand in the text; each is a target, and ``make help`` tells of it."""
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = {line.split()[0] for line in listed.splitlines()}
    named = set(re.findall(r"`make ([a-z]+)`", README))
    assert named >= {"check", "bench", "graph"}
    assert named <= targets, f"not in `make help`: {sorted(named - targets)}"


def test_ci_runs_the_readme_s_test_command() -> None:
    """What must be green to land is what the README tells people to run."""
    assert "make test" in (ROOT / ".ci" / "run").read_text().splitlines()
    assert any("make test" in block.splitlines() for block in BLOCKS)


# ---- the conversation


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_conversation_is_what_the_bot_says_today() -> None:
    """The same answers, given again to the real bot in the loopback workspace."""
    script = _script("build_transcript")
    shown = USING.split(script.BEGIN)[1].split(script.END)[0]
    assert shown == script.transcript(), "the bot says something else now: run `make transcript`"


@pytest.mark.parametrize("name", ["questions", "departures"])
def test_what_is_written_from_the_rules_is_fresh(name: str) -> None:
    """The pages of docs that the rules are printed on."""
    from advisor import load_rules

    written = getattr(_script("build_questions"), name)(load_rules())
    assert (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") == written, "run `make questions`"


def test_the_rules_to_read_are_those_that_decide() -> None:
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == _script("build_rules").document(), "`make rules`"


# ---- links, paths and tables


def _links() -> Iterator[tuple[str, str]]:
    for page, text in PAGES.items():
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if not re.match(r"[a-z]+:", target):
                yield page, target


@pytest.mark.parametrize(("page", "target"), sorted(set(_links())))
def test_links_lead_somewhere(page: str, target: str) -> None:
    """A file of this tree, or a heading of that page."""
    path, _, heading = target.partition("#")
    there = (ROOT / page).parent / path if path else ROOT / page
    assert there.exists(), f"{page} leads to {path}, which is not in the tree"
    if heading:
        titles = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
        assert heading in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_under_the_readme_is_reached_from_it() -> None:
    assert set(PAGES) - {"README.md"} <= set(re.findall(r"\]\(([^)\s]+)\)", README))


# ---- what a new reader is told first


def test_the_readme_is_short_enough_to_be_read() -> None:
    """At most 1,800 words; what is longer stands in a page of its own."""
    assert len(README.split()) <= 1_800


def test_why_to_trust_it_comes_before_how_to_run_it() -> None:
    first, _ = README.split("## Try it")
    assert "Why trust it" in first
    assert {"docs/rules.md", "docs/departures.md", "docs/understanding.md"} <= set(re.findall(r"\(([^)\s]+)\)", first))


def test_what_it_was_judged_against_is_counted() -> None:
    """Situations and failures as they stand in the tree."""
    cases = [tomllib.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "tests" / "cases").glob("*.toml")]
    situations = sum(len(case.get("case", [])) for case in cases)
    assert f"{situations} situations" in README
    reliability = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    calls = re.findall(r"^\| `.+?\|(.*)\|$", reliability, re.MULTILINE)
    failures = sum(len(call.split("|")) for call in calls)
    assert f"{failures} failures of Slack" in README


def test_how_it_did_is_what_the_sealed_half_gave() -> None:
    """The misses too."""
    judged = (ROOT / "docs" / "understanding.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([^|]+?) \| [^|]+ \| (\d+ of \d+) ", judged, re.MULTILINE))
    wrong, answers = rows["typed answers read wrongly"].split(" of ")
    refused, _ = rows["typed answers refused"].split(" of ")
    misled, followups = rows["follow-up questions answered misleadingly, and sure of it"].split(" of ")
    told = " ".join(README.split())
    assert f"Of {answers} typed answers nobody had tuned for, {wrong} were read wrongly and {refused} refused" in told
    assert f"to {followups} questions about a report" in told
    assert f"{misled} answers misled" in told


def test_the_map_shows_what_is_there() -> None:
    """Every file and folder of the map exists."""
    tree = re.search(r"```text\n(advisor/ .*?)```", MAP, re.DOTALL)
    assert tree
    folder = ""
    for line in tree[1].splitlines():
        names = re.split(r"  +", line.strip())
        if not line.startswith(" "):
            folder = names[0] if names[0].endswith("/") else ""
            assert (ROOT / names[0]).exists(), f"{names[0]} is not there"
        else:
            for name in names[:-1]:
                assert (ROOT / folder / name).exists(), f"{folder}{name} is not there"


def _table() -> dict[str, list[str]]:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+?) \| (.+?) \|$", DEPLOY, re.MULTILINE)
    return {name: [what, default] for name, what, default in rows}


def _variables() -> set[str]:
    tree = ast.parse((ROOT / "bot" / "settings.py").read_text(encoding="utf-8"))
    constants = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return {text for text in constants if re.fullmatch(r"[A-Z]+(_[A-Z]+)+|HOST|PORT", text)}


def test_the_configuration_table_is_what_the_bot_reads() -> None:
    """Neither a variable that nothing reads nor one that nobody is told of."""
    assert set(_table()) == _variables()


def test_the_defaults_in_the_table_hold(tmp_path: Path) -> None:
    """As loaded with nothing but what each mode needs."""
    base = {"ADVISOR_DB": str(tmp_path / "a.db")}
    local = settings.load(base)
    http = settings.load(base | {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "0" * 32})
    keyed = settings.load(base | {"ANTHROPIC_API_KEY": "k"})
    shown = {name: default for name, (_, default) in _table().items()}
    assert shown["SLACK_API_URL"] == f"`{local.api_url}`"
    socket = settings.load(base | {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"})
    assert shown["HOST"] == f"HTTP `{http.host}`, Socket Mode `{socket.host}`"
    assert shown["LOG_FORMAT"] == f"`{local.log_format}`"
    assert (shown["HEALTH_PORT"], http.health_port) == ("none", None)
    assert shown["PORT"] == f"`{local.port}`, HTTP `{http.port}`"
    assert shown["ADVISOR_RULES_URL"] == "none: sections stay text; the local page shows them itself"
    assert local.rules_url == ""
    assert shown["LOG_LEVEL"] == f"`{local.log_level}`"
    assert shown["ADVISOR_RETENTION_DAYS"] == f"`{local.retention_days}`"
    assert shown["ADVISOR_WORDING"] == f"`{local.wording}`, with a key `{keyed.wording}`"
    assert (local.mode, local.host) == ("local", "127.0.0.1")


def test_the_paths_of_the_database_are_the_platforms() -> None:
    """privacy.md says where the file is; so it must be there."""
    home = str(Path.home())
    mac = str(MacOS("finetune-advisor").user_state_path / "advisor.db").replace(home, "~")
    assert f"`{mac}`" in PRIVACY
    if "XDG_STATE_HOME" not in os.environ:
        linux = str(Unix("finetune-advisor").user_state_path / "advisor.db").replace(home, "~")
        assert f"`{linux}`" in PRIVACY
    assert r"`%LOCALAPPDATA%\finetune-advisor\finetune-advisor\advisor.db`" in PRIVACY


def test_what_is_named_without_effect_has_none() -> None:
    """The day a module uses one of these, the table has to say what it does."""
    fields = {"ADVISOR_RETENTION_DAYS": "retention_days", "ADVISOR_MODEL": "model", "ADVISOR_WORDING": "wording",
              "ANTHROPIC_API_KEY": "anthropic_api_key"}  # fmt: skip
    modules = [path for path in (ROOT / "bot").rglob("*.py") if path.name != "settings.py"]
    used = {
        node.attr
        for path in modules
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("settings", "chosen")
    }
    for variable, field in fields.items():
        silent = "without effect" in _table()[variable][0]
        assert silent == (field not in used), f"{variable}: the table and the code differ on whether it does anything"


def test_the_words_in_the_table_are_understood() -> None:
    """Each word of the conversation's table is a command, or an answer."""
    from advisor import read
    from advisor.conversation import COMMANDS
    from advisor.reading.what_if import suppose
    from tests.advisor.test_supposing import KNOWN

    table = USING.split("| word | what it does |")[1].split("\n\n")[0]
    for word in (w for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for w in re.findall(r"`([^`]+)`", row)):
        known = word in COMMANDS or read("eval_pairs", word).value == "unknown" or word.startswith("change ")
        known = known or suppose(word, KNOWN) is not None
        assert known, f"the bot does not know {word!r}"


def test_the_http_manifest_fits_the_manifest() -> None:
    """The keys deploy.md adds for HTTP go where the manifest has their neighbours, and lead to the path we serve."""
    from bot.slack.gate import EVENTS

    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text())
    block = re.search(r"```yaml\n(.*?)```", DEPLOY, re.DOTALL)
    assert block
    added = yaml.safe_load(block[1])
    assert added["settings"].keys() <= manifest["settings"].keys()
    assert added["settings"].pop("socket_mode_enabled") is False
    assert [c["command"] for c in added["features"]["slash_commands"]] == [
        c["command"] for c in manifest["features"]["slash_commands"]
    ]
    urls = [c["url"] for c in added["features"]["slash_commands"]] + [
        s["request_url"] for s in added["settings"].values()
    ]
    assert len(urls) == 3
    assert all(url == f"https://advisor.example.com{EVENTS}" for url in urls)


def test_its_pictures_are_there_and_load_quickly() -> None:
    for name in ("report", "record"):
        picture = (ROOT / "docs" / f"{name}.png").read_bytes()
        assert picture.startswith(b"\x89PNG")
        assert 10_000 < len(picture) < 200_000


def test_graph_names_modules() -> None:
    """``make graph`` prints a mermaid diagram of what imports what."""
    done = subprocess.run([sys.executable, "docs/build_graph.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("graph LR\n")
    assert "bot.slack --> bot.check" in done.stdout
