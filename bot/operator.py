"""When a workspace lets go of the bot, and what the operator can do about what is kept."""

import logging
from collections import Counter
from collections.abc import Iterator

from advisor.conversation import current
from advisor.pattern import pattern
from advisor.prices import Priced, PriceList, twelve
from advisor.reading.by_model import models_like, nearest_names
from advisor.rulebook import Rules
from bot.delivery.outbox import Outbox
from bot.delivery.turn import Turns
from bot.messages import OutgoingMessage, Request
from bot.render.wording import Wording
from bot.store import checks, decisions, installations, retention
from bot.store.database import Connection, Store

log = logging.getLogger(__name__)


class Operator:
    """``app_uninstalled`` and ``tokens_revoked``, in any order and as often as they come."""

    def __init__(self, turns: Turns, outbox: Outbox) -> None:
        self._turns, self._outbox = turns, outbox

    def left(self, request: Request) -> None:
        """Stop saying anything to the workspace; its data is the operator's and stays."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            installations.let_go(conn, request.enterprise, request.team, self._turns.now())
            return []

        self._turns.take(request, work)
        self._outbox.stop_team(request.team)
        log.warning(
            "workspace %s let go of the bot; its data stays until `python -m bot purge %s`", request.team, request.team
        )


def teams(store: Store) -> list[str]:
    """The workspaces of which anything is kept."""
    return store.turn(retention.teams)


def purge(store: Store, team: str) -> dict[str, int]:
    """Delete everything of a workspace; returns how many rows of each table went."""

    def work(conn: Connection) -> dict[str, int]:
        gone = retention.workspace(conn, team)
        store.scrub(conn)
        return gone

    return store.turn(work)


def stats(store: Store, rules: Rules) -> Iterator[str]:
    """What the operator may know: counts alone, no names and no words."""

    def work(conn: Connection) -> list[str]:
        unfinished, decided = list(checks.logs_without_report(conn)), checks.verdicts(conn)
        done = sum(decided.values())
        lines = [f"checks begun: {len(unfinished) + done}", f"checks with a report: {done}"]
        lines += [f"verdict {verdict}: {n}" for verdict, n in decided.items()]
        asked = Counter(current(log, rules).pending for log in unfinished)
        lines += [f"left off at {field}: {n}" for field, n in sorted(asked.items(), key=lambda one: (-one[1], one[0]))]
        lines += [f"found {'helpful' if good else 'not helpful'}: {n}" for good, n in decisions.thumbs(conn).items()]
        left = installations.how_many_let_go(conn)
        return [*lines, f"workspaces that let go of the bot and are not purged: {left}"]

    yield from store.turn(work)


_COUNT = pattern(r"(\d[\d,]*)(k?)")


def priced(words: list[str], prices: PriceList, wording: Wording) -> tuple[bool, list[str]] | None:
    """What is known of a model's prices, and whether it is known; ``None`` where the words are no model with or without
    two numbers of tokens. A name that may be several tells of each."""
    models, tokens = models_like(" ".join(words), prices), list[int]()
    if not models and len(words) > 2 and len(tokens := [*_counts(words[-2:])]) == 2:
        words = words[:-2]
        models = models_like(" ".join(words), prices)
    name = " ".join(words)
    if not words or name.startswith("-") or (not models and (len(tokens) == 1 or _COUNT.fullmatch(words[-1]))):
        return None
    if not models:
        near = nearest_names(name, prices)
        return False, [wording.plainly("prices", "unknown", name, prices, near)]
    return True, [line for model in models for line in _lines(model, tokens, prices, wording)]


def _counts(words: list[str]) -> Iterator[int]:
    for word in words:
        if found := _COUNT.fullmatch(word):
            yield int(found[1].replace(",", "")) * (1000 if found[2] else 1)


def _lines(model: Priced, tokens: list[int], prices: PriceList, wording: Wording) -> Iterator[str]:
    yield wording.plainly("prices", "head", model, prices)
    before = None
    for at, tiers in zip(twelve(prices.day), model.months, strict=True):
        for above, month in tiers if tiers != before else ():
            yield "  " + wording.plainly("prices", "rates", month, above, at if before else None)
        before = tiers
    if tokens:
        yield "  " + wording.plainly("prices", "derivation", prices.quote(model, *tokens)).replace("*", "")
