"""Have the conversation that docs/using.md shows, for real, and write it there (``make transcript``).

The bot runs as it always does, joined to the loopback workspace of ``bot.local`` by signed HTTP; nothing is made up.
A test has the same conversation again and compares.
"""

import re
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from slack_bolt.adapter.wsgi import SlackRequestHandler

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from advisor import load_rules  # noqa: E402 - the project need not be installed for this
from bot import settings  # noqa: E402
from bot.app import Bot, build  # noqa: E402
from bot.delivery.clock import Clock  # noqa: E402
from bot.local import LocalSlack  # noqa: E402
from bot.local.tickets import Tickets  # noqa: E402
from bot.render.rules import page  # noqa: E402
from bot.render.wording import Wording  # noqa: E402
from bot.slack.gate import front  # noqa: E402
from bot.slack.server import serve  # noqa: E402

ADA, DM = "U0ADA", "D0ADA"
BEGIN, END = "<!-- transcript: written by docs/build_transcript.py -->\n```text\n", "```\n<!-- end of transcript -->"

OPENING = "Should we fine-tune a small model to route our support tickets?"
# What she answers to each question: typed as it stands, or [pressed].
ANSWERS = {
    "goal": "[classification]",
    "prompt_tried": "[yes]",
    "rag_tried": "[not_needed]",
    "failure_cause": "[classification]",
    "eval_pairs": "about 620",
    "measured_pass_rate": "82%",
    "target_pass_rate": "90%",
    "large_model_meets_target": "no idea",
}


@contextmanager
def running(port: int = 0) -> Iterator[LocalSlack]:
    """A bot at work in a loopback workspace, with databases that are thrown away."""
    with at_work(port) as (slack, _):
        yield slack


@contextmanager
def at_work(
    port: int = 0, *, rules_to_read: bool = False, clock: Clock | None = None
) -> Iterator[tuple[LocalSlack, Bot]]:
    """The workspace and the bot in it; with ``rules_to_read`` sections are links to the rules, as in local mode. The
    bot may have a ``clock``; whoever waits for its acknowledgement is patient, as the machine may be busy."""
    with tempfile.TemporaryDirectory() as folder, LocalSlack(port=port, ack_timeout=60.0) as slack:
        if clock:
            slack.workspace.tickets = Tickets(clock.time)  # what is said keeps the page's time
        slack.pages["rules"] = page(Wording(load_rules()))
        chosen = replace(
            settings.load({"ADVISOR_DB": str(Path(folder) / "advisor.db")}),
            bot_token=slack.bot_token, signing_secret=slack.signing_secret, api_url=slack.api_url, port=0,
            rules_url=f"{slack.url}read/rules" if rules_to_read else "",
        )  # fmt: skip
        bot = build(chosen, clock)
        door = front(SlackRequestHandler(bot.app), slack.signing_secret, bot.health())
        server = serve(door, "127.0.0.1", 0)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        slack.bot_url = f"http://127.0.0.1:{server.port}/slack/events"
        try:
            yield slack, bot
        finally:
            server.close()
            bot.close()
            thread.join(10)


def converse(slack: LocalSlack, opening: str, answers: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Open a check and answer what is asked until nothing is; yields what was said or pressed, and the card after."""
    root = slack.say(ADA, opening)
    said, seen = opening, (0, "")
    while True:
        seen, card = slack.wait_for(lambda before=seen: _newer(slack, root, before))  # type: ignore[misc]
        yield said, card
        field = next(
            (found[1] for e in _elements(card) if (found := re.fullmatch(r"answer:(\w+):unknown", e["action_id"]))), ""
        )
        if not field:
            return
        answer = answers[field]
        if answer.startswith("["):
            said = f"[{_press(slack, card, field, answer[1:-1])}]"
        else:
            said = answer
            slack.say(ADA, answer, thread_ts=root)


def _newer(slack: LocalSlack, root: str, before: tuple[int, str]) -> tuple[tuple[int, str], dict[str, Any]] | None:
    """The live card, once it is another than before."""
    cards = [m for m in slack.messages(DM, root) if m.get("bot_id") and _elements(m)]
    if not cards:
        return None
    now = (len(cards), str(cards[-1]["blocks"]))
    return (now, cards[-1]) if now[1] != before[1] else None


def _elements(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [e for block in message.get("blocks", []) if block["type"] == "actions" for e in block["elements"]]


def _press(slack: LocalSlack, card: dict[str, Any], field: str, option: str) -> str:
    """Press the button, or choose the option; returns its words."""
    for element in _elements(card):
        if element["action_id"] == f"answer:{field}:{option}":
            slack.click(ADA, card["ts"], element["action_id"])
            return _label(element)
        if element["action_id"] == f"answer:{field}:pick":
            slack.click(ADA, card["ts"], element["action_id"], option=option)
            return next(str(o["text"]["text"]) for o in element["options"] if o["value"] == option)
    raise LookupError(f"{field} has no {option}")


def transcript() -> str:
    """The conversation of docs/using.md as plain text. Of a question's card its sentences, each the first time it is
    said; of the report all but the small print."""
    lines: list[str] = []
    heard: set[str] = set()
    with running() as slack:
        for said, card in converse(slack, OPENING, ANSWERS):
            lines.append(f"Ada  {said}")
            if any(e["action_id"].endswith(":unknown") for e in _elements(card)):
                spoken = [_plain(b["text"]["text"]) for b in card["blocks"] if b["type"] == "section"]
                lines += _wrapped("Bot  ", " ".join(line for line in spoken if line not in heard))
                heard.update(spoken)
            else:
                for block in card["blocks"]:
                    lines += _report_lines(block)
    return "\n".join(lines) + "\n"


def _report_lines(block: dict[str, Any]) -> list[str]:
    match block["type"]:
        case "header":
            return ["", f"     {block['text']['text'].upper()}", ""]
        case "section":
            first, *rest = _plain(block["text"]["text"]).split("\n")
            return _wrapped("     ", first) + [piece for line in rest for piece in _wrapped("       ", line)]
        case "actions":
            return ["", *_wrapped("     ", " ".join(f"[{_label(e)}]" for e in block["elements"]))]
        case "divider":
            return [""]
    return []


def _label(element: dict[str, Any]) -> str:
    """What stands on a button or in a closed list."""
    return str((element.get("text") or element["placeholder"])["text"])


def _wrapped(lead: str, text: str) -> list[str]:
    hang = 3 if re.match(r"\d\.", text) else 2 if text.startswith("•") else 0
    return textwrap.wrap(
        text, 100, initial_indent=lead, subsequent_indent=" " * (len(lead) + hang), break_on_hyphens=False
    )


def _plain(text: str) -> str:
    """Mrkdwn without its marks."""
    return (
        re.sub(r"(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)", "", text)
        .replace("&amp;", "&")
        .replace("\N{NO-BREAK SPACE}", " ")
    )


def main() -> None:
    page = ROOT / "docs" / "using.md"
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END, 1)[1]
    page.write_text(before + BEGIN + transcript() + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
