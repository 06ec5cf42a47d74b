"""What the gallery shows: one list of pictures, and the conversations in which they are taken.

``docs/build_gallery.py`` photographs them. A new face, dialog or button needs a line in ``PICTURES`` and the same name
in the scene where it is met; ``tests/test_gallery.py`` says what is missing.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from advisor import load_rules
from advisor.conversation import COMMANDS as TYPED
from advisor.conversation import Face, NoteCode, Reply
from advisor.report import VerdictKind
from bot.app import Bot
from bot.check.card import Cards, ReportContext
from bot.home.desk import PAGE
from bot.local import LocalSlack
from bot.render.view import View
from bot.slack.listeners import ACTS, COMMANDS, DIALOGS

ADA, LIN = "U0ADA", "U0LIN"
DM, LINS = "D0ADA", "D0LIN"
GENERAL, PRIVATE, ABROAD = "C0GENERAL", "C0ROUTER", "C0PARTNERS"
Message = dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """One picture: its file, what it is called, and what of the bot is to be seen on it (see ``whole``)."""

    name: str
    title: str
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spot:
    """Where a picture is taken: a message, a dialog, Home, the window as it stands, or a page of its own."""

    what: str  # message, dialog, home, window, page
    where: str = ""  # the place in the page's address
    message: Message | None = None
    view: dict[str, Any] | None = None
    unfold: bool = False
    stays: bool = False  # the page stays Lin's: what is whispered to a person is kept on their open page alone
    typed: str = ""  # into the first line of a dialog, and sent
    pressed: str = ""  # in the window, before the picture is taken


def _row(name: str, title: str, of: str = "") -> Picture:
    return Picture(name, title, tuple(filter(None, of.split(", "))))


VERDICTS: dict[str, dict[str, str]] = {
    "run_poc": {},
    "stay_with_prompt_rag": {"rag_tried": "[no]"},
    "build_eval_first": {"eval_pairs": "300"},
    "remodel_the_math": {"calls_per_year": "2,000"},
    "use_api_and_prompt": {"retrain_pipeline": "[no]", "retrain_budget": "[no]", "retrain_owner": "[nobody]"},
    "not_decided": {"usd_per_call_after": "no idea", "training_pairs": "no idea"},
    "scale_up": {"poc_tuned_pass_rate": "92 %"},
    "revisit_approach": {"poc_tuned_pass_rate": "83 %"},
}
"""Each verdict, and what is answered otherwise than in ``ANSWERS`` to be given it."""

PICTURES: dict[str, tuple[Picture, ...]] = {
    "The beginning": (
        _row("greeting", "A new conversation, before anything is said"),
        _row("hello", "The answer to a hello"),
        _row("menu", "The menu of the slash command"),
        _row("command-help", "Help of the slash command"),
        _row("command-unknown", "A word the slash command does not know"),
        _row("mention", "The answer to a mention in a channel"),
        _row("in-dm", "A check begun from a mention", "press session:start"),
        _row("taken", "A check begun from somebody's message", "note taken"),
        _row("dropped", "That check dropped again", "step drop, note dropped"),
        _row("mentioned", "What one pasted paragraph says already", "press session:mentioned"),
        _row("used", "After what was ticked is used", "step use, note used"),
        _row("none-used", "After nothing of it is used", "note none_used"),
        _row("resumed", "A check that goes on in a new thread", "press session:resume"),
    ),
    "Questions": (
        _row("choice-list", "A choice among many: a list", "face question, kind choice"),
        _row("choice-buttons", "A choice among three: buttons"),
        _row("yes-no", "Yes or no", "kind yes_no"),
        _row("count", "A count", "kind count"),
        _row("rate", "A rate", "kind rate"),
        _row("money", "An amount of money", "kind money"),
        _row("name", "A name", "kind name"),
        _row("misread", "Words that were not understood", "note misread"),
        _row("struggling", "Not understood twice: typical answers"),
        _row("in-doubt", "A figure that is asked about"),
        _row("why", "Why we ask", "step why, note why"),
        _row("behind-dots", "What is rarely pressed stands behind three dots"),
        _row("help", "Help inside a check, from there", "step help, note help, press session:more"),
        _row("asked-back", "A question while one is asked", "note asked"),
        _row("back", "Back to the question before", "step back"),
        _row("nothing-before", "Back where nothing was before", "note nothing_before"),
        _row("read", "What was read of an answer", "note read"),
        _row("blocked-ahead", "A gate is blocked already", "step report"),
        _row("text-only", "Something that can't be read", "note text_only"),
        _row("use-edit", "A message that was changed after it was sent", "note use_edit"),
        _row("moved-on", "A button of a card that has moved on", "note moved_on"),
        _row("no-such-field", "To change what does not exist", "note no_such_field"),
        _row("title", "What the check is called", "face text, step rename"),
        _row("renamed", "After it was renamed", "note renamed"),
        _row("description", "What the check is about", "step redescribe"),
        _row("redescribed", "After that was changed", "note redescribed"),
        _row("trial", "Asking about a trial", "step poc"),
        _row("plan", "Asking about the plan", "step plan"),
    ),
    "Around a check": (
        _row("review", "The answers so far", "face review, step review"),
        _row("change", "The list of answers to change", "face change, step change"),
        _row("edit", "One answer asked again"),
        _row("ended", "A check that is stopped", "face ended, step cancel, note cancelled"),
        _row("restarted", "Started over, with the way back", "step restart, note restarted"),
        _row("restored", "The answers brought back", "step restore, note restored, step continue"),
        _row("departures", "Where the questions depart from the chapter", "step departures, note departures"),
        _row("opinions", "Where others see it otherwise", "step opinions, note opinions"),
        _row("history", "How a conversation reads above its last card"),
        _row("many-conversations", "Twelve conversations in the side"),
    ),
    "Reports": (
        _row("first-screen", "The report as it comes: the first screen"),
        *(
            _row(f"report-{kind}", f"Report: {kind.replace('_', ' ')}", f"verdict {kind}, face report")
            for kind in VERDICTS
        ),
        _row("range-asked", "An answer that is a range: which figure?"),
        _row("ranged", "A report whose ranges can turn it"),
        _row("ranged-unfolded", "The same, unfolded"),
        _row("ranged-answers", "The answers, with the ranges they were given with"),
        _row("report-unfolded", "A report with everything unfolded", "press report:more"),
        _row("report-changed", "A report after an answer was changed"),
        _row("report-checklist", "The readiness checklist", "step checklist"),
        _row("report-rest", "After the rest was answered", "step rest"),
        _row("report-planned", "A report with the plan checked"),
        _row("report-brought", "A report of an imported decision", "note brought"),
    ),
    "Questions to a report": (
        _row("why-not", "“why not now?”"),
        _row("what-would-change", "“what would change it?”"),
        _row("what-if", "“what if we had 2M calls?”"),
        _row("section", "“what's §1 ③?”"),
        _row("not-understood", "A question nobody can answer"),
        _row("thanks", "Small talk"),
    ),
    "Dialogs": (
        *(_row(f"form-{page}", f"The form, gate {page}", "dialog form, press session:form") for page in (1, 2, 3, 4)),
        _row("form-wrong", "The form with a line that was not understood"),
        _row("form-try", "Other numbers to try", "press report:try"),
        _row("form-gone", "A form whose check is gone", "dialog form_gone"),
        _row("roi-form", "The quick calculation's form", "dialog roi, press roi:open, press roi:adjust"),
        _row("roi-result", "Its result in the dialog", "dialog roi_result"),
        _row("share", "Sharing a decision", "dialog share, press report:share"),
        _row("share-costs", "Sharing with cost figures ticked"),
        _row("share-figures", "A warning of figures in the title"),
        _row("form-plan", "The plan in one form", "press report:plan"),
        _row("hand-over", "Handing a check over", "dialog hand_over, press report:hand_over"),
        _row("feedback", "What was missing", "dialog feedback, press feedback:down, press feedback:thumb"),
        _row("ask", "Asking about a record", "dialog record_question, press record:ask"),
        _row("differ", "Seeing it differently", "dialog record_differs, press record:differ, press record:more"),
        _row("import", "Importing a decision", "dialog import, command import"),
        _row("confirm", "Being asked before something is deleted"),
    ),
    "Other numbers": (
        _row("comparison", "Two reports compared"),
        _row("kept", "After the numbers were kept", "press session:keep"),
        _row("undone", "After they were undone", "press session:undo, note undone"),
    ),
    "Records": (
        *(_row(f"record-{kind}", f"Record without costs: {kind.replace('_', ' ')}") for kind in VERDICTS),
        *(
            _row(f"record-{kind}-costs", f"Record with costs: {kind.replace('_', ' ')}")
            for kind in VERDICTS
            if kind != "stay_with_prompt_rag"
        ),
        _row("record-unfolded", "A record with how it was decided"),
        _row("record-screen", "A record in its channel"),
        _row("record-turned", "A record whose verdict changed", "press report:update"),
        _row("record-thread", "What its thread is told"),
        _row("record-asked", "An answer to who asked about it"),
        _row("record-mentioned", "An answer in its thread, for all"),
        _row("record-followed", "To who follows it", "press record:follow"),
        _row("record-follower-told", "What a follower is told"),
        _row("record-unfollowed", "After they follow it no more", "press record:unfollow"),
        _row("record-differed", "What its owner is told of who sees it differently"),
        _row("record-not-yours", "Somebody else tries to take it down"),
        _row("record-down", "A record that was taken down", "press record:take_down"),
        _row("record-stands-again", "After it was put back", "press record:keep"),
        _row("shared", "What its owner is told when it is posted"),
        _row("shared-abroad", "A channel that another company reads"),
        _row("posted-back", "Posted in the thread it was asked in", "press report:post_back"),
        _row("versions", "Earlier versions", "press report:versions"),
        _row("version", "One of them", "press record:version"),
        _row("decisions", "What was posted in this workspace", "command decisions"),
        _row("compare", "Two models side by side", "command compare"),
    ),
    "Told and offered": (
        _row("rated-up", "After a thumb up", "press feedback:up"),
        _row("rated-down", "After a thumb down with its line"),
        _row("exported", "The decision as files", "press report:export"),
        _row("reminded", "A reminder is arranged", "press report:remind"),
        _row("forgotten", "And cancelled", "press report:forget_reminder"),
        _row("offer", "A check offered", ""),
        _row("offer-sent", "What its owner is told"),
        _row("withdrawn", "Taken back: what the other one has", "press record:withdraw"),
        _row("withdrawn-owner", "And what its owner has"),
        _row("declined", "Declined", "press record:decline"),
        _row("accepted", "Accepted", "press record:accept"),
        _row("taken-over", "What the new owner has"),
    ),
    "Quick calculation": (
        _row("roi", "A line worked out", "command roi"),
        _row("roi-asks", "A line that lacks something"),
        _row("roi-example", "With the chapter's example", "press roi:example"),
        _row("roi-posted", "Posted in a channel", "press roi:post"),
        _row("roi-check", "A check begun from it", "press roi:check"),
        _row("roi-range", "A range in a line: which figure?"),
        _row("roi-ranged", "And what the range does to the year", "press roi:range"),
        _row("roi-does-not-pay", "One that does not pay"),
        _row("roi-pick", "A line that may mean several things"),
        _row("roi-picked", "After one of them was pressed", "press roi:pick"),
    ),
    "Costs in people's own units": (
        _row("costs-mentioned", "Models, people and the month it goes live, from one message"),
        _row("costs-by-model", "A price by a model and tokens"),
        _row("costs-derived", "A machine by the hour, worked out"),
        _row("costs-plan", "People's work and the month it goes live in the plan"),
        _row("costs-report", "The report, unfolded: the first year, rivals, where sums come from"),
    ),
    "Home": (
        _row("home-empty", "Home before the first check"),
        _row("home-full", "Home as a desk"),
        _row("home-screen", "Home in the window"),
        _row("home-page", "Its second page", "press home:page"),
        _row("home-settings", "After a setting was changed", "press home:reminders"),
        _row("goes-on", "Where what was opened from Home goes on", "dialog goes_on"),
        _row("home-opened", "A decision opened from Home", "press home:open"),
        _row("home-revised", "A decision revised from Home", "press home:revise"),
        _row("home-resumed", "A check resumed from Home", "press home:resume"),
        _row(
            "home-delete",
            "Being asked before one check is deleted",
            "dialog delete, press home:ask_delete, press home:more",
        ),
        _row("home-deleted", "After one check was deleted", "press home:delete"),
        _row("home-forgotten", "After all was deleted", "press home:forget"),
    ),
    "Rules": (_row("rules", "The rules to read"),),
}

NOT_SHOWN: Mapping[str, str] = {
    "press record:how": "on records of earlier releases alone",
    "press record:outside": "needs a workspace that hides whether a channel is shared",
    "press record:was_posted": "needs a lost answer of Slack (docs/reliability.md)",
    "press record:post_again": "needs a lost answer of Slack (docs/reliability.md)",
    "press record:again": "stands on a reminder, 30 days later",
    "dialog share_back": "the dialog of sharing without a channel, for a title nobody chose",
    "press home:update": "does what report:update does, from a line of Home",
    "press home:wording": "needs a language model",
    "step again": "needs an earlier edition of the rules",
    "note late": "needs a message that comes late",
    "note edition": "needs an earlier edition of the rules",
}
"""What has no picture, and why."""


def pictures() -> dict[str, Picture]:
    """All of them, by name."""
    return {each.name: each for group in PICTURES.values() for each in group}


def whole() -> set[str]:
    """All that the bot has to show, as pictures name it."""
    rules = load_rules()
    return {
        *(f"face {face}" for face in get_args(Face)),
        *(f"kind {question.kind}" for question in rules.questions),
        *(f"verdict {kind}" for kind in get_args(VerdictKind)),
        *(f"note {code}" for code in get_args(NoteCode)),
        *(f"step {verb}" for verb in TYPED.values()),
        *(f"press {act}" for act in ACTS),
        *(f"command {word}" for word in COMMANDS),
        *(f"dialog {name}" for name in DIALOGS),
    }


# ---- the conversations

OPENING = "We pay for the large model because only it keeps our support tone. Tune a small one?"
BY_MODELS = (
    "We pay Opus 5.5, 4,500 in, 600 out, 3,500 cached; want haiku 5.5. 1M calls a year, serving on 1 L4 at $0.50/h."
    " Two engineers for two weeks, about $6k. Live in 4 months."
)
PARAGRAPH = (
    "Should we tune a small model so that our support replies keep our brand voice? Most failures are about tone. A"
    " careful prompt with five examples is in use, and retrieval is not needed. Our eval set has 1,200 pairs, none of"
    " them in the training data. 82 % of them pass today and we ship at 90 %. We make 1M calls a year at 3 cents each."
)
ANSWERS = {
    "goal": "[smaller_model]", "prompt_tried": "[yes]", "rag_tried": "[yes]", "failure_cause": "[tone]",
    "eval_pairs": "1.2k", "measured_pass_rate": "82%", "target_pass_rate": "90%", "large_model_meets_target": "[yes]",
    "eval_overlaps_training": "[no]", "calls_per_year": "1M", "usd_per_call_now": "$30 per 1,000 calls",
    "usd_per_call_after": "$0.001", "pass_rate_without_tuning": "90 %",
    "usd_per_failure": "no idea", "other_savings_usd_per_year": "0",
    "training_pairs": "5k", "labeled_pairs": "0", "usd_per_label": "$1", "training_usd": "$500",
    "upkeep_usd_per_month": "200", "hosting_usd_per_month": "0", "retrain_pipeline": "[yes]", "retrain_budget": "[yes]",
    "retrain_owner": "R. Okafor",
    "poc_training_examples": "300", "poc_baseline_pass_rate": "82 %", "poc_eval_items": "1,200", "poc_gained": "150",
    "poc_lost": "30", "quality_parity": "[yes]",
}  # fmt: skip
"""What a question is answered with, typed as it stands or [pressed]; what is not in here is not known."""
ROI = "roi 1M calls/yr, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo"
_LIVE = ("answer", "report:more", "session:continue", "session:edit")
_TO_SAY = "SELECT 1 FROM outbox WHERE due='' AND doubt < 2 LIMIT 1"


class Play:
    """The workspace, with hands that note what they press."""

    def __init__(self, slack: LocalSlack, bot: Bot) -> None:
        self.slack, self.bot = slack, bot
        self.met: set[str] = set()

    def note_cards(self) -> None:
        """From now on note what is on the cards that are drawn, so that the list can be held against it."""
        drawn = Cards.view

        def noted(cards: Cards, reply: Reply, around: ReportContext | None = None) -> View:
            self._meet(reply)
            return drawn(cards, reply, around)

        Cards.view = noted  # type: ignore[method-assign, assignment]

    def _meet(self, reply: Reply) -> None:
        """A card is drawn: what of the bot is on it."""
        self.met |= {f"face {reply.face}", *(f"note {note.code}" for note in reply.notes)}
        self.met |= {f"kind {row.kind}" for row in load_rules().questions if row.id == reply.pending}
        if reply.face == "report":
            self.met.add(f"verdict {reply.report.verdict.kind}")

    def quiet(self) -> None:
        """Wait until everything said was heard, and everything to be said was said."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            self.slack.wait_idle()
            if not self._unsaid():
                self.slack.wait_idle()
                if not self._unsaid():
                    return
            time.sleep(0.005)
        raise TimeoutError("there is always something left to say")

    def _unsaid(self) -> bool:
        return bool(self.bot.store.turn(lambda conn: conn.execute(_TO_SAY).fetchall()))

    def say(self, text: str, root: str = "", user: str = ADA) -> str:
        """Type something; the thread it stands in."""
        ts = self.slack.say(user, text, thread_ts=root or None)
        self.quiet()
        self.met |= {f"step {verb}" for verb in [TYPED.get(text)] if verb}
        if root and text.endswith("?"):
            self.met.add("note asked")  # it is answered, and no card drawn
        return root or ts

    def send_file(self) -> None:
        """Send a picture without a word, as what was said last is repeated with nothing in it."""
        seen = self.slack.deliveries("events_api")
        payload = next(d.payload for d in reversed(seen) if d.payload["event"].get("user") == ADA)
        event = payload["event"] | {"text": "", "subtype": "file_share", "ts": f"{time.time():.6f}"}
        self.slack.deliver(payload | {"event": event, "event_id": "Ev0FILE"})
        self.quiet()

    def last(self, channel: str = DM, root: str = "", *, holding: str = "") -> Message:
        """What the bot said last, or the last of it that has an element of this id."""
        said = [m for m in self.slack.messages(channel, root or None) if m.get("bot_id")]
        return [m for m in said if not holding or any(_named(e, holding) for e in elements(m))][-1]

    def card(self, root: str) -> Message:
        """The live card of a thread of Ada's: what asks or reports, not what was told below it."""
        said = [m for m in self.slack.messages(DM, root) if m.get("bot_id") and any(elements(m))]
        return max(said, key=lambda m: (any(_named(e, what) for e in elements(m) for what in _LIVE), m["ts"]))

    def whispered(self, user: str = ADA) -> Message:
        return self.slack.ephemerals(user)[-1]

    def press(
        self, on: Message, what: str, option: Any = None, *, user: str = ADA, channel: str = DM, **more: Any
    ) -> None:
        """Press a button, or pick what stands behind a menu; ``what`` is an action id or its beginning."""
        found = next(e for e in elements(on) if _named(e, what))
        picked = next((v for v in _values(found) if v == what or v.startswith(f"{what.partition(':')[2]}:")), "")
        for act in (":".join(each.split(":")[:2]) for each in (what, found["action_id"])):
            self.met |= {f"press {act}", f"step {act.partition(':')[2]}"}
        option = option or picked or None
        self.slack.click(user, on["ts"], found["action_id"], on.get("channel") or channel, option, **more)
        self.quiet()

    def use_only(self, root: str, *fields: str) -> None:
        """Of what one's own words say only this is used."""
        card = self.card(root)
        boxes = next(
            b for b in card["blocks"] if any(_named(e, "session:mentioned") for e in elements({"blocks": [b]}))
        )
        self.press(card, "session:use", settings={(boxes["block_id"], "session:mentioned"): list(fields)})

    def press_again(self) -> None:
        """The answer that was pressed last is pressed once more, though its card has moved on."""
        heard = [each.payload for each in self.slack.deliveries("interactive")]
        pressed = [payload for payload in heard if payload["type"] == "block_actions"]
        seen = next(p for p in reversed(pressed) if p["actions"][0]["action_id"].startswith("answer:"))
        again = seen["actions"][0] | {"action_ts": f"{time.time():.6f}"}
        self.slack.deliver(seen | {"actions": [again]})
        self.quiet()

    def dialog(self, user: str = ADA) -> Spot:
        """The dialog that is open."""
        (view,) = self.slack.modals(user)
        self.met.add(f"dialog {view['callback_id']}")
        return Spot("dialog", DM if user == ADA else LINS, view=view)

    def send(self, values: Mapping[str, Any], user: str = ADA) -> None:
        self.slack.submit(user, values)
        self.quiet()

    def close(self, user: str = ADA) -> None:
        if self.slack.modals(user):
            self.slack.close_view(user, everything=True)

    def command(self, line: str, channel: str = GENERAL) -> None:
        self.met.add(f"command {line.partition(' ')[0]}")
        self.slack.command(ADA, "/finetune", line, channel=channel)
        self.quiet()

    def home(self, user: str = ADA) -> Spot:
        self.slack.open(user, "home")
        self.quiet()
        view = self.slack.home(user)
        assert view is not None  # noqa: S101 - opening it has published it
        return Spot("home", f"{DM if user == ADA else LINS}/home", view=view)

    def press_home(self, what: str, option: str = "") -> None:
        view = self.home().view or {}
        found = next(e for e in elements(view) if _named(e, what))
        self.met |= {f"press {':'.join(act.split(':')[:2])}" for act in (what, found["action_id"])}
        picked = next((v for v in _values(found) if v.startswith(f"{_picked(what)}:")), None)
        self.slack.click(ADA, view_id=view["id"], action_id=found["action_id"], option=option or picked)
        self.quiet()

    def asked(self, root: str) -> str:
        """The field that the live card asks about."""
        ids = [e["action_id"] for e in elements(self.card(root))]
        return next((i.split(":")[1] for i in ids if i.startswith("answer:") and i.endswith(":unknown")), "")

    def answer(self, root: str, value: str) -> None:
        """Answer what is asked: typed, or [pressed]."""
        field, card = self.asked(root), self.card(root)
        if not value.startswith("["):
            self.say(value, root)
        elif any(e["action_id"] == f"answer:{field}:pick" for e in elements(card)):
            self.press(card, f"answer:{field}:pick", value[1:-1])
        else:
            self.press(card, f"answer:{field}:{value[1:-1]}")

    def go_on(self, root: str, until: str = "", **otherwise: str) -> Message:
        """Answer until this field is asked about, or nothing is; the card then."""
        answers = ANSWERS | otherwise
        while (field := self.asked(root)) and field != until:
            self.answer(root, answers.get(field, "no idea"))
        return self.card(root)

    def decided(self, title: str = OPENING, **otherwise: str) -> str:
        """A check answered to its report; its thread."""
        root = self.say(title)
        self.go_on(root, **otherwise)
        return root

    def share(self, root: str, channel: str = GENERAL, *ticked: str, note: str = "") -> Message:
        """Post the decision; the record."""
        self.press(self.card(root), "report:share")
        self.send({"channel": channel, "options": list(ticked), "note": note})
        return self.last(channel)


