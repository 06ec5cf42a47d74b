"""Print the rooms and modules that what people do enters, from Slack's payload to what Slack is told (``python
docs/trace.py``): a number typed into a check until its card is posted, and a decision shared until it is.

The bot runs as it always does, joined to the loopback workspace. Every module of ours is counted of which a function
is entered meanwhile, on whatever thread; the workspace itself is not the bot.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

from build_graph import room_of  # noqa: E402 - the project need not be installed for this
from build_transcript import ADA, ANSWERS, OPENING, converse, running  # noqa: E402

MOST = {"typed": (10, 24), "shared": (8, 24)}
"""Rooms and modules that each may enter."""
TYPED = ANSWERS | {
    "eval_pairs": "1.2k", "eval_overlaps_training": "[no]", "calls_per_year": "1M", "usd_per_call_now": "$0.03",
    "usd_per_call_after": "$0.001", "usd_per_failure": "unknown", "other_savings_usd_per_year": "0",
    "training_pairs": "5k", "labeled_pairs": "0", "usd_per_label": "$1", "training_usd": "$500",
    "upkeep_usd_per_month": "$200", "hosting_usd_per_month": "0", "retrain_pipeline": "[yes]",
    "retrain_budget": "[yes]", "retrain_owner": "nobody", "pass_rate_without_tuning": "82 %",
}  # fmt: skip


class Tracer:
    """Notes the modules entered while it is on. Threads are traced from their start, so it comes before the bot."""

    def __init__(self) -> None:
        self._on: set[str] | None = None

    def start(self) -> None:
        """Trace the threads that are begun from now on."""
        threading.setprofile(self._note)

    def _note(self, frame: FrameType, event: str, _arg: Any) -> None:
        if event == "call" and self._on is not None:
            name = str(frame.f_globals.get("__name__", ""))
            ours = name.startswith(("bot.", "advisor.")) and not name.startswith("bot.local")
            # What a dataclass generates has no line one could read.
            if ours and frame.f_code.co_filename.startswith(str(ROOT)):
                self._on.add(name)

    @contextmanager
    def on(self) -> Iterator[set[str]]:
        """What is entered meanwhile."""
        entered = self._on = set[str]()
        try:
            yield entered
        finally:
            self._on = None


def traced() -> dict[str, set[str]]:
    """What is done -> the modules entered."""
    tracer, entered = Tracer(), dict[str, set[str]]()
    tracer.start()
    with running() as slack:
        steps = converse(slack, OPENING, TYPED)
        card: dict[str, Any] = {}
        for _, card in steps:
            if "answer:eval_pairs:unknown" in str(card):
                slack.wait_idle()
                with tracer.on() as entered["typed"]:
                    next(steps)
                    slack.wait_idle()
        slack.click(ADA, card["ts"], "report:share")
        slack.wait_for(lambda: slack.modals(ADA))
        slack.wait_idle()
        posted = len(slack.messages("C0GENERAL"))
        with tracer.on() as entered["shared"]:
            slack.submit(ADA, {"channel": "C0GENERAL", "options": []})
            slack.wait_for(lambda: len(slack.messages("C0GENERAL")) > posted)
            slack.wait_idle()
    threading.setprofile(None)
    return entered


def main() -> int:
    """Exit status 1 when something enters more than it may."""
    too_much = 0
    for what, modules in traced().items():
        rooms = sorted({room_of(module) for module in modules})
        print(f"{what}: {len(rooms)} rooms, {len(modules)} modules (at most {MOST[what][0]} and {MOST[what][1]})")
        for room in rooms:
            print(f"  {room}: {', '.join(sorted(name for name in modules if room_of(name) == room))}")
        too_much |= len(rooms) > MOST[what][0] or len(modules) > MOST[what][1]
    return int(too_much)


if __name__ == "__main__":
    raise SystemExit(main())
