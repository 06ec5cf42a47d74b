"""Who said what where: what a turn begins with, whether Slack tells of it or of what became of a saying."""

from dataclasses import dataclass

from bot.messages import Saying

NAMELESS = "a colleague"
"""Whom Slack names by an id alone."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Who said what where, from a signed payload. ``thread_ts`` is the root of the thread, ``ts`` the message's own
    (empty for a click), ``message_ts`` the one that was clicked; ``key`` tells a repeated delivery; ``name`` is the
    person's handle where the payload has it."""

    key: str
    team: str
    user: str
    channel: str
    enterprise: str = ""
    ts: str = ""
    thread_ts: str = ""
    text: str = ""
    name: str = ""
    trigger_id: str = ""
    response_url: str = ""
    message_ts: str = ""

    @property
    def within(self) -> str:
        """The thread they have before them; none when what was pressed stands in the channel itself."""
        return "" if self.thread_ts == self.message_ts else self.thread_ts

    @property
    def lane(self) -> str:
        """What is said in a person's DM keeps one order, wherever it was asked for; a channel has its own."""
        return self.user if self.channel.startswith("D") else self.channel

    @classmethod
    def of(cls, saying: Saying) -> "Heard":
        """Whose turn a saying's outcome goes on."""
        asked = saying.on_result
        user, name = (asked.user, asked.name) if asked else ("", "")
        return cls("", saying.team, user or saying.person, "", enterprise=saying.enterprise, name=name)