def elements(shown: Message) -> Iterator[dict[str, Any]]:
    """All that can be used in a message or a view."""
    for block in shown.get("blocks", []):
        yield from (e for e in block.get("elements", []) if "action_id" in e)
        yield from elements({"blocks": block.get("child_blocks", [])})


def _named(element: dict[str, Any], what: str) -> bool:
    """Whether it has this action id, or one that begins so, or has it behind *More*."""
    name = element["action_id"]
    behind = any(v == what or (v.startswith(f"{_picked(what)}:") and ":more" in name) for v in _values(element))
    return bool(name == what or name.startswith(f"{what}:") or behind)


def _picked(what: str) -> str:
    """How the value begins that stands for an act behind *More*: "differ:…", "delete:…"."""
    return what.partition(":")[2].removeprefix("ask_")


def _values(element: dict[str, Any]) -> list[str]:
    thumbs = [element[side]["value"] for side in ("positive_button", "negative_button") if side in element]
    return [str(option["value"]) for option in element.get("options", [])] + thumbs


def _in(root: str, message: Message, *, unfold: bool = False) -> Spot:
    """A message in a thread of Ada's."""
    return Spot("message", f"{DM}/{root}", message, unfold=unfold)


def _alone(message: Message) -> Spot:
    """A message of Ada's, in the thread it stands in."""
    return _in(message.get("thread_ts") or message["ts"], message)


