"""What the environment means, and that a person learns everything wrong with it in one go."""

from pathlib import Path

import pytest
from slack_sdk import WebClient

from bot.settings import SLACK_API, BadSettings, Settings, check_database, load, new_key
from bot.store.sqlite import sqlite3

ANYWHERE = "0.0.0.0"  # noqa: S104  nothing is bound here
BOT = "xoxb-111111111111-222222222222-AbCdEfGhIjKlMnOp"
APP = "xapp-1-A0000000000-3333333333333-0123456789abcdef"
SECRET = "0123456789abcdef0123456789abcdef"
KEY = "sk-ant-api03-not-a-real-key"

Env = dict[str, str]


@pytest.fixture
def env(tmp_path: Path) -> Env:
    return {"ADVISOR_DB": str(tmp_path / "advisor.db")}


def faults(environ: Env) -> tuple[str, ...]:
    with pytest.raises(BadSettings) as caught:
        load(environ)
    assert str(caught.value).splitlines() == list(caught.value.faults)
    return caught.value.faults


def test_nothing_set_is_local_on_loopback(env: Env, tmp_path: Path) -> None:
    """The first run needs no setting at all."""
    assert load(env) == Settings(
        mode="local",
        bot_token=None,
        app_token=None,
        signing_secret=None,
        api_url=SLACK_API,
        host="127.0.0.1",
        port=8765,
        db=tmp_path / "advisor.db",
        anthropic_api_key=None,
        anthropic_base_url=None,
        model=None,
        wording="off",
        retention_days=365,
        log_level="INFO",
    )


def test_the_database_stands_in_the_users_state_folder_when_nobody_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``platformdirs`` decides where, and the folder is there afterwards."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    db = load({}).db
    assert db.name == "advisor.db"
    assert "finetune-advisor" in db.parts
    assert db.parent.is_dir()
    assert not db.exists()


def test_our_default_api_address_is_slack_sdks() -> None:
    """The address is written here because slack_sdk may not be imported in settings."""
    assert SLACK_API == WebClient.BASE_URL


