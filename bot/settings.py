"""Environment -> Settings. Everything missing or wrong is found in one go, each with its mend."""

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar, cast, get_args
from urllib.parse import urlsplit

Mode = Literal["local", "socket", "http"]
WordingMode = Literal["off", "select", "prose"]
LogFormat = Literal["text", "json"]
T = TypeVar("T")

SLACK_API = "https://slack.com/api/"  # slack_sdk's own default; a test compares the two
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class BadSettings(Exception):
    """The environment cannot be used; ``str()`` names every fault and its mend, one a line, as ``faults``."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the bot runs with: ``socket`` has both tokens, ``http`` bot token and secret, ``local`` none.

    ``api_url`` ends with "/"; ``port`` 1..65535, ``retention_days`` 1..36500, ``log_level`` in LOG_LEVELS.
    ``wording`` is "off" without ``anthropic_api_key``; ``model`` None leaves the choice to the bot.
    """

    mode: Mode
    bot_token: str | None = field(repr=False)
    app_token: str | None = field(repr=False)
    signing_secret: str | None = field(repr=False)
    api_url: str
    host: str
    port: int
    db: Path
    anthropic_api_key: str | None = field(repr=False)
    anthropic_base_url: str | None
    model: str | None
    wording: WordingMode
    retention_days: int
    log_level: str
    log_format: LogFormat = "text"
    health_port: int | None = None
    """Where health and metrics are told, beside ``port`` in HTTP mode; ``None``: nowhere else."""
    database_url: str | None = field(default=None, repr=False)
    """A PostgreSQL database instead of ``db``; it may carry a password."""
    rules_url: str = ""
    """Where the rules can be read, without "#"; empty: sections stay text."""


def load(environ: Mapping[str, str]) -> Settings:
    """Read the settings; values are stripped and an empty one counts as not set. Makes the database's folder.

    Raises BadSettings, naming all faults at once. No secret is ever part of a message or a repr.
    """
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    faults: list[str] = []

    def read(name: str, default: T, convert: Callable[[str], T]) -> T:
        try:
            return convert(given[name]) if name in given else default
        except ValueError as fault:
            faults.append(f"{name} {fault}")
            return default

    mode = _mode(given, faults)
    key = read("ANTHROPIC_API_KEY", None, _key)
    wording = read("ADVISOR_WORDING", "prose" if key else "off", _one_of(*get_args(WordingMode)))
    if wording != "off" and "ANTHROPIC_API_KEY" not in given:
        faults.append(f"ADVISOR_WORDING={wording} needs ANTHROPIC_API_KEY: set it, or ADVISOR_WORDING=off")
    db = read("ADVISOR_DB", _usual_place(), _path)
    database_url = read("DATABASE_URL", None, _database_url)
    if database_url and "ADVISOR_DB" in given and mode != "local":
        faults.append("DATABASE_URL and ADVISOR_DB are both set: unset the one that is not to be used")
    if unusable := check_database(db):
        faults.append(unusable)
    # Slack calls from outside; the local page is for this machine alone, whatever HOST says.
    host = "127.0.0.1" if mode == "local" else read("HOST", "0.0.0.0" if mode == "http" else "127.0.0.1", _host)  # noqa: S104
    settings = Settings(
        mode=mode,
        bot_token=given.get("SLACK_BOT_TOKEN"),
        app_token=given.get("SLACK_APP_TOKEN"),
        signing_secret=given.get("SLACK_SIGNING_SECRET"),
        api_url=read("SLACK_API_URL", SLACK_API, _address(SLACK_API)),
        host=host,
        port=read("PORT", 8765 if mode == "local" else 3000, _whole(1, 65_535)),
        health_port=read("HEALTH_PORT", None, _whole(1, 65_535)),
        log_format=cast("LogFormat", read("LOG_FORMAT", "text", _one_of(*get_args(LogFormat)))),
        db=db,
        database_url=database_url,
        anthropic_api_key=key,
        anthropic_base_url=read("ANTHROPIC_BASE_URL", None, _address("https://api.anthropic.com/")),
        model=given.get("ADVISOR_MODEL"),
        wording=cast("WordingMode", wording),
        retention_days=read("ADVISOR_RETENTION_DAYS", 365, _whole(1, 36_500)),
        rules_url=read("ADVISOR_RULES_URL", "", _page),
        log_level=read("LOG_LEVEL", "INFO", lambda text: _one_of(*LOG_LEVELS)(text.upper())),
    )
    if settings.health_port == settings.port and mode != "socket":
        faults.append(f"HEALTH_PORT is PORT ({settings.port}): give it one of its own")
    if faults:
        raise BadSettings(faults)
    return settings


def database(environ: Mapping[str, str]) -> Path:
    """Where the database is, whatever else is set and whatever is there.

    Raises:
        BadSettings: it can't be said.
    """
    try:
        return _path(given) if (given := environ.get("ADVISOR_DB", "").strip()) else _usual_place()
    except ValueError as fault:
        raise BadSettings([f"ADVISOR_DB {fault}"]) from None


def postgres(text: str) -> str:
    """The address of a PostgreSQL database, as somebody has typed it.

    Raises:
        BadSettings: it is none.
    """
    try:
        return _database_url(text)
    except ValueError as fault:
        raise BadSettings([f"That {fault}"]) from None