Scene = Callable[[Play], Iterator[tuple[str, Spot]]]


def beginning(play: Play) -> Iterator[tuple[str, Spot]]:
    play.slack.open(ADA)
    play.quiet()
    yield "greeting", Spot("window", DM)
    yield "home-empty", play.home()
    root = play.say("hi")
    yield "hello", _in(root, play.last(root=root))
    play.command("")
    yield "menu", Spot("message", GENERAL, play.whispered())
    play.command("help")
    yield "command-help", Spot("message", GENERAL, play.whispered())
    play.command("dance")
    yield "command-unknown", Spot("message", GENERAL, play.whispered())
    asked = play.slack.mention(LIN, GENERAL, "should we tune a model for our support answers?")
    play.quiet()
    there = play.last(GENERAL, asked)
    yield "mention", Spot("message", f"{GENERAL}/{asked}", there)
    play.press(there, "session:start", user=ADA, channel=GENERAL)
    begun = play.last()
    root = begun.get("thread_ts") or begun["ts"]
    yield "in-dm", _in(root, begun)
    play.slack.message_shortcut(ADA, "check_message", GENERAL, asked)
    play.quiet()
    begun = play.last()
    yield "taken", _alone(begun)
    taken = begun.get("thread_ts") or begun["ts"]
    play.press(begun, "session:drop")
    yield "dropped", _in(taken, play.last(root=taken))
    report = play.go_on(root)
    play.press(report, "report:post_back")
    yield "posted-back", Spot("message", f"{GENERAL}/{asked}", play.last(GENERAL, asked))
    root = play.say(PARAGRAPH)
    yield "mentioned", _in(root, play.last(root=root))
    play.press(play.card(root), "session:mentioned", ["goal"])
    play.use_only(root, "goal", "rag_tried")
    yield "used", _in(root, play.last(root=root))
    root = play.say(PARAGRAPH)
    play.use_only(root)
    yield "none-used", _in(root, play.last(root=root))
    play.say("resume")
    play.press(play.last(holding="session:resume"), "session:resume")
    begun = play.last()
    yield "resumed", _alone(begun)


