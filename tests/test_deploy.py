"""What is in ``deploy/`` fits the bot: files that are there, variables it reads, ports it answers on, users that are
nobody special. The image's steps are done outside Docker; the unit is read by systemd where there is one."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import settings
from bot.local import LocalSlack
from bot.slack.gate import EVENTS
from bot.slack.health import LIVES
from bot.slack.install import REDIRECT
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
UNIT = (DEPLOY / "finetune-advisor.service").read_text(encoding="utf-8")
MANIFEST = (ROOT / "manifest.yml").read_text(encoding="utf-8")


def steps(what: str) -> list[str]:
    return re.findall(rf"^{what} +(.+)$", DOCKERFILE, re.MULTILINE)


def image_environment() -> dict[str, str]:
    return dict(word.split("=", 1) for line in steps("ENV") for word in shlex.split(line))


def test_the_image_has_the_packages_and_what_builds_them() -> None:
    copied = {word for line in steps("COPY") if not line.startswith("--from") for word in line.split()[:-1]}
    assert all((ROOT / name).exists() for name in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert copied == packages | {"pyproject.toml", project["project"]["readme"], "LICENSE"}
    sent = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line[1:] for line in sent if line.startswith("!")} == copied


def test_the_image_runs_as_an_ordinary_user_and_writes_to_its_volume_alone() -> None:
    (user,) = steps("USER")
    assert user not in ("root", "0")
    environ = image_environment()
    assert environ["ADVISOR_DB"].startswith(f"{steps('VOLUME')[0]}/")
    assert environ["PYTHONDONTWRITEBYTECODE"] == "1"
    composed: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    service = composed["services"]["advisor"]
    assert service["read_only"] is True
    assert [volume.split(":")[1] for volume in service["volumes"]] == steps("VOLUME")
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).exists()


def test_its_health_is_asked_where_it_is_told(tmp_path: Path) -> None:
    environ = image_environment()
    asked = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", steps("HEALTHCHECK")[0])
    assert asked
    loaded = settings.load(environ | {"ADVISOR_DB": str(tmp_path / "a.db")})
    assert (int(asked[1]), asked[2]) == (loaded.health_port, LIVES)
    assert asked[1] in steps("EXPOSE")[0].split()


def test_the_process_itself_gets_the_signal() -> None:
    """No shell in between, and more time than the ten seconds an ending takes."""
    assert steps("ENTRYPOINT") == ['["python", "-m", "bot"]']
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert composed["services"]["advisor"]["stop_grace_period"] == "20s"
    assert "TimeoutStopSec=20" in UNIT.splitlines()


def test_the_unit_starts_the_same_and_gives_up_on_a_wrong_configuration(tmp_path: Path) -> None:
    lines = UNIT.splitlines()
    assert next(line for line in lines if line.startswith("ExecStart=")).endswith("/python -m bot")
    assert "RestartPreventExitStatus=2" in lines
    assert "DynamicUser=yes" in lines
    (given,) = [line.removeprefix("Environment=") for line in lines if line.startswith("Environment=")]
    environ = dict(word.split("=", 1) for word in given.split())
    (state,) = [line.removeprefix("StateDirectory=") for line in lines if line.startswith("StateDirectory=")]
    assert environ["ADVISOR_DB"].startswith(f"/var/lib/{state}/")
    assert settings.load(environ | {"ADVISOR_DB": str(tmp_path / "a.db")}).log_format == "json"


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    """Its user is made when it starts, and Python is where the unit says only where it is installed."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd here: install Debian's `systemd` package")
    unit = tmp_path / "finetune-advisor.service"
    unit.write_text(UNIT.replace("/opt/finetune-advisor/bin/python", sys.executable))
    found = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


@pytest.fixture
def empty() -> Iterator[Path]:
    """An empty directory that everybody may look into, unlike those of pytest."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def ordinary() -> list[str]:
    """What makes a command one of an ordinary user's, who may write nowhere else, where that can be arranged."""
    if os.geteuid() != 0:
        return []
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]
    bind = 'mount -o bind "$0" "$0" && mount -o remount,bind,ro / && exec "$@"'
    alone = subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode == 0
    return ["unshare", "-m", "sh", "-c", bind, "{data}", *nobody] if alone else nobody