def check_database(path: Path) -> str | None:
    """Say what keeps ``path`` from being our SQLite file, and the mend, or None. Makes its folder.

    Call it before the file is open: closing a second handle drops the process's own SQLite locks on it.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite writes its journal beside the file; trying is the only answer that also holds for root.
        tempfile.TemporaryFile(dir=path.parent).close()
        if not path.exists():
            return None
        if not path.is_file():
            return f"ADVISOR_DB: {path} is not a file: name a file, such as {path / 'advisor.db'}"
        with path.open("r+b") as file:
            start = file.read(16)
    except OSError as error:
        return f"ADVISOR_DB: {path} cannot be written ({error}): change its owner or name another file"
    if start not in (b"", b"SQLite format 3\x00"):
        return f"ADVISOR_DB: {path} is not an SQLite database: name another file"
    return None


def _mode(given: Mapping[str, str], faults: list[str]) -> Mode:
    bot, app = given.get("SLACK_BOT_TOKEN", ""), given.get("SLACK_APP_TOKEN", "")
    secret = given.get("SLACK_SIGNING_SECRET", "")
    if bot.startswith("xapp-") and app.startswith("xoxb-"):
        faults.append("SLACK_BOT_TOKEN and SLACK_APP_TOKEN are swapped: exchange them")
    else:
        faults += filter(None, (_token_fault(bot, "SLACK_BOT_TOKEN"), _token_fault(app, "SLACK_APP_TOKEN")))
    if secret.startswith(("xox", "xapp-")):
        faults.append("SLACK_SIGNING_SECRET holds a token: copy the Signing Secret from Basic Information")
    elif secret and (len(secret) < 32 or re.search(r"\s", secret)):
        mend = "copy all 32 characters, without spaces"
        faults.append(f"SLACK_SIGNING_SECRET has spaces or is too short ({len(secret)} characters): {mend}")
    if bot and not (app or secret):
        faults.append(
            "SLACK_BOT_TOKEN is set alone: add SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP),"
            " or unset it to try the bot locally"
        )
    for name, other in (("SLACK_APP_TOKEN", app), ("SLACK_SIGNING_SECRET", secret)):
        if other and not bot:
            faults.append(f"{name} is set without SLACK_BOT_TOKEN: add that, or unset this to run locally")
    if bot or app:
        return "socket" if app else "http"
    return "http" if secret else "local"


# What people paste by mistake, by how it starts; first match wins.
_PASTED = (
    ("xoxp-", "a user token", "copy the Bot User OAuth Token"),
    ("xoxe", "a rotated token, which is not supported", "use an app without token rotation"),
    ("xapp-", "an app-level token", "put it into SLACK_APP_TOKEN"),
    ("xoxb-", "a bot token", "put it into SLACK_BOT_TOKEN"),
    ("", "not a token", "copy it again, without quotes or spaces"),
)


def _token_fault(token: str, name: str) -> str | None:
    start, source = {
        "SLACK_BOT_TOKEN": ("xoxb-", "OAuth & Permissions"),
        "SLACK_APP_TOKEN": ("xapp-", "Basic Information, App-Level Tokens"),
    }[name]
    if not token or re.fullmatch(rf"{start}[A-Za-z0-9-]+", token):
        return None
    what, mend = next(rest for prefix, *rest in _PASTED if prefix != start and token.startswith(prefix))
    # Less than the beginning of a token could be most of a password.
    shown = f"{token[:5]}…, {len(token)} characters" if len(token) >= 20 else f"{len(token)} characters"
    return f"{name} is {what} ({shown}): {mend}; it starts with {start} and stands under {source}"


def _key(text: str) -> str | None:
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError("has a space or a character no key has in it: copy it again")
    return text


def _one_of(*options: str) -> Callable[[str], str]:
    def convert(text: str) -> str:
        if text not in options:
            raise ValueError(f"is {text[:20]!r}: use one of {', '.join(options)}")
        return text

    return convert


def _whole(low: int, high: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"is {text[:20]!r}: use a whole number from {low} to {high}")
        return int(text)

    return convert


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", text):
        raise ValueError(f"is {text[:40]!r}: use an address such as 0.0.0.0 or ::, no brackets, no http://")
    return text


def _address(usual: str) -> Callable[[str], str]:
    def convert(text: str) -> str:
        mend = f"is not a web address: use one such as {usual}"  # not shown: it may carry a password
        try:
            parts = urlsplit(text)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            raise ValueError(mend) from None
        if not usable or re.search(r"[\s@?#]", text):
            raise ValueError(mend)
        return text.rstrip("/") + "/"

    return convert


def _database_url(text: str) -> str:
    usual = "postgresql://advisor@localhost/advisor"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("postgresql", "postgres") and len(parts.path) > 1 and parts.port != 0
    except ValueError:
        usable = False
    if not usable:  # not shown: it may carry a password
        raise ValueError(f"is not the address of a PostgreSQL database: use one such as {usual}")
    return text


def _page(text: str) -> str:
    return _address("https://example.org/rules.md")(text).rstrip("/")


def _usual_place() -> Path:
    import platformdirs  # of use at a start alone

    return platformdirs.user_state_path("finetune-advisor") / "advisor.db"


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError(f"is {text[:40]!r}: there is no such home folder, write the path out") from None