def questions(play: Play) -> Iterator[tuple[str, Spot]]:
    root = play.say(OPENING)

    def here(*, unfold: bool = False) -> Spot:
        return _in(root, play.last(root=root), unfold=unfold)

    yield "choice-list", here()
    play.say("back", root)
    yield "nothing-before", here()
    play.say("the best one for us", root)
    yield "misread", here()
    play.answer(root, ANSWERS["goal"])
    yield "yes-no", here()
    play.say("why", root)
    yield "why", here()
    play.say("what is an eval set?", root)
    yield "asked-back", _in(root, [m for m in play.slack.messages(DM, root) if m.get("bot_id")][-2])
    yield "behind-dots", Spot("window", f"{DM}/{root}", pressed="[data-action='session:more']")
    play.press(play.card(root), "session:help")
    yield "help", here()
    play.answer(root, "[yes]")
    yield "choice-buttons", here()
    play.press(play.card(root), "session:form")
    yield "form-1", play.dialog()
    play.close()
    play.go_on(root, until="eval_pairs")
    yield "count", here()
    play.send_file()
    yield "text-only", here()
    said = play.slack.say(ADA, "1.2k", thread_ts=root)
    play.quiet()
    yield "read", here()
    play.say("back", root)
    yield "back", here()
    play.go_on(root, until="measured_pass_rate")
    play.slack.edit(ADA, said, "1.3k")
    play.quiet()
    yield "use-edit", here()
    play.go_on(root, until="measured_pass_rate")
    yield "rate", here()
    play.go_on(root, until="eval_overlaps_training")
    play.press(play.card(root), "session:form")
    yield "form-2", play.dialog()
    play.close()
    play.say("no", root)
    play.press_again()
    yield "moved-on", here()
    play.go_on(root, until="usd_per_call_now")
    yield "money", here()
    play.say("lots", root)
    play.say("a fortune", root)
    yield "struggling", here()
    play.say("$30,000", root)
    yield "in-doubt", here()
    play.press(play.card(root), "session:form")
    yield "form-3", play.dialog()
    yield "form-wrong", replace(play.dialog(), typed="a fortune")
    play.close()
    play.go_on(root, until="retrain_pipeline")
    play.press(play.card(root), "session:form")
    yield "form-4", play.dialog()
    play.close()
    play.go_on(root, until="retrain_owner")
    yield "name", here()
    play.say("rename", root)
    yield "title", here()
    play.say("Our support tone", root)
    yield "renamed", here()
    play.say("description", root)
    yield "description", here()
    play.say("A small model that keeps our tone, for half the price", root)
    yield "redescribed", here()
    play.say("review", root)
    yield "review", here()
    play.say("change", root)
    yield "change", here()
    play.say("change the weather", root)
    yield "no-such-field", here()
    play.say("change", root)
    play.press(play.card(root), "session:edit", "eval_pairs")
    yield "edit", here()
    play.say("cancel", root)
    yield "ended", here()
    play.say("continue", root)
    play.say("start over", root)
    yield "restarted", here()
    play.say("bring them back", root)
    yield "restored", here()
    play.say("departures", root)
    yield "departures", here()
    play.say("second opinions", root)
    yield "opinions", here()
    yield "history", Spot("window", f"{DM}/{root}")
    blocked = play.say("Tune for our tone, with a small eval set?")
    play.go_on(blocked, until="measured_pass_rate", eval_pairs="300")
    yield "blocked-ahead", _in(blocked, play.card(blocked))
    play.press(play.card(blocked), "session:report")


