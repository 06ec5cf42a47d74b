"""The optional model: the one door to Anthropic. It is handed a task and gives back sentences by id, or ids.

It decides, computes and parses nothing. Whatever goes wrong is one code and one log line without anybody's words; the
card has stood complete since before the model was asked. What it may say is ``bot/answering/verify.py``'s to decide.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, create_model

from bot.answering.verify import plain_words
from bot.render.wording import Wording

if TYPE_CHECKING:
    import anthropic

log = logging.getLogger(__name__)

DEFAULT_MODEL = "claude-haiku-5-5"
DEADLINE_SECONDS = 8.0
REST_SECONDS = 300.0
RESTING = "resting"
"""The fault when nobody was asked."""
_FAILURES = 3
_ENDS = {"max_tokens", "refusal", "stop_sequence", "tool_use", "pause_turn", "model_context_window_exceeded"}
_ABOUT_THE_WORDS = {"refusal", "max_tokens", "model_context_window_exceeded"}
_MAX_TOKENS = 600
_LONGEST = 8_000  # characters of an answer; 600 tokens are far fewer
MOST_CHOSEN = 3


class ModelClient:
    """Asks the model. ``deadline`` is wall-clock seconds for one try, and there is one; after three failures in a row
    it rests for five minutes. ``base_url`` is the API's address, ``None`` the vendor's."""

    def __init__(
        self, api_key: str, model: str, wording: Wording, *, base_url: str | None = None,
        deadline: float = DEADLINE_SECONDS, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.model, self._wording, self._deadline, self._clock = model, wording, deadline, clock
        self._key, self._base_url = api_key, base_url
        self._client: anthropic.AsyncAnthropic | None = None
        self._failures, self._rests_until = 0, 0.0
        self._loading = threading.Thread(target=self._load, name="phrasing", daemon=True)

    def load(self) -> None:
        """Begin to load the client, which takes a second and holds the interpreter: beside the start."""
        self._loading.start()

    def ready(self) -> None:
        """Wait until it is loaded, or cannot be."""
        self._loading.join()

    def _load(self) -> None:
        try:
            import anthropic

            timeout = anthropic.Timeout(self._deadline, connect=2.0)
            client = anthropic.AsyncAnthropic(
                api_key=self._key, base_url=self._base_url, timeout=timeout, max_retries=0
            )
        except Exception as error:  # noqa: BLE001 - a proxy it cannot use, no library: we do without
            log.warning("the model's client cannot be loaded (%s); our own words stand", type(error).__name__)
            return
        # Their lines say nothing that ours do not, and below INFO they quote what a person asked.
        for name in ("anthropic", "httpx2"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._client = client

    async def close(self) -> None:
        """Let go of the line, on the loop that asked, and ask no more."""
        client, self._client = self._client, None
        if client:
            await client.close()

    async def ask(self, args: dict[str, Any]) -> dict[str, Any]:
        """Do a task; never raises.

        ``{"task": "prose", "reasons": [[id, status, brief], …]}`` gives ``{"sentences": {id: text}, "prompt":
        version}``; ``{"task": "select", "question": words, "bank": {id: sentence}}`` gives ``{"ids": [id, …]}``.
        Without an answer that can be used: ``{"fault": code}``.
        """
        if self._client is None or self._clock() < self._rests_until:
            return {"fault": RESTING}
        try:
            async with asyncio.timeout(self._deadline):
                said = await self._prose(args) if args["task"] == "prose" else await self._select(args)
        except Exception as error:  # noqa: BLE001 - whatever a bad day brings, the card stands without it
            return self._failed(_code(error))
        self._failures = 0
        return said

    def _failed(self, code: str) -> dict[str, Any]:
        """One line and a code. What one person's words bring about does not count against the model."""
        self._failures += code not in _ABOUT_THE_WORDS
        rest = ""
        if self._failures >= _FAILURES:
            self._failures, self._rests_until = 0, self._clock() + REST_SECONDS
            rest = f"; it is left alone for {REST_SECONDS / 60:.0f} minutes"
        log.warning("the model gave nothing to use (%s)%s; our own words stand", code, rest)
        return {"fault": code}

    async def _prose(self, args: dict[str, Any]) -> dict[str, Any]:
        reasons = [tuple(reason) for reason in args["reasons"]]
        system, version = self._wording.prompt("prose", words=plain_words())
        given = "\n".join(f"{id} [{status}]: {brief}" for id, status, brief in reasons)
        answer = await self._ask(system, given, _prose_shape(tuple(id for id, _, _ in reasons)))
        sentences = {one.id: one.text for one in answer.sentences}
        if len(sentences) < len(answer.sentences):
            raise Unusable("an id twice")
        return {"sentences": sentences, "prompt": version}

    async def _select(self, args: dict[str, Any]) -> dict[str, Any]:
        bank: dict[str, str] = args["bank"]
        system, _ = self._wording.prompt("select", bank=bank, most=MOST_CHOSEN)
        answer = await self._ask(system, args["question"], _choice_shape(tuple(bank)))
        return {"ids": list(dict.fromkeys(answer.ids))[:MOST_CHOSEN]}

    async def _ask(self, system: str, words: str, shape: type[BaseModel]) -> Any:
        import anthropic

        assert self._client is not None  # noqa: S101 - looked at before
        message = await self._client.messages.create(
            model=self.model,
            max_tokens=_MAX_TOKENS,
            system=system,
            messages=[{"role": "user", "content": words}],
            output_config={"format": {"type": "json_schema", "schema": shape.model_json_schema()}},
        )
        if not isinstance(message, anthropic.types.Message):  # a page of somebody's proxy comes as text
            raise Unusable("no message")
        if message.stop_reason != "end_turn":
            raise Unusable(message.stop_reason if message.stop_reason in _ENDS else "no end")
        text = "".join(block.text for block in message.content if block.type == "text")
        if not 0 < len(text) <= _LONGEST:
            raise Unusable("too long" if text else "empty")
        return shape.model_validate_json(text)


class Unusable(Exception):
    """An answer that came and cannot be used; the message is a code of ours."""


def _code(error: Exception) -> str:
    """What went wrong, with nothing in it that anybody wrote."""
    if isinstance(error, Unusable):
        return str(error)
    status = getattr(error, "status_code", "")
    return f"{type(error).__name__} {status}".strip()


_STRICT = ConfigDict(extra="forbid")


def _one_of(ids: tuple[str, ...]) -> Any:
    return Literal.__getitem__(ids)


def _prose_shape(ids: tuple[str, ...]) -> type[BaseModel]:
    sentence: Any = create_model("Sentence", __config__=_STRICT, id=(_one_of(ids), ...), text=(str, ...))
    return create_model("Prose", __config__=_STRICT, sentences=(list[sentence], ...))


def _choice_shape(ids: tuple[str, ...]) -> type[BaseModel]:
    choices: Any = list[_one_of(ids)]  # type: ignore[misc]
    return create_model("Choice", __config__=_STRICT, ids=(choices, ...))
