"""The model's door: what a good answer gives, and that everything else gives one code and one log line."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from advisor import Answers, decide, load_rules
from bot.answering.client import REST_SECONDS, ModelClient
from bot.answering.sentences import bank, kept, reasons, worded
from bot.render.wording import Wording
from tests.wording.model import CANARY, FAULTS, UNFIT, ScriptedModel

RULES = load_rules()
WORDING = Wording(RULES)
REPORT = decide(
    Answers(
        goal="company_voice", prompt_tried=True, rag_tried="yes", failure_cause="tone", eval_pairs=620,
        measured_pass_rate="0.82", target_pass_rate="0.9", large_model_meets_target=False, retrain_owner="Zoe Quince",
        retrain_pipeline=True, retrain_budget=True,
    ),
    RULES,
)  # fmt: skip
REASONS = reasons(REPORT, WORDING)
PROSE = {"task": "prose", "reasons": [[one.id, one.status, one.brief] for one in REASONS]}
QUESTION = "but why can't the zebra-canary-7 team just begin?"
SELECT = {
    "task": "select",
    "question": QUESTION,
    "bank": {one.id: one.text for one in bank(REPORT, WORDING).values()},
}


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel().up() as made:
        yield made


Make = Callable[..., ModelClient]


@pytest.fixture
def phrasing(model: ScriptedModel) -> Make:
    def make(**more: Any) -> ModelClient:
        made = ModelClient("sk-test", "a-model", WORDING, base_url=model.url, **{"deadline": 60.0} | more)
        made.load()
        made.ready()
        return made

    return make


def ask(phrasing: ModelClient, *tasks: dict[str, Any]) -> list[dict[str, Any]]:
    async def all_of_them() -> list[dict[str, Any]]:
        said = [await phrasing.ask(task) for task in tasks]
        await phrasing.close()
        return said

    return asyncio.run(all_of_them())


def test_prose_comes_back_by_reason_with_the_version_of_what_was_asked(phrasing: Make, model: ScriptedModel) -> None:
    (said,) = ask(phrasing(), PROSE)
    assert said == {"sentences": {one.id: one.brief for one in REASONS}, "prompt": "prose 2"}
    sent = model.requests[0]
    assert sent["model"] == "a-model"
    assert sent["max_tokens"] <= 600
    assert sent["messages"][0]["content"].splitlines()[0] == f"gate_1 [passed]: {REASONS[0].brief}"


def test_a_choice_comes_back_as_ids_of_the_bank_at_most_three_each_once(phrasing: Make, model: ScriptedModel) -> None:
    model.behave = lambda exchange: exchange.choose("gate_2", "verdict", "gate_2", "owner", "sources")
    assert ask(phrasing(), SELECT) == [{"ids": ["gate_2", "verdict", "owner"]}]
    assert model.requests[0]["messages"] == [{"role": "user", "content": QUESTION}]


def test_choosing_nothing_is_an_answer(phrasing: Make, model: ScriptedModel) -> None:
    model.behave = lambda exchange: exchange.choose()
    assert ask(phrasing(), SELECT) == [{"ids": []}]


def test_no_answer_can_name_a_sentence_that_is_not_in_the_bank(phrasing: Make, model: ScriptedModel) -> None:
    model.behave = lambda exchange: exchange.choose("step_start_the_full_run")
    assert ask(phrasing(), SELECT) == [{"fault": "ValidationError"}]


@pytest.mark.parametrize("task", [PROSE, SELECT], ids=["prose", "select"])
@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_every_failure_is_one_code_and_one_line_without_anybodys_words(
    phrasing: Make, model: ScriptedModel, caplog: pytest.LogCaptureFixture, fault: str, task: dict[str, Any]
) -> None:
    caplog.set_level(logging.DEBUG)
    model.behave = FAULTS[fault]
    made = phrasing(deadline=1.5 if fault in ("drip", "hang") else 60.0)
    caplog.clear()
    (said,) = ask(made, task)
    assert set(said) == {"fault"}
    ours = [record for record in caplog.records if record.name.startswith("bot")]
    assert [record.levelname for record in ours] == ["WARNING"]
    theirs = [record for record in caplog.records if record.name.startswith(("anthropic", "httpx"))]
    assert theirs == [], "what could quote a request says nothing, at any level"
    assert CANARY not in " ".join(record.getMessage() for record in caplog.records)
    assert len(model.requests) == 1, "one try"


@pytest.mark.parametrize("unfit", sorted(UNFIT))
def test_a_proper_answer_that_may_not_stand_leaves_our_own_words(
    phrasing: Make, model: ScriptedModel, unfit: str
) -> None:
    model.behave = UNFIT[unfit]
    (said,) = ask(phrasing(), PROSE)
    good = kept(said["sentences"], REPORT, WORDING)
    assert good == {}
    assert worded(good, REPORT, WORDING) == [one.said for one in REASONS]


def test_one_bad_sentence_is_replaced_and_the_others_stay(phrasing: Make, model: ScriptedModel) -> None:
    model.behave = lambda exchange: exchange.word(exchange.briefs | {"gate_2": "Start the run with {{eval_pairs}}."})
    (said,) = ask(phrasing(), PROSE)
    good = kept(said["sentences"], REPORT, WORDING)
    assert set(good) == {one.id for one in REASONS} - {"gate_2"}
    shown = dict(zip((one.id for one in REASONS), worded(good, REPORT, WORDING), strict=True))
    assert shown["gate_2"] == REASONS[1].said
    assert shown["gate_4"] == (
        "For retraining each quarter the pipeline, the budget and an owner (Zoe Quince) are in place."
    )


def test_after_three_failures_it_is_left_alone_for_five_minutes(
    phrasing: Make, model: ScriptedModel, caplog: pytest.LogCaptureFixture
) -> None:
    now = [1000.0]
    made = phrasing(clock=lambda: now[0])
    model.behave = FAULTS["overloaded"]
    assert [said["fault"] for said in ask(made, *[PROSE] * 5)] == ["OverloadedError 529"] * 3 + ["resting"] * 2
    assert len(model.requests) == 3
    assert "left alone for 5 minutes" in caplog.records[-1].getMessage()
    model.behave = UNFIT["missing ids"]
    now[0] += REST_SECONDS + 1
    assert "sentences" in ask(phrasing(clock=lambda: now[0]), PROSE)[0]


def test_a_good_answer_between_failures_keeps_it_awake(phrasing: Make, model: ScriptedModel) -> None:
    made = phrasing()
    turns = iter([FAULTS["broken"], FAULTS["broken"], UNFIT["missing ids"], FAULTS["broken"], FAULTS["broken"]])
    model.behave = lambda exchange: next(turns)(exchange)  # noqa: PLW0108 - another one each time
    ask(made, *[PROSE] * 5)
    assert len(model.requests) == 5


def test_before_the_client_is_loaded_nothing_is_asked(model: ScriptedModel) -> None:
    made = ModelClient("sk-test", "a-model", WORDING, base_url=model.url)
    assert ask(made, PROSE) == [{"fault": "resting"}]
    assert model.requests == []


# The client that could not be made complains once more when it is collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_client_that_cannot_be_loaded_is_one_line_and_nothing_is_asked(
    monkeypatch: pytest.MonkeyPatch, model: ScriptedModel, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://nowhere")
    made = ModelClient("sk-test", "a-model", WORDING, base_url=model.url)
    made.load()
    made.ready()
    assert [said["fault"] for said in ask(made, PROSE, PROSE)] == ["resting", "resting"]
    assert [record.getMessage().split(" (")[0] for record in caplog.records] == ["the model's client cannot be loaded"]
    assert model.requests == []


def test_questions_that_are_refused_do_not_silence_the_model_for_others(phrasing: Make, model: ScriptedModel) -> None:
    made = phrasing()
    model.behave = FAULTS["refusal"]
    assert [said["fault"] for said in ask(made, *[SELECT] * 5)] == ["refusal"] * 5
    assert len(model.requests) == 5


@pytest.mark.parametrize("name", ["prose", "select"])
def test_a_changed_prompt_has_a_new_version(name: str) -> None:
    """Reports name the version: two texts must not share one."""
    import hashlib
    from importlib.resources import files

    sent = [f"{name}.j2", *(("words.txt", "briefs.j2") if name == "prose" else ())]
    text = "".join((files("prompts") / "llm" / part).read_text(encoding="utf-8") for part in sent)
    told = hashlib.sha256(text.encode()).hexdigest()[:12]
    version = WORDING.prompt(name, words="", bank={}, most=3)[1]
    assert PROMPTS.get(version) == told, f"give prompts/llm/{name}.j2 its next version, and note {told} here"


PROMPTS = {"prose 2": "9e64aad0e098", "select 1": "0612c2783207"}