def plans(play: Play) -> Iterator[tuple[str, Spot]]:
    root = play.decided("Is a tuned model worth it for our tone?")
    yield "first-screen", Spot("window", f"{DM}/{root}")
    play.press(play.card(root), "report:plan")
    yield "form-plan", play.dialog()
    play.close()
    play.say("check our plan", root)
    yield "plan", _in(root, play.last(root=root))
    yield "report-planned", _in(root, play.go_on(root))
    play.say("checklist", root)
    yield "report-checklist", _in(root, play.last(root=root))
    play.say("change eval pairs", root)
    play.say("400", root)
    yield "report-changed", _in(root, play.card(root))
    play.say("change eval pairs", root)
    play.say("1200", root)
    yield "report-unfolded", _in(root, play.card(root), unfold=True)
    play.say("why not now?", root)
    yield "why-not", _in(root, play.last(root=root))
    play.say("what would change it?", root)
    yield "what-would-change", _in(root, play.last(root=root))
    play.say("what if we had 2M calls?", root)
    yield "what-if", _in(root, play.last(root=root))
    play.say("what's §1 ③?", root)
    yield "section", _in(root, play.last(root=root))
    play.say("who won the cup in 1998?", root)
    yield "not-understood", _in(root, play.last(root=root))
    play.say("thanks!", root)
    yield "thanks", _in(root, play.last(root=root))
    yield from _other_numbers(play, root)
    yield from _told(play, root)
    yield from _ranges(play)
    half = play.decided("Answer from our wiki?", rag_tried="[no]")
    play.say("answer the rest anyway", half)
    yield "report-rest", _in(half, play.go_on(half))