@pytest.mark.parametrize(
    ("given", "mode", "host", "port"),
    [
        ({}, "local", "127.0.0.1", 8765),
        ({"HOST": ANYWHERE, "PORT": "9000"}, "local", "127.0.0.1", 9000),
        ({"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP}, "socket", "127.0.0.1", 3000),
        (
            {"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP, "SLACK_SIGNING_SECRET": SECRET},
            "socket",
            "127.0.0.1",
            3000,
        ),
        ({"SLACK_BOT_TOKEN": BOT, "SLACK_SIGNING_SECRET": SECRET}, "http", ANYWHERE, 3000),
        (
            {"SLACK_BOT_TOKEN": BOT, "SLACK_SIGNING_SECRET": SECRET, "HOST": "::", "PORT": "80"},
            "http",
            "::",
            80,
        ),
    ],
)
def test_the_mode_follows_from_what_is_set(env: Env, given: Env, mode: str, host: str, port: int) -> None:
    """Socket Mode wins over HTTP; only HTTP listens beyond this machine."""
    settings = load(env | given)
    assert (settings.mode, settings.host, settings.port) == (mode, host, port)


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_an_empty_value_is_not_set(env: Env, blank: str) -> None:
    """A template with empty lines starts local mode with every default."""
    slack = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL", "HOST", "PORT")
    ours = ("ANTHROPIC_API_KEY", "ADVISOR_MODEL", "ADVISOR_WORDING", "ADVISOR_RETENTION_DAYS", "LOG_LEVEL")
    assert load(env | dict.fromkeys(slack + ours, blank)) == load(env)


def test_values_are_stripped(env: Env) -> None:
    """A newline that came with a secret file does no harm."""
    settings = load(env | {"SLACK_BOT_TOKEN": f" {BOT}\n", "SLACK_SIGNING_SECRET": f"{SECRET}\n", "PORT": " 80 "})
    assert (settings.bot_token, settings.signing_secret, settings.port) == (BOT, SECRET, 80)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"SLACK_BOT_TOKEN": BOT}, ["SLACK_BOT_TOKEN is set alone"]),
        ({"SLACK_APP_TOKEN": APP}, ["SLACK_APP_TOKEN is set without SLACK_BOT_TOKEN"]),
        ({"SLACK_SIGNING_SECRET": SECRET}, ["SLACK_SIGNING_SECRET is set without SLACK_BOT_TOKEN"]),
        (
            {"SLACK_APP_TOKEN": APP, "SLACK_SIGNING_SECRET": SECRET},
            ["SLACK_APP_TOKEN is set without", "SLACK_SIGNING_SECRET is set without"],
        ),
        ({"SLACK_BOT_TOKEN": APP, "SLACK_APP_TOKEN": BOT}, ["are swapped"]),
        ({"SLACK_BOT_TOKEN": f'"{BOT}"', "SLACK_APP_TOKEN": APP}, ["SLACK_BOT_TOKEN is not a token"]),
        ({"SLACK_BOT_TOKEN": "xoxb-", "SLACK_APP_TOKEN": APP}, ["SLACK_BOT_TOKEN is not a token"]),
        ({"SLACK_BOT_TOKEN": "xoxp-1-2-3", "SLACK_APP_TOKEN": APP}, ["SLACK_BOT_TOKEN is a user token"]),
        ({"SLACK_BOT_TOKEN": "xoxe.xoxb-1-2", "SLACK_APP_TOKEN": APP}, ["SLACK_BOT_TOKEN is a rotated token"]),
        ({"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": BOT}, ["SLACK_APP_TOKEN is a bot token"]),
        ({"SLACK_BOT_TOKEN": APP, "SLACK_APP_TOKEN": APP}, ["SLACK_BOT_TOKEN is an app-level token"]),
        (
            {"SLACK_BOT_TOKEN": BOT, "SLACK_SIGNING_SECRET": SECRET[:20]},
            ["SLACK_SIGNING_SECRET has spaces or is too short (20 "],
        ),
        (
            {"SLACK_BOT_TOKEN": BOT, "SLACK_SIGNING_SECRET": SECRET + " x"},
            ["SLACK_SIGNING_SECRET has spaces or is too short (34 "],
        ),
        ({"SLACK_BOT_TOKEN": BOT, "SLACK_SIGNING_SECRET": APP}, ["SLACK_SIGNING_SECRET holds a token"]),
        ({"PORT": "0"}, ["PORT is '0'"]),
        ({"PORT": "65536"}, ["PORT is '65536'"]),
        ({"PORT": "8000", "HEALTH_PORT": "8000"}, ["HEALTH_PORT is PORT (8000)"]),
        ({"PORT": "http"}, ["PORT is 'http'"]),
        ({"PORT": "²"}, ["PORT is '²'"]),
        ({"PORT": "9" * 5000}, ["PORT is '9999"]),
        ({"SLACK_API_URL": "slack.com/api"}, ["SLACK_API_URL is not a web address"]),
        ({"SLACK_API_URL": "ftp://slack.com/api"}, ["SLACK_API_URL is not a web address"]),
        ({"SLACK_API_URL": "http://[::1/api"}, ["SLACK_API_URL is not a web address"]),
        ({"SLACK_API_URL": "http://slack.com:99999"}, ["SLACK_API_URL is not a web address"]),
        ({"SLACK_API_URL": "http://me:hunter2@slack.com"}, ["SLACK_API_URL is not a web address"]),
        ({"SLACK_API_URL": "https://slack.com/api?x=1"}, ["SLACK_API_URL is not a web address"]),
        (
            {"SLACK_BOT_TOKEN": BOT, "SLACK_SIGNING_SECRET": SECRET, "HOST": "http://0.0.0.0"},
            ["HOST is 'http://0.0.0.0'"],
        ),
        ({"ADVISOR_WORDING": "poem"}, ["ADVISOR_WORDING is 'poem'"]),
        ({"ADVISOR_WORDING": "select"}, ["ADVISOR_WORDING=select needs ANTHROPIC_API_KEY"]),
        ({"ANTHROPIC_API_KEY": "sk ant"}, ["ANTHROPIC_API_KEY has a space"]),
        ({"ADVISOR_RETENTION_DAYS": "0"}, ["ADVISOR_RETENTION_DAYS is '0'"]),
        ({"LOG_LEVEL": "LOUD"}, ["LOG_LEVEL is 'LOUD'"]),
        ({"ADVISOR_DB": "~no-such-person-here/a.db"}, ["ADVISOR_DB is"]),
    ],
)
def test_each_fault_is_named_and_nothing_else(
    env: Env, given: Env, said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line a fault, and each line says more than that: a colon stands before the mend."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    lines = faults(env | given)
    assert len(lines) == len(said), lines
    for line, part in zip(lines, said, strict=True):
        assert part in line
        assert ": " in line


def test_every_fault_is_told_at_once(env: Env, tmp_path: Path) -> None:
    """Nobody mends one setting only to be told of the next."""
    (tmp_path / "advisor.db").write_text("this is no database, it is a shopping list")
    lines = faults(
        env
        | {
            "SLACK_BOT_TOKEN": "xoxp-1-2-3",
            "SLACK_SIGNING_SECRET": "short",
            "SLACK_API_URL": "nowhere",
            "HOST": "a b",
            "PORT": "many",
            "ADVISOR_WORDING": "poem",
            "ADVISOR_RETENTION_DAYS": "-1",
            "LOG_LEVEL": "LOUD",
            "LOG_FORMAT": "xml",
            "HEALTH_PORT": "off",
        }
    )
    assert [line.split()[0].rstrip(":") for line in lines] == [
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "ADVISOR_WORDING",
        "ADVISOR_DB",
        "HOST",
        "SLACK_API_URL",
        "PORT",
        "HEALTH_PORT",
        "LOG_FORMAT",
        "ADVISOR_RETENTION_DAYS",
        "LOG_LEVEL",
    ]


def test_secrets_stand_in_no_repr(env: Env) -> None:
    """A logged Settings gives nothing away."""
    secrets = {
        "SLACK_BOT_TOKEN": BOT,
        "SLACK_APP_TOKEN": APP,
        "SLACK_SIGNING_SECRET": SECRET,
        "ANTHROPIC_API_KEY": KEY,
    }
    settings = load(env | secrets)
    for secret in secrets.values():
        assert secret not in repr(settings)
        assert secret not in str(settings)


@pytest.mark.parametrize("secret", ["hunter2", "Tr0ub4dor&3-and-a-horse", f"xoxp-{SECRET}", f"{BOT} {KEY}"])
@pytest.mark.parametrize(
    "name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "ANTHROPIC_API_KEY", "SLACK_API_URL"]
)
def test_a_secret_in_the_wrong_place_is_not_repeated(env: Env, name: str, secret: str) -> None:
    """At most the first five characters and the length of a value appear, and of a short value none."""
    with pytest.raises(BadSettings) as caught:
        load(env | {name: secret, "PORT": "0"})
    said = f"{caught.value} {caught.value!r} {caught.value.faults}"
    assert secret[:6] not in said
    assert secret[-6:] not in said
    assert len(secret) >= 20 or secret[:3] not in said


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://127.0.0.1:8080/api", "http://127.0.0.1:8080/api/"),
        ("https://slack.example/api/", "https://slack.example/api/"),
        ("https://slack.example", "https://slack.example/"),
    ],
)
def test_the_api_address_ends_with_a_slash(env: Env, given: str, url: str) -> None:
    """Method names are joined to it, and without the slash the last part would be lost."""
    assert load(env | {"SLACK_API_URL": given}).api_url == url


