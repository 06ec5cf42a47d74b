"""Which of the two engines keeps it: an SQLite file, or the PostgreSQL database of ``DATABASE_URL``."""

from importlib.util import find_spec
from pathlib import Path

from bot.store.database import Store, StoreError


def opened(file: Path, url: str | None) -> Store:
    """The store there, with the layout of this release.

    Raises:
        StoreError: it can't be used.
    """
    if not url:
        from bot.store.sqlite import Store as File

        return File(file)
    with_driver()
    from bot.store.postgres import Store as Shared

    return Shared(url)


def with_driver() -> None:
    """See that PostgreSQL's driver is there: an extra, the default has none.

    Raises:
        StoreError: it is not.
    """
    if not find_spec("psycopg_pool"):
        raise StoreError("PostgreSQL needs a driver: pip install 'finetune-advisor[postgres]'")
