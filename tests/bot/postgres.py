"""A PostgreSQL server of our own on loopback, for the tests that need one."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest


@contextmanager
def cluster(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """The address of a server that lives as long as the block, and waits for its disk where it is to be ``durable``;
    where none is installed the test is skipped, and in CI it fails."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = shutil.which("initdb")
    if not (programs or found):
        what = "no PostgreSQL server here: apt-get install postgresql, or whatever your system calls it"
        if os.environ.get("CI"):
            pytest.fail(what)
        pytest.skip(what)
    program = programs[-1] if programs else Path(str(found)).parent
    data, who = folder / "data", dict[str, Any]()
    folder.chmod(0o711)
    for parent in folder.parents:  # pytest's folders are their owner's alone
        if parent.stat().st_uid == os.getuid() and not parent.stat().st_mode & 0o001 and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o001)
    if os.geteuid() == 0:  # it refuses to be run by root
        who = {"user": "postgres", "group": "postgres", "extra_groups": []}
        data.mkdir()
        shutil.chown(data, "postgres", "postgres")
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    made = ["-D", str(data), "-A", "trust", "-U", "advisor", "--no-sync", "-E", "UTF8", "--locale=C"]
    subprocess.run([program / "initdb", *made], check=True, **who, **quiet)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    set_to = {
        "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "",
        "fsync": "on" if durable else "off", "max_connections": 200, "shared_buffers": "64MB",
    }  # fmt: skip
    options = [word for name, value in set_to.items() for word in ("-c", f"{name}={value}")]
    server = subprocess.Popen([program / "postgres", "-D", str(data), *options], **who, **quiet)
    try:
        url = f"postgresql://advisor@127.0.0.1:{port}/postgres"
        for _ in range(600):
            try:
                psycopg.connect(url, connect_timeout=1).close()
                break
            except psycopg.OperationalError:
                with suppress(subprocess.TimeoutExpired):
                    raise AssertionError(f"it has ended with {server.wait(0.05)}") from None
        yield url
    finally:
        server.send_signal(2)
        server.wait(30)


def database(url: str, name: str) -> str:
    """A new database on the server, and its address."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}"')
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def main() -> int:
    """``python -m tests.bot.postgres [what pytest takes]``: tests of tests/bot, their bots on a server of its own."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, cluster(Path(folder)) as url:
        environ = os.environ | {"TEST_POSTGRES": url}
        status = subprocess.run([sys.executable, "-m", "pytest", *sys.argv[1:]], env=environ, check=False).returncode
        with psycopg.connect(url) as conn:
            ((kept_here,),) = conn.execute("SELECT count(*) FROM pg_database WHERE datname ~ '^t[0-9a-f]{8}'")
        print(f"{kept_here} databases on it")
        return status or not kept_here  # or all of them were on files


if __name__ == "__main__":
    sys.exit(main())
