"""The same against somebody else's idea of the protocol: the ``llmock`` package's Anthropic server."""

import asyncio
import json
from typing import Any

import pytest
from llmock.pytest_plugin import LLMock

from bot.answering.client import ModelClient
from bot.answering.sentences import kept
from tests.wording.test_phrasing import PROSE, REASONS, REPORT, SELECT, WORDING

# Its server is a third party's; what it warns about is none of ours.
pytestmark = pytest.mark.filterwarnings("ignore")


def ask(llmock: LLMock, task: dict[str, Any], **more: Any) -> dict[str, Any]:
    phrasing = ModelClient("sk-test", "claude-haiku-5-5", WORDING, base_url=llmock.base_url("anthropic"), **more)
    phrasing.load()
    phrasing.ready()

    async def once() -> dict[str, Any]:
        said = await phrasing.ask(task)
        await phrasing.close()
        return said

    return asyncio.run(once())


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 429, 500, 502, 503, 529])
def test_every_status_it_can_fail_with_is_a_code(llmock: LLMock, status: int) -> None:
    llmock.fail(status, times=None)
    said = ask(llmock, PROSE)
    assert set(said) == {"fault"}
    assert len(llmock.requests) == 1, "one try"


def test_its_rate_limit_is_not_waited_out(llmock: LLMock) -> None:
    llmock.rate_limit(retry_after=60)
    assert ask(llmock, SELECT) == {"fault": "RateLimitError 429"}


def test_its_delay_is_cut_at_the_deadline(llmock: LLMock) -> None:
    llmock.delay(2)
    assert "Timeout" in ask(llmock, PROSE, deadline=0.3)["fault"]


@pytest.mark.parametrize("text", ["Sure! Here it is.", "[]", '{"sentences": [{"id": "gate_9", "text": "x"}]}', "{"])
def test_its_answers_that_are_not_what_was_asked_for_are_a_code(llmock: LLMock, text: str) -> None:
    llmock.reply(text)
    assert set(ask(llmock, PROSE)) == {"fault"}


def test_its_good_answers_are_used(llmock: LLMock) -> None:
    briefs = {one.id: one.brief for one in REASONS}
    llmock.reply(json.dumps({"sentences": [{"id": id, "text": text} for id, text in briefs.items()]}))
    said = ask(llmock, PROSE)
    assert kept(said["sentences"], REPORT, WORDING) == briefs
    llmock.reply(json.dumps({"ids": ["gate_2"]}))
    assert ask(llmock, SELECT)["ids"] == ["gate_2"]