def _ranges(play: Play) -> Iterator[tuple[str, Spot]]:
    """Two answers that are known from one end to another only."""
    root = play.decided("How sure is the year's money?")
    play.say("change price of a label", root)
    play.say("$1-5", root)
    yield "range-asked", _in(root, play.card(root))
    play.press(play.card(root), "answer:usd_per_label:$1")
    play.say("change calls a year", root)
    play.say("1M (700k-1.3M)", root)
    yield "ranged", _in(root, play.card(root))
    yield "ranged-unfolded", _in(root, play.card(root), unfold=True)
    play.say("my answers", root)
    yield "ranged-answers", _in(root, play.card(root))


def _other_numbers(play: Play, root: str) -> Iterator[tuple[str, Spot]]:
    play.press(play.card(root), "report:try")
    yield "form-try", play.dialog()
    play.send({"calls_per_year": "100k"})
    compared = play.last(holding="session:keep")
    yield "comparison", _in(root, compared)
    play.press(compared, "session:keep")
    kept = play.last(holding="session:undo")
    yield "kept", _in(root, kept)
    play.press(kept, "session:undo")
    yield "undone", _in(root, next(m for m in play.slack.messages(DM, root) if m["ts"] == kept["ts"]))


def _told(play: Play, root: str) -> Iterator[tuple[str, Spot]]:
    card = play.card(root)
    play.press(card, "feedback:up")
    yield "rated-up", _heard(play, root)
    play.press(card, "feedback:down")
    yield "feedback", play.dialog()
    play.send({"note": "Which of our queues to begin with"})
    yield "rated-down", _heard(play, root)
    play.press(card, "report:export")
    yield "exported", _heard(play, root)
    play.press(card, "report:remind:30")
    yield "reminded", _heard(play, root)
    play.press(play.card(root), "report:forget_reminder")
    yield "forgotten", _heard(play, root)
    play.press(play.card(root), "report:hand_over")
    yield "hand-over", play.dialog()
    play.send({"person": LIN})
    sent = _heard(play, root)
    yield "offer-sent", sent
    offer = play.last(LINS, holding="record:decline")
    play.press(sent.message or {}, "record:withdraw")
    yield "withdrawn", Spot("message", LINS, next(m for m in play.slack.messages(LINS) if m["ts"] == offer["ts"]))
    yield "withdrawn-owner", _heard(play, root)
    play.press(play.card(root), "report:hand_over")
    play.send({"person": LIN})
    offer = play.last(LINS, holding="record:decline")
    yield "offer", Spot("message", LINS, offer)
    play.press(offer, "record:decline", user=LIN, channel=LINS)
    told = play.last()
    yield "declined", _alone(told)
    play.press(play.card(root), "report:versions")
    listed = _heard(play, root)
    yield "versions", listed
    play.press(listed.message or {}, "record:version")
    yield "version", _heard(play, root)


