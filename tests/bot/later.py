"""The release after this one, as far as a replica of this one can tell the difference: ``python -m tests.bot.later``
where ``python -m bot`` is started.

Its layout has more, what it puts into the outbox only it can read, and what a check is called it keeps under a verb
that this one has not.
"""

import json
from typing import Any

from advisor.session import Entry
from bot import __main__, messages
from bot.messages import OutgoingMessage
from bot.store import checks, layout, queue
from bot.store.schema import MIGRATIONS

_THIS, _LATER = "title", "named"


def m999_later(db: Any) -> None:
    """As the next release expands the layout: what is new has a value for whoever knows nothing of it."""
    db.execute("ALTER TABLE sessions ADD COLUMN colour TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE outbox ADD COLUMN colour TEXT NOT NULL DEFAULT ''")
    db.execute("CREATE TABLE later (id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT NOT NULL) STRICT")


def released() -> None:
    """From here on this process is of that release."""
    layout.MIGRATIONS = (*MIGRATIONS, m999_later)  # type: ignore[assignment,attr-defined]
    stored, restored, summed = OutgoingMessage.stored, messages.restored, checks._summed

    def stored_later(outgoing: OutgoingMessage, **more: Any) -> str:
        row = json.loads(stored(outgoing, **more))
        return json.dumps(row | {"on_result": {"kind": "of_a_later_release", "told": row["on_result"]}})

    def restored_later(said: str, **more: Any) -> OutgoingMessage:
        row = json.loads(said)
        if (told := row.get("on_result")) and told["kind"] == "of_a_later_release":
            row["on_result"] = told["told"]
        return restored(json.dumps(row), **more)

    def summed_later(table: str, *cells: str | int) -> dict[str, str | int]:
        named = table == "answers" and cells[2] == _THIS
        return summed(table, *((*cells[:2], _LATER, *cells[3:]) if named else cells))

    def entry_later(**cells: Any) -> Entry:
        return Entry(**cells | {"verb": _THIS} if cells["verb"] == _LATER else cells)

    OutgoingMessage.stored = stored_later  # type: ignore[method-assign,assignment]
    queue.restored = restored_later  # type: ignore[attr-defined]
    checks._summed, checks.Entry = summed_later, entry_later  # type: ignore[assignment,attr-defined]


if __name__ == "__main__":
    released()
    __main__.main()
