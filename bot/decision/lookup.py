"""Decisions looked up: one's own and its versions, and what others have posted in public channels one is in."""

import re
from collections.abc import Callable
from dataclasses import replace

from bot.decision import record
from bot.decision.record import Decision
from bot.delivery.membership import Membership
from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.messages import Listing, Outcome, OutgoingMessage, Request
from bot.render.view import Actions, Button, Part, Small, Text, View
from bot.store import decisions, queue
from bot.store.checks import Check, any_check, decided_at, own_check, said, state, versions_of
from bot.store.database import Connection
from bot.store.decisions import Record, listed

_SHOWN = 20
_MOST_LISTED = 1_000


class Lookup:
    """Finds decisions for others to do something with, and shows those there are."""

    def __init__(self, turns: Turns, replies: Replies, membership: Membership) -> None:
        self._turns, self._replies, self._wording = turns, replies, replies.wording
        self._membership = membership

    def take(
        self,
        request: Request,
        check_id: str,
        work: Callable[[Connection, Decision], list[OutgoingMessage]],
        version: int | None = None,
    ) -> None:
        """A turn on one's own decision; anybody else's, and one that is not there, reads "not found"."""

        def found(conn: Connection) -> list[OutgoingMessage]:
            decision = self.own(conn, request, check_id, version)
            if decision is None:
                return [self._replies.ephemeral(request, self._why_not(conn, request, check_id))]
            return work(conn, decision)

        self._turns.take(request, found)

    def _why_not(self, conn: Connection, request: Request, check_id: str) -> str:
        """Why there is no such decision of this person's. Somebody else's id reads like one that never was."""
        if decisions.handed_over(conn, check_id, request.user) and not own_check(conn, request, check_id):
            return "handed_over"
        undecided = own_check(conn, request, check_id) and not versions_of(conn, check_id)
        return "undecided" if undecided else "not_found"

    def posted(
        self, request: Request, share_id: str, work: Callable[[Connection, Record], list[OutgoingMessage]]
    ) -> None:
        """A turn on a record that stands in the channel somebody is in; of one that does not they are told why."""

        def found(conn: Connection) -> list[OutgoingMessage]:
            share = decisions.record_in(conn, request.team, request.channel, share_id)
            if share is None:
                return [self.whisper(request, "record_gone")]
            if share.down_at:
                return [self.whisper(request, "taken_down", share.owner_name)]
            if not share.ts and request.message_ts:  # the answer to its post was lost: a press tells where it stands
                decisions.placed(conn, share.id, request.message_ts)
            return work(conn, share)

        self._turns.take(request, found)

    def whisper(self, request: Request, code: str, *facts: str) -> OutgoingMessage:
        """A line that only this person sees, where they are."""
        return self._replies.ephemeral_view(request, View.of(str(self._wording.say("record", code, *facts))))

    def own(self, conn: Connection, request: Request, check_id: str, version: int | None = None) -> Decision | None:
        """A version (the last one) of the person's own check; ``None`` when it is not theirs or not decided."""
        check, versions = own_check(conn, request, check_id), versions_of(conn, check_id)
        wanted = max(versions, default=None) if version is None else version
        if check is None or wanted is None or wanted not in versions:
            return None
        return self.at(conn, check, wanted, request.name)

    def at(self, conn: Connection, check: Check, version: int, name: str) -> Decision:
        """A version of a check as it was decided; its number counts the versions up to it."""
        report, at = decided_at(conn, check.id, version)
        number = sum(earlier <= version for earlier in versions_of(conn, check.id))
        then = state(check, self._wording.rules, version)
        return Decision(
            id=check.id, number=number, owner=check.owner, owner_name=name, title=self._wording.titled(then),
            description=then.description, report=report, decided_at=at,
            version=version, again_at=queue.remind_at(conn, check.id), from_opening=then.from_opening,
            written=then.written, quotes=then.quotes, derivations=then.derivations, ranges=then.ranges,
            said=said(conn, check.id, version), hands=decisions.hands_of(conn, check.id),
        )  # fmt: skip

    def note(self, conn: Connection, request: Request, check_id: str, code: str, *facts: str) -> OutgoingMessage:
        """A line in the check's thread."""
        return self._replies.to_owner(conn, request, check_id, View.of(str(self._wording.say("record", code, *facts))))

    # ---- posted, or not: Slack did not say, and we may not look there

    def doubt(
        self,
        conn: Connection,
        request: Request,
        outgoing: OutgoingMessage,
        check_id: str,
        channel: str,
        title: str = "",
    ) -> OutgoingMessage:
        """Ask whoever wanted a post whether it stands."""
        text = str(self._wording.say("record", "in_doubt", channel, title))
        buttons = (
            Button(self._wording.press("is_there"), "record:was_posted", str(outgoing.id)),
            Button(self._wording.press("post_again"), "record:post_again", str(outgoing.id)),
        )
        view = View((Text(text), Actions(buttons)), text)
        if own_check(conn, request, check_id) is None:  # it has none, or was handed over meanwhile
            return self._replies.direct(request, request.user, view)
        return self._replies.to_owner(conn, request, check_id, view)

    def was_posted(self, request: Request, value: str, *, posted: bool) -> None:
        """The answer: what follows on a post follows now, or it is posted again."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            outgoing = queue.one_asked_about(conn, request.team, request.user, value)
            if outgoing is None:
                over = str(self._wording.say("record", "doubt_over"))
                return self._replies.resolve(request, over) or [self.whisper(request, "doubt_over")]
            if not posted:  # as a new row: it comes after what waits in its lane
                told = str(self._wording.say("record", "posting_again"))
                return [replace(outgoing, id=0), *self._replies.resolve(request, told)]
            more = self._turns.after(conn, outgoing, Outcome({"ts": ""}))
            return [*more, *self._replies.resolve(request, str(self._wording.say("record", "counted_as_posted")))]

        self._turns.take(request, work)

    # ---- shown

    def versions(self, request: Request, check_id: str) -> None:
        """All versions of one's own decision, each to be read as it was."""

        def work(conn: Connection, decision: Decision) -> list[OutgoingMessage]:
            check = any_check(conn, request.team, check_id)
            numbers = sorted(versions_of(conn, check_id), reverse=True)
            parts: list[Part] = []
            for place, number in enumerate(numbers[:_SHOWN]):
                shown = self.at(conn, check, number, request.name)
                line = str(self._wording.say("record", "version", shown, self._wording.headline(shown.report)))
                button = Button(self._wording.press("read"), f"record:version:{place}", f"{check_id}:{number}")
                parts += [Text(line), Actions((button,))]
            head = str(self._wording.say("record", "versions", len(numbers)))
            return [self._replies.to_owner(conn, request, check_id, View((Text(head), *parts), head))]

        self.take(request, check_id, work)

    def version(self, request: Request, value: str) -> None:
        """One earlier version of one's own decision, with its figures."""
        check_id, number = named(value)

        def work(conn: Connection, decision: Decision) -> list[OutgoingMessage]:
            shown = decision._replace(costs=True)
            return [self._replies.ephemeral_view(request, record.how(shown, self._wording))]

        self.take(request, check_id, work, number)

    def listed(self, request: Request, word: str) -> View | None:
        """The decisions posted in public channels one is in (and one's own), newest first, a page at a time; with a
        word only those whose title or verdict has it. "page 2" behind the word, or alone, is the next page. Nothing
        where Slack is asked first: then the list comes by itself."""
        if not self._turns.reading(lambda conn: decisions.open_channels(conn, request.team, request.user)):
            return self._turns.reading(lambda conn: self._list(conn, request, word))
        wanted = Listing(word=word, url=request.response_url)
        self._turns.take(request, lambda _: [self._membership.ask(request, wanted, f"url:{request.user}")])
        return None

    def looked(
        self, conn: Connection, outgoing: OutgoingMessage, wanted: Listing, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """We know in which channels they are, or were not told: then what others posted may be missing."""
        further, _ = self._membership.heard(conn, outgoing, wanted, outcome)
        if further:
            return further
        request = Request.of(outgoing)._replace(response_url=wanted.url)
        view = self._list(conn, request, wanted.word)
        foot = (Small(str(self._wording.say("record", "decisions_unseen"))),) if outcome.error else ()
        return [self._replies.respond(request, view._replace(parts=(*view.parts, *foot)))]

    def _list(self, conn: Connection, request: Request, word: str) -> View:
        asked = re.fullmatch(r"(.*?)\s*\bpage (\d{1,3})", word.strip(), re.IGNORECASE)
        word, page = (asked[1], max(1, int(asked[2]))) if asked else (word, 1)
        found = []
        for one in listed(conn, request.team, request.user, _MOST_LISTED):
            headline = self._wording.headline(one.report)
            if word.casefold() in f"{one.title} {headline}".casefold():
                found.append(str(self._wording.say("record", "decisions_line", one.title, headline, one.at, one.link)))
        if not found:
            return View.of(str(self._wording.say("record", "decisions_none", word)))
        first = min(_SHOWN * (page - 1), (len(found) - 1) // _SHOWN * _SHOWN)
        shown = found[first : first + _SHOWN]
        head = str(self._wording.say("record", "decisions_head", word, first + 1, first + len(shown), len(found)))
        more = first + _SHOWN < len(found)
        foot = [str(self._wording.say("record", "decisions_more", word, first // _SHOWN + 2))] if more else []
        return View((Text("\n".join([head, *(f"• {line}" for line in shown), *foot])),), head)


def named(value: str) -> tuple[str, int]:
    """A check and a version, as "id:7"; no version is -1, which none has."""
    check_id, _, number = value.partition(":")
    return check_id, int(number) if number.isdecimal() else -1


def place_of(request: Request, about: str) -> str:
    """What a dialog is about and where it is opened, for it to carry: what it leads to is answered there."""
    return f"{about}:{request.channel}:{request.within}"


def opened_at(request: Request, carried: str) -> tuple[Request, str]:
    """The same, read back; a dialog of an earlier release may carry no place."""
    about, channel, thread = carried.split(":") if carried.count(":") == 2 else (carried, "", "")
    return request._replace(channel=channel, thread_ts=thread, message_ts=""), about