def _heard(play: Play, root: str) -> Spot:
    """What was told last in Ada's thread, to all of it or to her alone."""
    said = [m for m in play.slack.messages(DM, root) if m.get("bot_id")]
    whispers = [m for m in play.slack.ephemerals(ADA) if m["channel"] == DM]
    return _in(root, max((*said, *whispers), key=lambda m: str(m["ts"])))


def verdicts(play: Play) -> Iterator[tuple[str, Spot]]:
    for kind, otherwise in VERDICTS.items():
        root = play.decided(f"{OPENING} ({kind.replace('_', ' ')})", **otherwise)
        if "poc_tuned_pass_rate" in otherwise:
            play.press(play.card(root), "report:poc")
            if kind == "scale_up":
                yield "trial", _in(root, play.card(root))
            play.go_on(root, **otherwise)
        yield f"report-{kind}", _in(root, play.card(root))
        yield f"record-{kind}", Spot("message", GENERAL, play.share(root))
        if kind != "stay_with_prompt_rag":
            yield f"record-{kind}-costs", Spot("message", PRIVATE, play.share(root, PRIVATE, "costs"))


def records(play: Play) -> Iterator[tuple[str, Spot]]:
    root = play.decided("Our tone at half the price")
    play.press(play.card(root), "report:share")
    yield "share", play.dialog()
    view = play.dialog().view or {}
    play.slack.click(ADA, view_id=view["id"], action_id="options", option=["costs"])
    play.quiet()
    yield "share-costs", play.dialog()
    play.close()
    play.press(play.card(root), "report:share")
    play.send({"channel": GENERAL, "title": "Save $30,000 a year", "options": []})
    yield "share-figures", play.dialog()
    play.close()
    play.press(play.card(root), "report:share")
    play.send({"channel": ABROAD, "options": []})
    yield "shared-abroad", _heard(play, root)
    record = play.share(root, note="Agreed with the support leads.")
    yield "shared", _heard(play, root)
    yield "record-unfolded", Spot("message", GENERAL, record, unfold=True)
    yield "record-screen", Spot("window", GENERAL)
    lin = {"user": LIN, "channel": GENERAL}
    play.press(record, "record:ask", **lin)
    yield "ask", replace(play.dialog(LIN), stays=True)
    play.send({"line": "why is the trial so small?"}, LIN)
    yield "record-asked", _whispered(play)
    play.press(record, "record:follow", **lin)
    yield "record-followed", _whispered(play)
    play.press(record, "record:differ", **lin)
    yield "differ", replace(play.dialog(LIN), stays=True)
    play.send({"line": "Our volume is half of that"}, LIN)
    told = play.last(DM)
    play.press(record, "record:take_down", **lin)
    yield "record-not-yours", replace(_whispered(play), stays=False)
    yield "record-differed", _alone(told)
    play.slack.mention(LIN, GENERAL, "which gate was the closest?", record["ts"])
    play.quiet()
    yield "record-mentioned", Spot("message", f"{GENERAL}/{record['ts']}", play.last(GENERAL, record["ts"]))
    play.say("change eval pairs", root)
    play.say("400", root)
    play.press(play.card(root), "report:update")
    yield "record-turned", Spot("message", GENERAL, _now(play, record))
    yield "record-thread", Spot("message", f"{GENERAL}/{record['ts']}", play.last(GENERAL, record["ts"]))
    play.command("decisions")
    yield "decisions", Spot("message", GENERAL, play.whispered())
    play.command("compare opus 5.5 vs haiku 5.5, 4,500 in 600 out, 1M calls/yr")
    yield "compare", Spot("message", GENERAL, play.whispered())
    told = play.last(LINS)
    yield "record-follower-told", Spot("message", LINS, told)
    play.press(told, "record:unfollow", user=LIN, channel=LINS)
    yield "record-unfollowed", Spot("message", LINS, play.last(LINS))
    play.press(_now(play, record), "record:take_down", channel=GENERAL)
    yield "record-down", Spot("message", GENERAL, _now(play, record))
    play.press(play.whispered(), "record:keep", channel=GENERAL)
    yield "record-stands-again", Spot("message", GENERAL, _now(play, record))


