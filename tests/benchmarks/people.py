"""People who type, a Slack that takes 100 ms, and the time from when a message was due to its acknowledgement.

All of it on one loop in one process, so that server and load can have a core each. Nothing of HTTP is here that the
two do not use: what offers the load must cost less than what is measured.
"""

import asyncio
import hashlib
import hmac
import json
import random
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import cache
from itertools import count, cycle
from math import inf
from typing import Any

from advisor import load_rules
from advisor.conversation import Typed, current, opening, step
from tests.bot.conftest import ANSWERS

SECRET, TEAM, BOT_USER = "0123456789abcdef0123456789abcdef", "T0BENCH", "U0BOT"
GIVEN_UP_SECONDS = 10.0
_TYPED = count(1_900_000_000)  # later than any card: people read one before they answer it
_POSTED = count(1_800_000_000)
OPENING = "our tone of voice is off in 30 % of the answers, should we fine-tune?"


@cache
def script() -> tuple[str, ...]:
    """What somebody types from the first words to the report."""
    rules, said = load_rules(), [OPENING]
    session = opening(OPENING)
    while question := current(session, rules).pending:
        said.append(ANSWERS.get(question, "I don't know"))
        session, _ = step(session, Typed(text=said[-1]), rules)
    return tuple(said)


@dataclass(slots=True)
class Person:
    """Somebody who has come so far in the script; ``root`` is the thread of their check."""

    number: int
    at: int = 0
    root: str = ""

    def says(self) -> bytes:
        """The next thing they type, as the event of it."""
        ts, said = f"{next(_TYPED)}.000100", script()[self.at]
        event: dict[str, Any] = {
            "type": "message", "channel_type": "im", "channel": f"D0B{self.number}", "user": f"U0B{self.number}",
            "text": said, "ts": ts, "event_ts": ts, "team": TEAM, "client_msg_id": f"{ts}-client-message-id",
            "blocks": [{"type": "rich_text", "block_id": "b1", "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": said}]}]}],
        }  # fmt: skip
        if self.at:
            event["thread_ts"] = self.root
        else:
            self.root = ts
        self.at = (self.at + 1) % len(script())
        authorization = {"enterprise_id": None, "team_id": TEAM, "user_id": BOT_USER, "is_bot": True}
        body = {
            "type": "event_callback", "team_id": TEAM, "api_app_id": "A0BENCH", "event_id": f"Ev{ts}", "event": event,
            "event_time": int(time.time()), "authorizations": [authorization], "event_context": "4-bench",
        }  # fmt: skip
        return json.dumps(body).encode()


# ---- HTTP, as much as is used of it


class _Peer(asyncio.Protocol):
    """Whole messages, one after the other, as ``whole`` gets them: the first line and the body."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self._got, self._needs = b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        while True:
            if not self._needs:
                end = self._got.find(b"\r\n\r\n")
                if end < 0:
                    return
                head = self._got[:end].lower()
                at = head.find(b"content-length:")
                length = int(head[at + 15 :].split(b"\r", 1)[0]) if at >= 0 else 0
                self._needs, self._from = end + 4 + length, end + 4
            if len(self._got) < self._needs:
                return
            first, body = self._got.split(b"\r\n", 1)[0], self._got[self._from : self._needs]
            self._got, self._needs = self._got[self._needs :], 0
            self.whole(first, body)

    def whole(self, first: bytes, body: bytes) -> None:
        raise NotImplementedError


class _Line(_Peer):
    """A connection to the bot."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: asyncio.Future[int] | None = None

    def whole(self, first: bytes, body: bytes) -> None:
        if self.answered and not self.answered.done():
            self.answered.set_result(int(first.split(b" ", 2)[1]))

    def connection_lost(self, error: Exception | None) -> None:
        if self.answered and not self.answered.done():
            self.answered.set_result(0)


