"""What an operator can have done: ``python -m bot WORD``, on the database alone (``doctor`` asks Slack too)."""

from collections.abc import Mapping
from pathlib import Path

from bot import settings
from bot.commands.done import DONE, WRONG, Say
from bot.settings import BadSettings
from bot.store.claim import Claimed
from bot.store.database import StoreError

USAGE = """Usage: python -m bot [COMMAND]
  (nothing)                start the bot: a browser page without tokens, Slack with them (docs/deploy.md)
  doctor                   look whether all that is needed is there, and what is lost by what is not
  stats                    count checks, verdicts and where people leave off: no names, no words
  verify                   look whether what is kept is what was written
  backup FILE              copy the database, while the bot runs
  restore FILE             put a backup in its place, while it does not
  copy FILE URL            copy the database into an empty one on PostgreSQL, and compare
  copy URL FILE            and back, into a new file
  purge TEAM [--dry-run]   delete everything of a workspace, or count it
  key                      print a new key for ADVISOR_SECRET_KEY (docs/deploy.md, Many workspaces)
  prices MODEL [IN OUT]    what is known of a model's prices, and a call with so many tokens in and out
  --help, --version
Exit status: 0 done, 1 something was found, 2 wrong usage or configuration, 3 Slack could not be reached."""


def run(words: list[str], environ: Mapping[str, str], say: Say, complain: Say) -> int:
    """Do what was asked; returns the exit status. ``complain`` takes what keeps it from being done."""
    try:
        match words:
            case ["key"]:
                say(settings.new_key())
                return DONE
            case ["doctor"]:
                from bot.commands.doctor import doctor

                return doctor(environ, say)
            case ["stats"]:
                from bot.commands.kept import stats

                return stats(settings.load(environ), say)
            case ["purge", team, *more] if more in ([], ["--dry-run"]):
                from bot.commands.kept import purge

                return purge(settings.load(environ), team, say, dry_run=bool(more))
            case ["verify"]:
                from bot.commands.copies import verify

                return verify(settings.database(environ), settings.database_url(environ), say)
            case ["backup" | "restore" as what, _] if settings.database_url(environ):
                complain(
                    f"{what} is for an SQLite file, and DATABASE_URL is set: `pg_dump --format=custom` makes a backup"
                    " of a PostgreSQL database, `pg_restore` puts it back (docs/deploy.md, More than one process)."
                )
            case ["backup", file]:
                from bot.commands.copies import backup

                return backup(settings.database(environ), Path(file), say)
            case ["restore", file]:
                from bot.commands.copies import restore

                return restore(Path(file), settings.database(environ), say)
            case ["copy", source, file] if source.startswith(("postgres:", "postgresql:")):
                from bot.commands.copies import bring_back

                return bring_back(settings.postgres(source), Path(file.removeprefix("sqlite:")), say)
            case ["copy", file, url]:
                from bot.commands.copies import copy

                return copy(Path(file.removeprefix("sqlite:")), settings.postgres(url), say)
            case ["prices", *asked]:
                from bot.commands.prices import prices

                if (done := prices(asked, say)) is not None:
                    return done
                complain(USAGE)
            case _:
                complain(USAGE)
    except BadSettings as error:
        for fault in error.faults:
            complain(fault)
    except (StoreError, Claimed) as error:
        complain(str(error))
    except OSError as error:
        complain(f"{error.filename or ''}: {error.strerror or error}")
    return WRONG