@pytest.mark.parametrize(
    ("given", "wording"),
    [
        ({}, "off"),
        ({"ANTHROPIC_API_KEY": KEY}, "prose"),
        ({"ANTHROPIC_API_KEY": KEY, "ADVISOR_WORDING": "off"}, "off"),
        ({"ANTHROPIC_API_KEY": KEY, "ADVISOR_WORDING": "select"}, "select"),
        ({"ADVISOR_WORDING": "off"}, "off"),
    ],
)
def test_the_model_words_only_with_a_key(env: Env, given: Env, wording: str) -> None:
    """Without a key everything works and no model is asked."""
    assert load(env | given).wording == wording


def test_a_log_level_may_be_written_small(env: Env) -> None:
    """People write it both ways."""
    assert load(env | {"LOG_LEVEL": "debug"}).log_level == "DEBUG"


def test_settings_cannot_be_changed(env: Env) -> None:
    """Whoever was handed settings can rely on them."""
    with pytest.raises(AttributeError):
        load(env).port = 1  # type: ignore[misc]


def test_a_new_an_empty_and_a_sqlite_file_can_be_the_database(tmp_path: Path) -> None:
    """Checking leaves nothing behind but the folder."""
    new = tmp_path / "deep" / "er" / "new.db"
    assert check_database(new) is None
    assert list(new.parent.iterdir()) == []
    empty = tmp_path / "empty.db"
    empty.touch()
    assert check_database(empty) is None
    real = tmp_path / "real.db"
    connection = sqlite3.connect(real)
    connection.execute("create table t (a)")
    connection.close()
    before = real.read_bytes()
    assert check_database(real) is None
    assert real.read_bytes() == before


