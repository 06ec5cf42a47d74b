"""The file a workspace is kept in, so that a restart shows the same conversations again."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TABLES = """
create table if not exists message (
    channel text not null, ts text not null, body text not null, primary key (channel, ts)
) strict;
create table if not exists file (id text primary key, name text not null, body blob not null) strict;
"""


class Unusable(Exception):
    """The file can't be used; the message says why and what to do."""


class Archive:
    """One SQLite file. Not thread-safe by itself: `Workspace` calls it under its own lock."""

    def __init__(self, path: str | Path) -> None:
        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # private before the first word is in it
        self._sqlite = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        try:
            # A lost last line after a power cut is fine in a place for trying things out; an fsync a message is not.
            self._sqlite.execute("pragma synchronous = off")
            self._sqlite.executescript(TABLES)
        except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter: a damaged name is quoted
            self._sqlite.close()
            raise Unusable(f"{file}: {error}. Move it away, then start again.") from None

    def messages(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every message with its channel, oldest first."""
        for channel, body in self._sqlite.execute("select channel, body from message order by ts"):
            yield channel, json.loads(body)

    def put(self, channel: str, message: dict[str, Any]) -> None:
        """Keep a message, new or changed."""
        self._sqlite.execute(
            "insert or replace into message (channel, ts, body) values (?, ?, ?)",
            (channel, message["ts"], json.dumps(message)),
        )

    def drop(self, channel: str, ts: str) -> None:
        """Forget a message."""
        self._sqlite.execute("delete from message where channel = ? and ts = ?", (channel, ts))

    def put_file(self, file_id: str, name: str, body: bytes) -> None:
        """Keep a file."""
        self._sqlite.execute("insert or replace into file values (?, ?, ?)", (file_id, name, body))

    def files(self) -> Iterator[tuple[str, str, bytes]]:
        """(id, name, body) of every file."""
        yield from self._sqlite.execute("select id, name, body from file")

    def close(self) -> None:
        """Close the file."""
        self._sqlite.close()
