"""The wheel has all that the bot reads, and runs from any folder.

The wheel is built from a copy of the tree and installed by pip into an empty environment. Only its dependencies are not
installed once more: a ``.pth`` file lends them from the environment the tests run in, through a folder of links in
which this project itself does not occur. So whatever of ``advisor``, ``bot`` and ``prompts`` is found came out of the
wheel; that the dependencies it declares are enough is the README's test, whose ``make run`` installs them all.
"""

import json
import os
import re
import shutil
import signal
import site
import subprocess
import sys
import threading
import time
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("advisor", "bot", "prompts")
NOT_LENT = re.compile(
    r"(?i)finetune|__editable__|.*\.pth$|advisor$|bot$|prompts$|_virtualenv|distutils-precedence|__pycache__"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by pip as anybody would."""
    folder = tmp_path_factory.mktemp("wheel")
    left = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "tests", "dist", "*.db*")
    shutil.copytree(ROOT, folder / "tree", ignore=left)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder),
         str(folder / "tree")],
        check=True, capture_output=True,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built  # beside it, in "tree", what it was built from


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of an environment with the wheel in it, and the dependencies lent."""
    home = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home / "env")], check=True)
    lent = home / "lent"
    lent.mkdir()
    for folder in site.getsitepackages():
        for entry in sorted(Path(folder).iterdir()):
            if not NOT_LENT.fullmatch(entry.name.split("-")[0]) and not NOT_LENT.fullmatch(entry.name):
                (lent / entry.name).symlink_to(entry)
    subprocess.run(
        [sys.executable, "-m", "pip", f"--python={home / 'env' / 'bin' / 'python'}", "install", "--quiet", "--no-deps",
         "--no-index", str(wheel)],
        check=True, capture_output=True,
    )  # fmt: skip
    (packages,) = (home / "env" / "lib").glob("python*/site-packages")
    (packages / "lent.pth").write_text(f"{lent}\n")
    return home / "env" / "bin"


def test_everything_but_the_tests_is_in_the_wheel(wheel: Path) -> None:
    """Rules, words and the local page's files go with the modules; tests and docs stay."""
    names = set(zipfile.ZipFile(wheel).namelist())
    tree = wheel.parent / "tree"
    here = {
        str(path.relative_to(tree))
        for package in PACKAGES
        for path in (tree / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and ".db" not in path.name
    }
    assert here - names == set(), "not in the wheel"
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == set(PACKAGES)
    assert {Path(name).suffix for name in here} >= {".py", ".toml", ".j2", ".html", ".js", ".css"}


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - our own loopback address
        return bytes(answer.read())


def test_the_installed_bot_runs_from_another_folder(installed: Path, tmp_path: Path) -> None:
    """The console script starts, the page and its parts answer, and what is typed there gets a card."""
    port = free_port()
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PORT": str(port), "CI": "true",
           "ADVISOR_DB": str(tmp_path / "a.db")}  # fmt: skip
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    where = subprocess.run(
        [str(installed / "python"), "-c",
         "import advisor, bot, prompts; print(advisor.__file__, bot.__file__, *prompts.__path__)"],
        cwd=elsewhere, env=env, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert str(ROOT) not in where, f"found in the tree, not in the wheel: {where}"
    process = subprocess.Popen(
        [str(installed / "finetune-advisor")],
        cwd=elsewhere,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.extend(process.stdout or ()), daemon=True)
    reader.start()
    try:
        _until(lambda: process.poll() is not None or any("is ready" in line for line in said), lambda: "".join(said))
        assert process.poll() is None, "".join(said)
        url = f"http://127.0.0.1:{port}/"
        page = _get(url).decode()
        parts = re.findall(r'(?:src|href)="(/[^"]+)"', page)
        assert parts, "the page names no script and no style"
        assert all(_get(url.rstrip("/") + part) for part in parts)
        root = _say(url, "Should we fine-tune a small model?")["ts"]
        _until(lambda: _cards(url, root), lambda: "".join(said))
        assert _cards(url, root) == ["Gate 1 of 4: prompt and retrieval"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, "".join(said)
    finally:
        process.kill()
        process.wait()
        reader.join(5)
        if process.stdout:
            process.stdout.close()


def _say(url: str, text: str) -> dict[str, Any]:
    """Type a message as the page does."""
    request = urllib.request.Request(  # noqa: S310 - our own loopback address
        f"{url}api.local/say", json.dumps({"as": "U0ADA", "text": text}).encode(),
        {"Content-Type": "application/json", "X-Local-Page": "1"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return dict(json.load(answer))


def _cards(url: str, root: str) -> list[str]:
    """The headings of what the bot has said in a thread."""
    state = json.loads(_get(f"{url}api.local/state?as=U0ADA"))
    said = state["rooms"]["D0ADA"]["messages"]
    blocks = [b for m in said if m.get("thread_ts") == root and m.get("bot_id") for b in m["blocks"]]
    return [b["text"]["text"] for b in blocks if b["type"] == "header"]


def _until(holds: Callable[[], Any], told: Callable[[], str]) -> None:
    """Wait at most two minutes."""
    until = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < until, told()
        time.sleep(0.05)