def test_a_folder_a_text_and_an_impossible_place_cannot_be_the_database(tmp_path: Path) -> None:
    """Each is named with its path and what to do."""
    text = tmp_path / "notes.txt"
    text.write_text("SQLite is mentioned, but this is a text")
    for path, said in (
        (tmp_path, "is not a file"),
        (text, "is not an SQLite database"),
        (text / "advisor.db", "cannot be written"),
        (Path("/proc/none/advisor.db"), "cannot be written"),
        (tmp_path / ("x" * 300), "cannot be written"),
    ):
        fault = check_database(path)
        assert fault is not None
        assert fault.startswith("ADVISOR_DB: ")
        assert said in fault
        assert str(path)[:40] in fault
        assert "\n" not in fault


FERNET = f"{'A' * 43}="  # the same in every process that collects these tests
MANY = {
    "SLACK_CLIENT_ID": "111.222", "SLACK_CLIENT_SECRET": "c" * 32, "SLACK_SIGNING_SECRET": SECRET,
    "ADVISOR_SECRET_KEY": FERNET, "PUBLIC_URL": "https://advisor.example.com",
}  # fmt: skip


def test_many_workspaces_need_five_values_and_no_token(env: Env) -> None:
    """Tokens come with each installation; two keys stand for an old and a new one."""
    second = new_key()
    settings = load(env | MANY | {"ADVISOR_SECRET_KEY": f"{second}, {FERNET}"})
    assert (settings.mode, settings.host, settings.port) == ("workspaces", ANYWHERE, 3000)
    assert (settings.secret_keys, settings.public_url) == ((second, FERNET), "https://advisor.example.com/")
    for secret in (FERNET, second, MANY["SLACK_CLIENT_SECRET"]):
        assert secret not in repr(settings)


@pytest.mark.parametrize("name", MANY)
def test_half_of_many_workspaces_is_named_with_where_the_rest_is_found(env: Env, name: str) -> None:
    """One sentence has all that is missing."""
    with pytest.raises(BadSettings) as caught:
        load(env | {one: value for one, value in MANY.items() if one != name})
    (fault,) = caught.value.faults
    assert f"set without {name} (" in fault


@pytest.mark.parametrize("name", ["SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "ADVISOR_SECRET_KEY"])
def test_one_value_of_many_workspaces_alone_names_the_others(env: Env, name: str) -> None:
    """Nothing of it is guessed."""
    with pytest.raises(BadSettings) as caught:
        load(env | {name: MANY[name]})
    assert all(other in str(caught.value) for other in MANY)


def test_an_address_alone_means_nothing(env: Env) -> None:
    """Some platforms set it for whatever runs there."""
    assert load(env | {"PUBLIC_URL": "https://advisor.example.com"}) == load(env)


@pytest.mark.parametrize(
    "one", [{"SLACK_BOT_TOKEN": BOT}, {"SLACK_APP_TOKEN": APP}, {"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP}]
)
def test_one_workspace_and_many_are_refused_with_what_to_do(env: Env, one: Env) -> None:
    """Which of both was meant can't be told."""
    with pytest.raises(BadSettings) as caught:
        load(env | MANY | one)
    (fault,) = caught.value.faults
    assert " for one workspace, SLACK_CLIENT_ID and " in fault
    assert "unset the one or the other" in fault


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SLACK_CLIENT_ID", "A123", "two numbers with a dot"),
        ("SLACK_CLIENT_SECRET", "xoxb-1-2-3", "not a client secret"),
        ("SLACK_SIGNING_SECRET", "short", "too short"),
        ("ADVISOR_SECRET_KEY", "hunter2", "is no key"),
        ("ADVISOR_SECRET_KEY", f"{FERNET},hunter2", "number 2 of its 2 keys is none"),
        ("PUBLIC_URL", "http://advisor.example.com", "https:// alone"),
        ("PUBLIC_URL", "advisor", "not a web address"),
        ("ADVISOR_ALLOW", "T1,example", "with commas between them"),
        ("ADVISOR_ALLOW", "T1/D2", "with commas between them"),
    ],
)
def test_a_value_of_many_workspaces_that_can_not_be_is_named(env: Env, name: str, value: str, said: str) -> None:
    """With its mend, and without itself where it is a secret."""
    with pytest.raises(BadSettings, match=f"^{name} ") as caught:
        load(env | MANY | {name: value})
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("mode", [{}, MANY, {"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP}])
def test_who_may_use_it_can_be_said_in_every_mode(env: Env, mode: Env) -> None:
    """Workspaces, people, channels and organisations."""
    given = "T1, T2/U3,T2/W4,T2/C5,T2/G6,E7"
    assert load(env | mode | {"ADVISOR_ALLOW": given}).allow == {"T1", "T2/U3", "T2/W4", "T2/C5", "T2/G6", "E7"}
