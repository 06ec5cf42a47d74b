"""Environment -> Settings. Everything missing or wrong is found in one go, each with its mend."""

import base64
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar, cast, get_args
from urllib.parse import urlsplit

Mode = Literal["local", "socket", "http", "workspaces"]
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
    """What the bot runs with: ``socket`` has both tokens, ``http`` bot token and secret, ``local`` none; ``workspaces``
    is HTTP for whoever installs the app, with all that has a default here set.

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
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    secret_keys: tuple[str, ...] = field(default=(), repr=False)
    """Tokens are sealed with the first; all of them open."""
    public_url: str = ""
    """Where a browser and Slack reach the bot; ends with "/"."""
    allow: frozenset[str] = frozenset()
    """Who may use it: E…, T…, T…/U…, T…/C…; empty: everybody."""


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
    many = mode == "workspaces"
    key = read("ANTHROPIC_API_KEY", None, _key)
    wording = read("ADVISOR_WORDING", "prose" if key else "off", _one_of(*get_args(WordingMode)))
    if wording != "off" and "ANTHROPIC_API_KEY" not in given:
        faults.append(f"ADVISOR_WORDING={wording} needs ANTHROPIC_API_KEY: set it, or ADVISOR_WORDING=off")
    db = read("ADVISOR_DB", _usual_place(), _path)
    database_url = read("DATABASE_URL", None, _database_url)
    if database_url and "ADVISOR_DB" in given and mode != "local":
        faults.append("DATABASE_URL and ADVISOR_DB are both set: unset the one that is not to be used")
    if (mode == "local" or not database_url) and (unusable := check_database(db)):
        faults.append(unusable)
    # Slack calls from outside; the local page is for this machine alone, whatever HOST says.
    host = "127.0.0.1" if mode == "local" else read("HOST", "0.0.0.0" if many or mode == "http" else "127.0.0.1", _host)  # noqa: S104
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
        client_id=read("SLACK_CLIENT_ID", "", _client_id) if many else "",
        client_secret=read("SLACK_CLIENT_SECRET", "", _client_secret) if many else "",
        secret_keys=read("ADVISOR_SECRET_KEY", (), _secret_keys) if many else (),
        public_url=read("PUBLIC_URL", "", _public) if many else "",
        allow=read("ADVISOR_ALLOW", frozenset(), _allowed),
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


def database_url(environ: Mapping[str, str]) -> str | None:
    """The PostgreSQL database in its place, likewise."""
    given = environ.get("DATABASE_URL", "").strip()
    try:
        return _database_url(given) if given else None
    except ValueError as fault:
        raise BadSettings([f"DATABASE_URL {fault}"]) from None


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


_MANY = {
    "SLACK_CLIENT_ID": "Basic Information, App Credentials",
    "SLACK_CLIENT_SECRET": "Basic Information, App Credentials",
    "SLACK_SIGNING_SECRET": "Basic Information, App Credentials",
    "ADVISOR_SECRET_KEY": "`python -m bot key` prints one",
    "PUBLIC_URL": "where a browser reaches this bot, https://…",
}
"""What many workspaces need, and where it is found. PUBLIC_URL alone means nothing: some platforms set it."""


def _mode(given: Mapping[str, str], faults: list[str]) -> Mode:
    if many := [name for name in _MANY if name in given and name not in ("SLACK_SIGNING_SECRET", "PUBLIC_URL")]:
        faults += _faults_of_many(given, many)
        return "workspaces"
    return _mode_of_one(given, faults)


def _faults_of_many(given: Mapping[str, str], named: list[str]) -> Iterator[str]:
    if ones := [name for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN") if name in given]:
        one, two = " and ".join(ones), " and ".join(named)
        yield f"{one} {'are' if ones[1:] else 'is'} for one workspace, {two} for many: unset the one or the other"
        return
    if missing := [name for name in _MANY if name not in given]:
        where = ", ".join(f"{name} ({_MANY[name]})" for name in missing)
        there = " and ".join(named)
        unset = "those" if named[1:] else "this"
        yield f"{there} {'are' if named[1:] else 'is'} set without {where}: add what is missing, or unset {unset}"
    yield from filter(None, [_signing_fault(given.get("SLACK_SIGNING_SECRET", ""))])


def _mode_of_one(given: Mapping[str, str], faults: list[str]) -> Mode:
    bot, app = given.get("SLACK_BOT_TOKEN", ""), given.get("SLACK_APP_TOKEN", "")
    secret = given.get("SLACK_SIGNING_SECRET", "")
    if bot.startswith("xapp-") and app.startswith("xoxb-"):
        faults.append("SLACK_BOT_TOKEN and SLACK_APP_TOKEN are swapped: exchange them")
    else:
        faults += filter(None, (_token_fault(bot, "SLACK_BOT_TOKEN"), _token_fault(app, "SLACK_APP_TOKEN")))
    faults += filter(None, [_signing_fault(secret)])
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


def _signing_fault(secret: str) -> str | None:
    if secret.startswith(("xox", "xapp-")):
        return "SLACK_SIGNING_SECRET holds a token: copy the Signing Secret from Basic Information"
    if secret and (len(secret) < 32 or re.search(r"\s", secret)):
        mend = "copy all 32 characters, without spaces"
        return f"SLACK_SIGNING_SECRET has spaces or is too short ({len(secret)} characters): {mend}"
    return None


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


def _client_id(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,20}\.[0-9]{1,20}", text):
        raise ValueError("is two numbers with a dot between them: copy it from Basic Information, App Credentials")
    return text


def _client_secret(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]{32,64}", text):
        mend = "copy all 32 characters from Basic Information, App Credentials"
        raise ValueError(f"is not a client secret ({len(text)} characters): {mend}")
    return text


def _secret_keys(text: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(","))
    for n, key in enumerate(keys, 1):
        try:
            good = len(base64.b64decode(key, altchars=b"-_", validate=True)) == _KEY_BYTES
        except ValueError:
            good = False
        if not good:
            which = f"number {n} of its {len(keys)} keys is none" if keys[1:] else "is no key"
            raise ValueError(f"{which}: `python -m bot key` prints one; several stand with commas between them")
    return keys


_KEY_BYTES = 32


def new_key() -> str:
    """A key for ADVISOR_SECRET_KEY."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def _public(text: str) -> str:
    address = _address("https://advisor.example.com/")(text)
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError("begins with http://: Slack sends people to https:// alone")
    return address


def _allowed(text: str) -> frozenset[str]:
    found = frozenset(one.strip() for one in text.split(",") if one.strip())
    for one in sorted(found):
        if not re.fullmatch(r"E[A-Z0-9]+|T[A-Z0-9]+(/[UWCG][A-Z0-9]+)?", one):
            forms = "T… (a workspace), T…/U… (a person), T…/C… (a channel) or E… (an organisation)"
            raise ValueError(f"has {one[:12]!r} in it: write {forms}, with commas between them")
    return found


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