class Slack:
    """The Web API as far as the bot of a typed answer calls it, each answer ``delay`` seconds late."""

    def __init__(self, delay: float = 0.1) -> None:
        self.delay, self.calls, self.busy = delay, Counter[str](), 0
        self.port = 0

    async def start(self) -> None:
        server = await asyncio.get_running_loop().create_server(lambda: _Web(self), "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    def answer(self, method: str, body: bytes) -> bytes:
        self.calls[method] += 1
        said: dict[str, Any] = {"ok": True}
        if method == "auth.test":
            said |= {"team_id": TEAM, "user_id": BOT_USER, "bot_id": "B0BOT", "url": "http://127.0.0.1/", "team": "b"}
        elif method.startswith("chat."):
            given = json.loads(body)
            ts = given.get("ts") or f"{next(_POSTED)}.000200"
            said |= {"channel": given.get("channel"), "ts": ts, "message": {"ts": ts}}
        return json.dumps(said).encode()


class _Web(_Peer):
    def __init__(self, slack: Slack) -> None:
        super().__init__()
        self._slack = slack

    def whole(self, first: bytes, body: bytes) -> None:
        method = first.split(b" ")[1].rsplit(b"/", 1)[1].decode()
        self._slack.busy += 1
        said = self._slack.answer(method, body)
        late = 0.0 if method == "auth.test" else self._slack.delay
        asyncio.get_running_loop().call_later(late, self._say, said)

    def _say(self, said: bytes) -> None:
        self._slack.busy -= 1
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n"
        if not self.transport.is_closing():
            self.transport.write(head.encode() + said)


# ---- the load


@dataclass(slots=True)
class Told:
    """What came of a load: seconds of each acknowledgement, and how often which status (0: none)."""

    acks: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def taken(self) -> int:
        return self.statuses[200]

    @property
    def refused(self) -> int:
        return self.statuses[503]

    @property
    def late(self) -> int:
        """What was taken too late for Slack."""
        return sum(ack > 3 for ack in self.acks)

    @property
    def failed(self) -> int:
        """All but what was taken or refused; and what was taken too late."""
        return sum(self.statuses.values()) - self.taken - self.refused + self.late

    def ms(self, share: float) -> float:
        """So many of the acknowledgements came within so many ms."""
        if not self.acks:
            return inf
        return 1000 * sorted(self.acks)[min(len(self.acks) - 1, int(share * len(self.acks)))]


class People:
    """Those who type at one bot, or at several in turn."""

    def __init__(self, *ports: int) -> None:
        self._ports = cycle(ports)
        self._free: deque[Person] = deque()
        self._lines: list[_Line] = []
        self._numbers = count(1)

    async def begin(self, how_many: int, random_: random.Random) -> None:
        """So many checks, each anywhere in the script."""
        people = [Person(next(self._numbers)) for _ in range(how_many)]
        walks = [[person] * random_.randint(1, len(script())) for person in people]
        await asyncio.gather(*(self._walk(walk) for walk in walks))
        self._free = deque(people)

    async def _walk(self, walk: list[Person]) -> None:
        for person in walk:
            for _ in range(50):
                if await self._type(person.says()) == 200:
                    break
                person.at = (person.at - 1) % len(script())
                await asyncio.sleep(0.2)

    async def open_loop(self, rate: float, seconds: float, random_: random.Random) -> Told:
        """Whether or not the last one was answered: so many a second, at times nobody can foresee."""
        told, loop = Told(seconds=seconds), asyncio.get_running_loop()
        due, begin, tasks = 0.0, loop.time() + 0.1, []
        while (due := due + random_.expovariate(rate)) < seconds:
            tasks.append(loop.create_task(self._due(begin + due, told)))
        await asyncio.gather(*tasks)
        return told

    async def _due(self, at: float, told: Told) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(at - loop.time())
        person = self._free.popleft() if self._free else Person(next(self._numbers))
        status = await self._type(person.says())
        told.statuses[status] += 1
        if status == 200:
            told.acks.append(loop.time() - at)
        self._free.append(person)

    async def closed_loop(self, how_many: int, seconds: float) -> Told:
        """So many people who type on as soon as they are acknowledged."""
        told, loop = Told(seconds=seconds), asyncio.get_running_loop()
        until = loop.time() + seconds

        async def one(person: Person) -> None:
            while (begun := loop.time()) < until:
                status = await self._type(person.says())
                if loop.time() < until:
                    told.statuses[status] += 1
                    if status == 200:
                        told.acks.append(loop.time() - begun)

        await asyncio.gather(*(one(self._free[n]) for n in range(how_many)))
        return told

    async def conversations(self, how_many: int, at_once: int, turns: int) -> None:
        """So many checks of so many turns each, by people who begin one after the other."""
        left = iter(range(how_many))

        async def one(person: Person) -> None:
            for _ in left:
                person.at = 0
                await self._walk([person] * turns)

        await asyncio.gather(*(one(Person(next(self._numbers))) for _ in range(at_once)))

    async def _type(self, body: bytes) -> int:
        """The status it is answered with; 0 without an answer."""
        while self._lines:
            line = self._lines.pop()
            # A line that lay idle may have been closed meanwhile; then, as every client does, on another one.
            if not line.transport.is_closing() and (status := await self._said(line, body)):
                return status
        try:
            _, line = await asyncio.get_running_loop().create_connection(_Line, "127.0.0.1", next(self._ports))
        except OSError:
            return 0
        return await self._said(line, body)

    async def _said(self, line: _Line, body: bytes) -> int:
        line.answered = asyncio.get_running_loop().create_future()
        line.transport.write(_signed(body))
        try:
            async with asyncio.timeout(GIVEN_UP_SECONDS):
                status = await line.answered
        except TimeoutError:
            line.transport.abort()
            return -1
        if status:
            self._lines.append(line)
        return status

    def hang_up(self) -> None:
        for line in self._lines:
            line.transport.close()
        self._lines.clear()


def _signed(body: bytes) -> bytes:
    stamp = str(int(time.time()))
    signature = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    head = (
        "POST /slack/events HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json",
        f"Content-Length: {len(body)}", f"X-Slack-Request-Timestamp: {stamp}", f"X-Slack-Signature: v0={signature}",
    )  # fmt: skip
    return "\r\n".join((*head, "", "")).encode() + body
