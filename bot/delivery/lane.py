"""A lane: what is said in order, to a channel or a person."""

import asyncio
from collections import deque
from dataclasses import dataclass, field, replace

from bot.messages import OutgoingMessage


@dataclass(slots=True)
class Lane:
    """It lives while something waits in it or is being said."""

    waiting: deque[OutgoingMessage] = field(default_factory=deque)
    now: OutgoingMessage | None = None
    """What is being said."""
    cards: dict[str, str] = field(default_factory=dict)
    """Session -> ts of its live card: newer than what the turns that wait here saw."""
    told: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Who was told that Slack is slow, and where that stands."""
    task: "asyncio.Task[None] | None" = None
    again: bool = False
    """Something came for it since it was last looked through; only where several processes say things."""

    def folds(self, outgoing: OutgoingMessage) -> bool:
        """Whether a newer card of the same check waits behind this one: then that one says both. It stands below what
        it replaces if either would, and cuts the card above down to the lines of both."""
        if outgoing.method != "card":
            return False
        for place, newer in enumerate(self.waiting):
            if newer.method == "card" and newer.session == outgoing.session:
                lines = dict.fromkeys(line for line in (outgoing.collapse, newer.collapse) if line)
                self.waiting[place] = replace(
                    newer,
                    below=outgoing.below or newer.below,
                    collapse="\n".join(lines),
                    card_ts=newer.card_ts or outgoing.card_ts,
                    on_result=newer.on_result or outgoing.on_result,
                    instead_of=(*outgoing.instead_of, outgoing.id, *newer.instead_of),
                    unsure=newer.unsure,
                )
                return True
        return False

    def waited_for(self) -> list[OutgoingMessage]:
        """What is said or waits here and has somebody who waits for it; a reminder surprises."""
        said = [self.now] if self.now else []
        return [one for one in (*said, *self.waiting) if one.end.waited_for and one.person and not one.due]
