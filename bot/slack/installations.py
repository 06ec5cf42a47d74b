"""Who has installed the bot: kept in the file, known in memory, watched for what other machines do, kept fresh."""

import logging
import threading
import time
from contextlib import suppress
from dataclasses import replace
from http.client import HTTPException

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.delivery.clock import Clock
from bot.delivery.outbox import Outbox
from bot.delivery.turn import Turns
from bot.delivery.workspaces import Workspaces
from bot.messages import OutgoingMessage, Request, stamp
from bot.settings import Settings
from bot.store import deliveries
from bot.store import workspaces as rows
from bot.store.database import Closed, Connection, Store, StoreError
from bot.store.seal import STATE_SECONDS, Seal
from bot.store.workspaces import Installed

log = logging.getLogger(__name__)

AHEAD_SECONDS = 3600.0
"""So long before a token expires it is refreshed."""
_NO_MORE_THAN_SECONDS = 1.0
_LOST = {"invalid_refresh_token", "token_expired", "token_revoked", "account_inactive", "invalid_grant"}
"""What Slack says of a refresh token that was used already, and of one that was taken back."""


class Installations:
    """``look_seconds`` is how often it is seen whether another machine has changed anything."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        workspaces: Workspaces,
        client: WebClient,
        clock: Clock,
        look_seconds: float,
    ) -> None:
        self._settings, self._store, self._workspaces, self._client = settings, store, workspaces, client
        self._clock, self.now, self.look_seconds = clock, clock.time, look_seconds
        self.seal = Seal(settings.secret_keys, clock.time)
        self._lock, self._over = threading.Lock(), threading.Event()
        self._version, self._looked, self._unread = -1, 0.0, frozenset[str]()
        self._outbox: Outbox | None = None
        self._thread = threading.Thread(target=self._watch, name="installations", daemon=True)
        store.turn(lambda conn: rows.seal_anew(conn, self.seal))
        self._read()

    def start(self, outbox: Outbox) -> None:
        """From now on what is unsaid to whoever gets the bot (again) is said."""
        self._outbox = outbox
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    # ---- what happens to them

    def install(self, one: Installed) -> None:
        """Somebody has let Slack install it.

        Raises:
            StoreError: it was not written.
        """
        self._store.turn(lambda conn: rows.install(conn, one, self.seal, self._clock.time()))
        log.info("%s installed the bot", one.id)
        self._read(again=one)

    def removed(self, turns: Turns, request: Request, at: float) -> None:
        """A workspace or an organisation lets go of the bot, once or once more."""
        gone = False

        def work(conn: Connection) -> list[OutgoingMessage]:
            nonlocal gone
            gone = rows.remove(conn, request.enterprise, request.team, stamp(at or self._clock.time()))
            return []

        turns.take(request, work)
        if gone:
            self._read()
            whose = request.team or request.enterprise
            log.warning("%s let go of the bot; what it has stays until `python -m bot purge` of its workspaces", whose)

    def spend(self, state: str) -> bool:
        """Whether a state is one of ours, young enough, and nobody has come with it before."""
        known = self.seal.opened(state, within=STATE_SECONDS) or ""
        if not known.startswith(_STATE):
            return False
        now = stamp(self._clock.time())
        return self._store.turn(lambda conn: deliveries.first(conn, f"oauth:{known}", now))

    def issue(self, nonce: str) -> str:
        """A state for somebody who is sent to Slack. Nothing is written: whoever looks at the page fills no disk."""
        return self.seal.shut(f"{_STATE}{nonce}")

    # ---- what is known of them

    def look(self) -> None:
        """See whether anything has changed, once a second at most."""
        if time.monotonic() < self._looked + _NO_MORE_THAN_SECONDS:
            return
        self._looked = time.monotonic()
        if self._store.turn(rows.version) != self._version:
            self._read()

    def _read(self, again: Installed | None = None) -> None:
        """What stands in the file is known. Who is new here, or comes ``again``, is spoken to from now on."""

        def read(conn: Connection) -> tuple[int, list[Installed], list[str], dict[str, str]]:
            return rows.version(conn), *rows.all_of_them(conn, self.seal), rows.organisations(conn)

        with self._lock:
            before = {one.key: one for one in self._workspaces.all}
            self._version, installed, unread, organisations = self._store.turn(read)
            self._workspaces.replace(installed, organisations)
            new = [one for one in installed if one.key not in before or (again and one.key == again.key)]
            other = [one for one in installed if before.get(one.key, one) != one]
            for whose in frozenset(unread) - self._unread:
                mend = f"it has to be installed again at {self._settings.public_url}slack/install"
                log.error("the token of %s can't be read with ADVISOR_SECRET_KEY: %s, or its key added", whose, mend)
            self._unread = frozenset(unread)
        if self._outbox:
            self._outbox.try_again(other)
            if new:
                self._outbox.begin_for(new)

    @property
    def unread(self) -> int:
        """How many have to install it again, since none of the keys opens their token."""
        return len(self._unread)

    def _watch(self) -> None:
        while not self._over.is_set():
            try:
                self.look()
                self.refresh()
            except Closed:
                return
            except StoreError as error:
                log.warning("who has installed the bot could not be looked up (%s); it is tried again", error)
            self._over.wait(self.look_seconds)

    # ---- tokens that expire

    def refresh(self) -> None:
        """Refresh what expires within the hour, on one machine alone: a refresh token works once."""
        soon = self._clock.time() + AHEAD_SECONDS
        if not any(one.expires and one.expires < soon for one in self._workspaces.all):
            return
        now = self._clock.time()
        for key in self._store.turn(lambda conn: rows.take_to_refresh(conn, soon, now)):
            # Not the one in memory: another machine may have refreshed it since.
            one = self._store.turn(lambda conn, key=key: rows.one_of_them(conn, key, self.seal))  # type: ignore[misc]
            if one:
                self._refresh(one)

    def _refresh(self, one: Installed) -> None:
        try:
            said = self._client.oauth_v2_access(
                client_id=self._settings.client_id, client_secret=self._settings.client_secret,
                grant_type="refresh_token", refresh_token=one.refresh,
            )  # fmt: skip
            expires = self._clock.time() + float(said["expires_in"])
            fresh = replace(one, token=str(said["access_token"]), refresh=str(said["refresh_token"]), expires=expires)
        except SlackApiError as error:
            data = error.response.data
            code = str(data.get("error")) if isinstance(data, dict) else f"status {error.response.status_code}"
            if code in _LOST:
                self._store.turn(lambda conn: rows.cannot_be_refreshed(conn, one))
                again = f"it has to be installed again at {self._settings.public_url}slack/install"
                log.error("the token of %s expires and Slack does not refresh it (%s): %s", one.id, code, again)  # noqa: TRY400
            else:
                log.warning("the token of %s was not refreshed (%s); it is tried again in a minute", one.id, code)
            return
        except (OSError, HTTPException, KeyError, ValueError) as error:
            # Slack may have taken it, and then does not take it again: that is said when it is tried.
            log.warning("the token of %s was not refreshed (%s); again in a minute", one.id, type(error).__name__)
            return
        self._store.turn(lambda conn: rows.refreshed(conn, one, fresh, self.seal))
        log.info("the token of %s is refreshed", one.id)
        with suppress(StoreError):
            self._read()


_STATE = "state:"
"""What a state begins with when it is opened: what else was sealed is none."""