def python_for(user: list[str]) -> str:
    """A Python that this user may run."""
    for python in (getattr(sys, "_base_executable", ""), "/usr/bin/python3", "/usr/local/bin/python3"):
        asked = [*user[-5:], python, "-c", "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"]
        if python and subprocess.run(asked, check=False, capture_output=True).returncode == 0:
            return str(python)
    pytest.skip("no Python 3.11 that an ordinary user may run")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_image_s_steps_work_in_an_empty_directory_for_an_ordinary_user(empty: Path) -> None:
    """Installed as the file says, started, healthy, examined, saved, ended and restored; nothing is written but in the
    volume."""
    user = ordinary()
    python, (src, opt, data) = python_for(user), (empty / "src", empty / "opt", empty / "data")
    for folder in (src, opt, data):
        folder.mkdir()
    user = [word.format(data=data) for word in user]
    for line in steps("COPY"):
        if not line.startswith("--from"):
            *names, to = line.split()
            for name in names:
                copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
                copy(ROOT / name, src / (name if to == "./" else to))
    install = steps("RUN")[0].replace("/opt/", f"{opt}/").replace("python ", f"{python} ", 1)
    done = subprocess.run(["sh", "-c", install], cwd=src, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    if user:
        os.chown(data, 65534, 65534)
    data.chmod(0o700)

    def moved(text: str) -> str:
        return text.replace("/opt/", f"{opt}/").replace("/data", str(data))

    with LocalSlack() as slack:
        health = str(free_port())
        environ = {name: moved(value.replace("$PATH", "/usr/bin:/bin")) for name, value in image_environment().items()}
        environ |= {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token, "HOME": "/nonexistent"}
        environ |= {"SLACK_API_URL": slack.api_url, "HEALTH_PORT": health}
        (entry,) = [yaml.safe_load(line) for line in steps("ENTRYPOINT")]
        entry[0] = str(opt / "advisor" / "bin" / entry[0])

        def command(*words: str) -> tuple[int, str]:
            asked = subprocess.run(
                [*user, *entry, *words], env=environ, cwd=data, check=False, capture_output=True, text=True
            )
            return asked.returncode, asked.stdout + asked.stderr

        log = empty / "log"
        with log.open("w") as out, subprocess.Popen([*user, *entry], env=environ, cwd=data, stderr=out) as process:
            try:
                until = time.monotonic() + 120
                while "ready: " not in log.read_text():
                    assert process.poll() is None, log.read_text()
                    assert time.monotonic() < until, log.read_text()
                    time.sleep(0.1)
                asked = re.search(r"CMD (\[.+\])", steps("HEALTHCHECK")[0])
                assert asked
                words = yaml.safe_load(asked[1].replace(":8080/", f":{health}/"))
                words[0] = entry[0]
                assert subprocess.run([*user, *words], env=environ, cwd=data, check=False).returncode == 0
                slack.say("U0ADA", "Our own tone, please")
                slack.wait_for(lambda: len(slack.messages("D0ADA")) == 2, timeout=30)
                status, said = command("doctor")
                assert status == 0, said
                assert command("backup", str(data / "saved.db"))[0] == 0
            finally:
                process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        status, said = command("restore", str(data / "saved.db"))
        assert status == 0, said
        assert command("verify")[0] == 0
    if user:
        theirs = [
            path for path in empty.rglob("*") if path.stat().st_uid == 65534 and data not in (path, *path.parents)
        ]
        assert theirs == []
    assert {path.name.split(".")[0] for path in data.iterdir()} == {"advisor", "saved"}


def test_the_procfile_starts_the_bot() -> None:
    assert (DEPLOY / "Procfile").read_text(encoding="utf-8") == "web: python -m bot\n"


def manifest_http(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(DEPLOY / "manifest_http.py"), *words], capture_output=True, text=True, check=False
    )


class TestManifestOverHttp:
    def test_it_is_the_one_manifest_and_what_the_documentation_adds(self) -> None:
        printed = manifest_http("https://advisor.example.com")
        assert printed.returncode == 0
        pages = [(ROOT / name).read_text() for name in ("README.md", "docs/deploy.md") if (ROOT / name).exists()]
        (block,) = re.findall(r"```yaml\n(features:.*?)```", "\n".join(pages), re.DOTALL)
        expected, added = yaml.safe_load(MANIFEST), yaml.safe_load(block)
        expected["features"]["slash_commands"][0] |= added["features"]["slash_commands"][0]
        for name, value in added["settings"].items():
            at = expected["settings"]
            at[name] = at[name] | value if isinstance(value, dict) else value
        assert yaml.safe_load(printed.stdout) == expected

    def test_its_comments_are_kept_and_nothing_else_differs(self) -> None:
        printed = manifest_http("https://advisor.example.com").stdout.splitlines()
        before = MANIFEST.splitlines()
        came = [line.strip() for line in printed if line not in before]
        url = f"https://advisor.example.com{EVENTS}"
        assert came == [f"url: {url}", f"request_url: {url}", f"request_url: {url}", "socket_mode_enabled: false"]
        assert [line for line in before if line not in printed] == ["  socket_mode_enabled: true"]

    @pytest.mark.parametrize("url", ["https://a.example.com/", f"https://a.example.com{EVENTS}"])
    def test_the_path_comes_in_once(self, url: str) -> None:
        assert manifest_http(url).stdout.count(f"https://a.example.com{EVENTS}\n") == 3

    def test_for_many_workspaces_it_says_where_people_come_back_and_opens_to_organisations(self) -> None:
        one = yaml.safe_load(manifest_http("https://a.example.com").stdout)
        many = yaml.safe_load(manifest_http("https://a.example.com", "--many").stdout)
        assert many["oauth_config"].pop("redirect_urls") == [f"https://a.example.com{REDIRECT}"]
        assert many["settings"] == one["settings"] | {"org_deploy_enabled": True}
        assert many | {"settings": one["settings"]} == one

    @pytest.mark.parametrize("words", [(), ("http://a.example.com",), ("advisor",), ("https://a.example.com?x=1",)])
    def test_an_address_slack_cannot_use_is_refused(self, words: tuple[str, ...]) -> None:
        refused = manifest_http(*words)
        assert (refused.returncode, refused.stdout) == (2, "")


def test_replicas_run_on_the_server_beside_them_and_not_on_a_file() -> None:
    """They start with a profile alone; everything else about them is as of the one."""
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    replica, server = services["replica"], services["postgres"]
    assert replica["profiles"] == server["profiles"] == ["postgres"]
    assert "profiles" not in services["advisor"]
    of_a_file = {"env_file", "volumes", "ports"}
    assert all(replica[name] == value for name, value in services["advisor"].items() if name not in of_a_file)
    environ = image_environment() | replica["environment"] | {
        "SLACK_BOT_TOKEN": "xoxb-1-2-3", "SLACK_APP_TOKEN": "xapp-1-2-3",
        "DATABASE_URL": f"postgresql://{server['environment']['POSTGRES_USER']}:x@postgres/advisor",
    }  # fmt: skip
    assert settings.load(environ).database_url == environ["DATABASE_URL"]
    assert "[postgres]" in steps("RUN")[0]