def _whispered(play: Play) -> Spot:
    """What Lin was told in a channel, and nobody else."""
    told = play.whispered(LIN)
    return Spot("message", f"{LINS}?{told['channel']}", told, stays=True)


def _now(play: Play, message: Message) -> Message:
    return next(m for m in play.slack.messages(GENERAL) if m["ts"] == message["ts"])


def calculations(play: Play) -> Iterator[tuple[str, Spot]]:
    play.command(ROI)
    shown = play.whispered()
    yield "roi", Spot("message", GENERAL, shown)
    play.press(shown, "roi:adjust")
    yield "roi-form", play.dialog()
    play.send({})
    yield "roi-result", play.dialog()
    play.close()
    play.press(play.whispered(), "roi:post", channel=GENERAL)
    yield "roi-posted", Spot("message", GENERAL, play.last(GENERAL))
    play.command("roi 1M calls/yr, $0.03 -> $0.001")
    yield "roi-asks", Spot("message", GENERAL, play.whispered())
    play.press(play.whispered(), "roi:example")
    yield "roi-example", Spot("message", GENERAL, play.whispered())
    play.command("roi 700k-1.3M calls/yr, $0.03 -> $0.001, 5k labels at $3, gpu $500, $200/mo")
    yield "roi-range", Spot("message", GENERAL, play.whispered())
    play.press(play.whispered(), "roi:range:1")
    yield "roi-ranged", Spot("message", GENERAL, play.whispered())
    play.command("roi 1k calls/yr, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo")
    yield "roi-does-not-pay", Spot("message", GENERAL, play.whispered())
    play.press(play.whispered(), "roi:check")
    begun = play.last()
    yield "roi-check", _alone(begun)
    play.command(
        "roi 1M calls/yr, opus, 4,500 in 600 out -> haiku 5.5, 5k labels at $1, gpu $500, $200/mo, live in May"
    )
    yield "roi-pick", Spot("message", GENERAL, play.whispered())
    play.press(play.whispered(), "roi:pick:0")
    yield "roi-picked", Spot("message", GENERAL, play.whispered())


def costs(play: Play) -> Iterator[tuple[str, Spot]]:
    opened = play.say(BY_MODELS)
    yield "costs-mentioned", _in(opened, play.last(root=opened))
    root = play.say(OPENING)
    play.go_on(root, until="usd_per_call_now")
    play.say("Opus 5.5, 4,500 in, 600 out, 3,500 cached", root)
    yield "costs-by-model", _in(root, play.last(root=root))
    play.say("haiku 5.5", root)
    play.go_on(root, until="hosting_usd_per_month")
    play.say("1 L4 at $0.50/h 24x7", root)
    yield "costs-derived", _in(root, play.last(root=root))
    play.say("yes", root)
    play.go_on(root)
    play.press(play.card(root), "report:plan")
    yield "costs-plan", play.dialog()
    play.send({"engineering_usd": "$6,000", "go_live_months": "in 4 months"})
    yield "costs-report", _in(root, play.card(root), unfold=True)


def desk(play: Play) -> Iterator[tuple[str, Spot]]:
    yield "home-full", play.home()
    yield "home-screen", Spot("window", f"{DM}/home")
    for what in ("open", "revise", "resume"):
        play.press_home(f"home:{what}")
        if what == "open":
            yield "goes-on", play.dialog()
        play.close()
        begun = play.last()
        name = {"open": "home-opened", "revise": "home-revised", "resume": "home-resumed"}[what]
        yield name, _alone(begun)
    for place in range(PAGE):
        play.say(f"Should we tune a model for team {place + 1}?")
    yield "many-conversations", Spot("window", DM)
    play.press_home("home:page:older")
    yield "home-page", Spot("home", f"{DM}/home", view=play.slack.home(ADA))
    play.press_home("home:reminders")
    yield "home-settings", play.home()
    play.press_home("roi:open")
    play.close()
    yield "confirm", Spot("window", f"{DM}/home", pressed="[data-action='home:forget']")
    play.press_home("home:ask_delete")
    yield "home-delete", play.dialog()
    view = play.dialog().view or {}
    play.met.add("press home:delete")
    play.slack.click(ADA, view_id=view["id"], action_id="home:delete")
    play.quiet()
    play.close()
    yield "home-deleted", play.home()
    root = play.decided("To be handed over", rag_tried="[no]")
    play.press(play.card(root), "report:hand_over")
    play.send({"person": LIN})
    offer = play.last(LINS, holding="record:accept")
    play.press(offer, "record:accept", user=LIN, channel=LINS)
    yield "accepted", _alone(play.last())
    yield "taken-over", Spot("message", LINS, play.last(LINS))
    yield from _imported(play)
    root = play.say(OPENING)
    play.press(play.card(root), "session:form")
    about = play.dialog().view or {}
    play.press_home("home:forget")
    typed = [b["block_id"] for b in about["blocks"] if b.get("element", {}).get("type") == "plain_text_input"]
    play.send({typed[0]: "9"})
    yield "form-gone", play.dialog()
    play.close()
    yield "home-forgotten", play.home()
    yield "rules", Spot("page", "read/rules")


def _imported(play: Play) -> Iterator[tuple[str, Spot]]:
    play.command("import")
    yield "import", play.dialog()
    play.send({"json": (
        '{"format": "finetune-advisor/decision", "title": "Brought from elsewhere",'
        ' "answers": {"goal": "company_voice", "prompt_tried": true, "rag_tried": "no"}}'
    )})  # fmt: skip
    brought = play.last()
    yield "report-brought", _alone(brought)


SCENES: tuple[Scene, ...] = (beginning, questions, plans, verdicts, records, calculations, costs, desk)
