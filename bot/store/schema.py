"""The layout of the file, as the list of functions that led to it. What a release has written stays as it is."""

from typing import Any

from bot.store import sums


def m001_checks(db: Any) -> None:
    """The first layout: a check, its log, its reports; what was heard and what is still to be said."""
    for statement in _SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)


_SCHEMA = """
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,              -- 128 random bits
    enterprise TEXT NOT NULL,         -- "" outside Enterprise Grid
    team TEXT NOT NULL,
    owner TEXT NOT NULL,
    channel TEXT NOT NULL,            -- where its card is; "" until the DM of a check we open is known
    thread_ts TEXT NOT NULL,          -- likewise
    card_ts TEXT NOT NULL,            -- the live card, "" before it is posted
    heard_ts TEXT NOT NULL,           -- the owner's latest message in the thread
    origin_channel TEXT NOT NULL DEFAULT '',  -- the channel and thread of the mention it came from
    origin_thread TEXT NOT NULL DEFAULT '',
    drawn TEXT NOT NULL DEFAULT '',   -- what its card lets one read (bot/check/live_card.py)
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
) STRICT;
CREATE TABLE threads (                -- every thread a check has been in leads to it
    team TEXT NOT NULL,
    channel TEXT NOT NULL,
    thread_ts TEXT NOT NULL,
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    PRIMARY KEY (team, channel, thread_ts)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_owner ON sessions (team, owner, changed_at);
CREATE TABLE answers (                -- a check's log, append-only
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    verb TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,              -- JSON; money and rates are strings
    text TEXT NOT NULL,
    ts TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (session, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE reports (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,         -- of the log it was computed from
    rules_version TEXT NOT NULL,
    verdict TEXT NOT NULL,
    body TEXT NOT NULL,               -- JSON
    at TEXT NOT NULL,
    PRIMARY KEY (session, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE wordings (               -- a report's reasons as a model put them; no fact is taken from here
    session TEXT NOT NULL,
    version INTEGER NOT NULL,         -- of the report
    model TEXT NOT NULL,
    prompt TEXT NOT NULL,             -- the version of what it was told
    asked INTEGER NOT NULL,
    kept INTEGER NOT NULL,            -- sentences that passed; ours stand for the others
    sentences TEXT NOT NULL,          -- JSON, reason -> sentence with its placeholders still open
    PRIMARY KEY (session, version),
    FOREIGN KEY (session, version) REFERENCES reports (session, version) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE calls (                  -- how often a model was asked, by UTC day
    day TEXT NOT NULL,
    team TEXT NOT NULL,
    person TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (day, team, person)
) STRICT, WITHOUT ROWID;
CREATE TABLE seen (                   -- deliveries already handled; kept for a day
    key TEXT PRIMARY KEY,
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE outbox (                 -- what is still to be said to Slack
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    enterprise TEXT NOT NULL,
    team TEXT NOT NULL,
    lane TEXT NOT NULL,               -- a channel or person: said in order
    session TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    said TEXT NOT NULL,               -- JSON of bot.outbox.Saying
    at TEXT NOT NULL,
    due TEXT NOT NULL DEFAULT ''      -- not before; a reminder is a row that is not due yet
) STRICT;
CREATE TABLE shares (                 -- a decision posted into a channel
    id TEXT PRIMARY KEY,              -- 128 random bits, the record's own
    enterprise TEXT NOT NULL,
    team TEXT NOT NULL,
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,         -- of the report it shows
    replaced INTEGER NOT NULL DEFAULT 0,  -- the version it showed before, 0 for none: "what changed" is against it
    channel TEXT NOT NULL,
    ts TEXT NOT NULL,
    link TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL,              -- as it stands there; the check may be called otherwise
    private INTEGER NOT NULL,         -- posted where only members read: not listed to others
    costs INTEGER NOT NULL,
    note TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    answered_by TEXT NOT NULL,        -- who owned it when this version was posted
    posted_at TEXT NOT NULL,
    updated_at TEXT NOT NULL          -- "" until it was revised
) STRICT;
CREATE INDEX shares_by_team ON shares (team, posted_at);
CREATE TABLE handovers (              -- a check offered to somebody, until they answer
    id TEXT PRIMARY KEY,
    team TEXT NOT NULL,
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    owner TEXT NOT NULL,
    offered_to TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE TABLE feedback (               -- one word a person and version
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    person TEXT NOT NULL,
    good INTEGER NOT NULL,
    note TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (session, version, person)
) STRICT, WITHOUT ROWID;
CREATE TABLE people (                 -- who has opened Home, and what they set
    enterprise TEXT NOT NULL,
    team TEXT NOT NULL,
    person TEXT NOT NULL,
    page INTEGER NOT NULL DEFAULT 0,
    hash TEXT NOT NULL DEFAULT '',    -- of the tab as Slack has it
    reminders INTEGER NOT NULL DEFAULT 1,
    wording INTEGER NOT NULL DEFAULT 1,  -- whether a model may word things for them
    at TEXT NOT NULL,
    PRIMARY KEY (team, person)
) STRICT, WITHOUT ROWID;
CREATE TABLE installations (          -- workspaces that asked us to stop
    enterprise TEXT NOT NULL,
    team TEXT PRIMARY KEY,
    stopped_at TEXT NOT NULL
) STRICT, WITHOUT ROWID
"""


