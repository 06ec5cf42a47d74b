"""A decision taken along as a file, and brought back as a check."""

from collections.abc import Callable
from typing import Any

from bot.check.conversation import Conversation
from bot.decision import document
from bot.decision.document import NotADecision
from bot.decision.lookup import Lookup
from bot.decision.record import Decision
from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.messages import Exported, Outcome, OutgoingMessage, Request
from bot.render import blockkit
from bot.render.view import Modal, Text, TextInput, View, escape
from bot.store.checks import any_check
from bot.store.database import Connection


class Export:
    """Gives decisions out and takes them back. ``scopes`` are those Slack granted a workspace: files may not be among
    them."""

    def __init__(
        self,
        turns: Turns,
        replies: Replies,
        conversation: Conversation,
        lookup: Lookup,
        scopes: Callable[[str], frozenset[str]],
    ) -> None:
        self._turns, self._replies, self._wording = turns, replies, replies.wording
        self._conversation, self._lookup, self._scopes = conversation, lookup, scopes

    def export(self, request: Request, check_id: str) -> None:
        """The decision as Markdown and JSON: a file where that is allowed, else text in the thread."""

        def work(conn: Connection, decision: Decision) -> list[OutgoingMessage]:
            check = any_check(conn, request.team, check_id)
            if "files:write" not in self._scopes(request.team) or not check.thread_ts:
                return self._as_text(conn, request, decision)
            args = {
                "files": self._files(decision),
                "initial_comment": self._wording.plainly("record", "export", document.tells_costs(decision)),
            }
            args |= {"channel_id": check.channel, "thread_ts": check.thread_ts}
            on_result = Exported(user=request.user, name=request.name, check=check_id, version=decision.version)
            return [self._replies.outgoing("upload", args, request, lane=check.owner, on_result=on_result)]

        self._lookup.take(request, check_id, work)

    def exported(
        self, conn: Connection, outgoing: OutgoingMessage, kept: Exported, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """Files that could not be handed over are said as text."""
        request = Request.of(outgoing)
        decision = self._lookup.own(conn, request, kept.check, kept.version) if outcome.error else None
        return self._as_text(conn, request, decision) if decision else []

    def _files(self, decision: Decision) -> dict[str, str]:
        whole = decision._replace(costs=True)
        files = {
            "decision.md": document.markdown(whole, self._wording),
            "beyond.json": document.beside_json(whole, self._wording),
            "decision.json": document.as_json(whole),
        }
        return {name: text for name, text in files.items() if text}

    def _as_text(self, conn: Connection, request: Request, decision: Decision) -> list[OutgoingMessage]:
        said = str(self._wording.say("record", "export", document.tells_costs(decision)))
        views = [
            View((Text(said), *map(Text, blockkit.fenced(escape(text)))), said)
            for text in self._files(decision).values()
        ]
        return [self._replies.to_owner(conn, request, decision.id, view) for view in views]

    def ask_import(self, request: Request) -> None:
        """Open the dialog an exported decision is pasted into."""
        label, hint = self._wording.plainly("record", "import_json"), self._wording.plainly("record", "import_hint")
        title, start = self._wording.plainly("record", "import_title"), self._wording.press("start")
        dialog = Modal(title, (TextInput("json", label, hint=hint, lines=True),), "import", start)
        self._turns.take(request, lambda _: [self._replies.open_view(request, dialog)])

    def bring(self, request: Request, text: str) -> dict[str, Any]:
        """Start a check from an exported decision; returns what closes the dialog, or the error at its field."""
        try:
            brought = document.answers_of(text)
        except NotADecision as error:
            return {
                "response_action": "errors",
                "errors": {"json": self._wording.plainly("record", error.code, *error.facts)},
            }
        begin = self._conversation.start_with
        self._turns.take(
            request,
            lambda conn: begin(
                conn, request, brought.title, brought.answers, quotes=brought.quotes, ranges=brought.ranges,
                derivations=brought.derivations,
            ),
        )  # fmt: skip
        return {}