def m002_looks(db: Any) -> None:
    """When the bot last looked for what is too old, and how long it did not run: such time ages nothing."""
    db.execute("CREATE TABLE looks (one INTEGER PRIMARY KEY CHECK (one = 1), at TEXT NOT NULL) STRICT")
    db.execute("CREATE TABLE gaps (ended_at TEXT PRIMARY KEY, seconds INTEGER NOT NULL) STRICT, WITHOUT ROWID")


def m003_outbox(db: Any) -> None:
    """Whose act a row answers, and what is known of one that may have been posted: 0 nothing, 1 it was tried, 2 its
    owner is asked. When a record with figures was last looked at. What a deleted check takes with it is found without
    a look at every row."""
    db.execute("ALTER TABLE outbox ADD COLUMN person TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE outbox ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0")
    db.execute("UPDATE outbox SET doubt=1")  # of rows from before nothing is known
    db.execute("ALTER TABLE shares ADD COLUMN looked_at TEXT NOT NULL DEFAULT ''")
    for table in ("threads", "outbox", "shares", "handovers"):
        db.execute(f"CREATE INDEX {table}_by_session ON {table} (session)")
    db.execute("CREATE INDEX sessions_by_change ON sessions (changed_at)")
    db.execute("CREATE TABLE pulse (one INTEGER PRIMARY KEY CHECK (one = 1), at TEXT NOT NULL) STRICT")


def m004_refusals(db: Any) -> None:
    """Workspaces that refused new blocks: for a day they get what every workspace has."""
    db.execute(
        "CREATE TABLE refusals (enterprise TEXT NOT NULL, team TEXT PRIMARY KEY, at TEXT NOT NULL)"
        " STRICT, WITHOUT ROWID"
    )


def m005_readers(db: Any) -> None:
    """Who follows a record or sees it differently, and when a record was taken down."""
    db.execute(
        "CREATE TABLE readers (share TEXT NOT NULL REFERENCES shares (id) ON DELETE CASCADE, team TEXT NOT NULL,"
        " person TEXT NOT NULL, follows INTEGER NOT NULL DEFAULT 0, told_at TEXT NOT NULL DEFAULT '',"
        " differs INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (share, person)) STRICT, WITHOUT ROWID"
    )
    db.execute("CREATE INDEX readers_by_person ON readers (team, person)")
    db.execute("ALTER TABLE shares ADD COLUMN down_at TEXT NOT NULL DEFAULT ''")


def m006_public(db: Any) -> None:
    """Whether a record's channel is known to be read by the whole workspace and by nobody else; of earlier ones it is
    not known."""
    db.execute("ALTER TABLE shares ADD COLUMN public INTEGER NOT NULL DEFAULT 0")


def m007_offers(db: Any) -> None:
    """Where an offer stands, where its owner was told of it, and what became of it: what somebody acted on says so."""
    for column in ("channel", "ts", "note_ts", "became"):
        db.execute(f"ALTER TABLE handovers ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")


def m008_sums(db: Any) -> None:
    """A sum beside each log entry and report, by which damage is noticed; old rows get theirs at once, so that none
    without one is ever trusted."""
    for table in sums.COLUMNS:
        db.execute(f"ALTER TABLE {table} ADD COLUMN sum TEXT NOT NULL DEFAULT ''")
    sums.fill(db)


def m009_workspaces(db: Any) -> None:
    """Who has installed the bot, with its tokens sealed, and a number that moves whenever one of these rows does."""
    db.execute(
        "CREATE TABLE tokens ("
        "enterprise TEXT NOT NULL, team TEXT NOT NULL,"  # team "": of a whole organisation
        " name TEXT NOT NULL, bot_user TEXT NOT NULL, bot TEXT NOT NULL, scopes TEXT NOT NULL, sealed TEXT NOT NULL,"
        " expires_at TEXT NOT NULL, installed_at TEXT NOT NULL,"
        " refreshing_at TEXT NOT NULL,"  # since when a machine asks for a new one; "lost": there is none
        " PRIMARY KEY (enterprise, team)) STRICT, WITHOUT ROWID"
    )
    db.execute("CREATE TABLE tokens_version (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER NOT NULL) STRICT")


def m010_hands(db: Any) -> None:
    """Who gave a check away, when, and at which version of its log: whose an answer is. Of earlier handovers nothing
    was kept, so that of entries before ``known_from`` it is not known."""
    db.execute("ALTER TABLE handovers ADD COLUMN owner_name TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE handovers ADD COLUMN became_at TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE handovers ADD COLUMN version INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE sessions ADD COLUMN known_from INTEGER NOT NULL DEFAULT 0")
    db.execute("UPDATE sessions SET known_from=(SELECT count(*) FROM answers WHERE answers.session = sessions.id)")


def m011_memberships(db: Any) -> None:
    """Channels with other people's records that a person was seen to be in; known for a day."""
    db.execute(
        "CREATE TABLE memberships (team TEXT NOT NULL, person TEXT NOT NULL, channel TEXT NOT NULL, at TEXT NOT NULL,"
        " PRIMARY KEY (team, person, channel)) STRICT, WITHOUT ROWID"
    )


MIGRATIONS = (
    m001_checks, m002_looks, m003_outbox, m004_refusals, m005_readers, m006_public, m007_offers, m008_sums,
    m009_workspaces, m010_hands, m011_memberships,
)  # fmt: skip
