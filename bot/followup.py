"""A question in a person's own words -> the sentences of the bank that answer it, by a table and no model.

First what kind of question it is (why, what would change it, how much, how long, who …), then what it is about. A
question with words left over that neither explains is not answered: saying "I don't know" beats saying the wrong
thing.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from importlib.resources import files

from advisor.report import Report
from bot.bank import Sentence

MOST = 4

_WORDS = tomllib.loads((files("bot") / "followup.toml").read_text(encoding="utf-8"))


def _patterns(table: str) -> list[tuple[str, re.Pattern[str]]]:
    return [(name, re.compile(rf"\b(?:{'|'.join(phrases)})\b")) for name, phrases in _WORDS[table].items()]


_KINDS, _TOPICS = _patterns("kinds"), _patterns("topics")
_FILLER = frozenset(_WORDS["filler"]["words"].split())
_TOKEN = re.compile(r"[a-z][a-z'-]*")


LIKELY = ("why", "change", "much", "long", "poc")
"""Questions to offer when one was not understood; their words are ``likely_…`` in prompts/say/bank.j2."""


def likely(report: Report) -> tuple[str, ...]:
    """Three of them that this report can answer."""
    return ("why", "change", "much" if report.roi else "poc" if report.data_plan is None else "long")


def find(question: str, report: Report, bank: Mapping[str, Sentence]) -> list[Sentence]:
    """The sentences that answer the question, the most telling first; none when we don't know.

    By figures that are quoted from the report, else by the table of topics, else by words shared with one sentence.
    """
    text = _plain(question)
    ids = _by_figure(text, bank) or _by_topic(text, report) or _by_words(text, bank)
    return [bank[id] for id in dict.fromkeys(ids) if id in bank][:MOST]


# ---- a figure quoted from the report


_FIGURE = re.compile(r"(?<![\w.])\$?(\d[\d,]*(?:\.\d+)?)\s?(k|m)?(?![\w])")
_TOLD = ("money_", "poc", "caution_", "data_plan", "labelling", "said_", "gate_", "step_")  # best first


def _figures(text: str) -> set[Decimal]:
    """Numbers of two digits or more, written out: "7.9k" -> 7900."""
    found = _FIGURE.findall(text.casefold())
    scale = {"k": 1_000, "m": 1_000_000}
    numbers = {Decimal(digits.replace(",", "").rstrip(".")) * scale.get(unit, 1) for digits, unit in found}
    return {number for number in numbers if number >= 10 or number % 1}


def _by_figure(text: str, bank: Mapping[str, Sentence]) -> list[str]:
    """Sentences with the figures that are quoted; none for what asks what another figure would make of it."""
    quoted = set() if _ELSE.search(text) else _figures(text)
    told = {id: len(quoted & _figures(one.text)) for id, one in bank.items() if id.startswith(_TOLD)}
    most = max(told.values(), default=0)
    found = [id for id, count in told.items() if count == most] if most == len(quoted) > 0 else []
    return sorted(found, key=lambda id: next(n for n, start in enumerate(_TOLD) if id.startswith(start)))


_ELSE = re.compile(r"\b(?:if|with|at|another|instead|reduce|only|stop|what about|suppose|had|found)\b")


# ---- by the table of topics


# These stand behind what is asked about more closely.
_GENERAL = {"roi", "cost", "savings", "examples", "cause", "order", "target", "pass_rate", "instruct", "decider"}


def _by_topic(text: str, report: Report) -> list[str]:
    kind, rest = _kind_of(text)
    topics = list(_topics_of(text))
    left = set(_TOKEN.findall(_without(text, topics, rest))) - _FILLER
    about = sorted((topic for topic, _ in topics if topic != "verdict"), key=lambda topic: topic in _GENERAL)
    if kind == "why" and len(about) < len(topics) and set(about) <= _GENERAL:
        about = []  # "why not, we have the budget": about the verdict
    if not (kind or topics) or len(left) > (1 if about else 0):
        return []
    return [id for topic in (about or ["verdict"])[:2] for id in _ANSWERS[topic](kind, report)]


# ---- by words shared with one sentence


_ENOUGH = 2  # words that stand in few sentences


def _by_words(text: str, bank: Mapping[str, Sentence]) -> list[str]:
    """The one sentence that shares most rare words with the question, if any other shares fewer."""
    asked = {_root(word) for word in _TOKEN.findall(text) if word not in _FILLER}
    has = {id: {_root(word) for word in _TOKEN.findall(_plain(one.text))} for id, one in bank.items()}
    rare = {root for root in asked if 0 < sum(root in roots for roots in has.values()) <= len(bank) // 12}
    shared = {id: len(rare & roots) for id, roots in has.items()}
    best = sorted(shared, key=lambda id: -shared[id])
    if not best or shared[best[0]] < _ENOUGH or shared[best[0]] == shared[best[1]]:
        return []
    return best[:1]


def _root(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def _plain(question: str) -> str:
    text = question.casefold().replace("’", "'")
    text = re.sub(r"\b(what|who|where|how|that|it|there|why)'s\b", r"\1 is", text)
    text = re.sub(r"'(?:d|ll|ve|re|m)\b", "", text)
    text = re.sub(r"n't\b", " not", text).replace("cannot", "can not")
    return " ".join(re.sub(r"[^\w\s,.'$%-]", " ", text).rstrip(".!? ").split())


def _kind_of(text: str) -> tuple[str, str]:
    """The kind of question, and the words that told."""
    for kind, pattern in _KINDS:
        found = pattern.search(text)
        if found:
            return kind, found[0]
    return "", ""


def _topics_of(text: str) -> Iterator[tuple[str, str]]:
    """What the question is about, the longest phrase first; a phrase inside a longer one does not count."""
    found = [(match, topic) for topic, pattern in _TOPICS for match in pattern.finditer(text)]
    found.sort(key=lambda one: (one[0].start() - one[0].end(), one[0].start()))
    taken: list[tuple[int, int]] = []
    for match, topic in found:
        if all(match.end() <= start or end <= match.start() for start, end in taken):
            taken.append(match.span())
            yield topic, match[0]


def _without(text: str, topics: list[tuple[str, str]], kind: str) -> str:
    for words in (kind, *(phrase for _, phrase in topics)):
        text = re.sub(rf"\b{re.escape(words)}\b", " ", text) if words else text
    return text


# ---- what answers what: by topic, a function of the kind of question and the report

_Answer = Callable[[str, Report], list[str]]


def _deciding(report: Report) -> list[str]:
    if report.verdict.blocked_at:
        return [f"gate_{report.verdict.blocked_at}"]
    return [f"gate_{number}" for number in report.verdict.open_gates or (1, 2, 3, 4)]


def _steps(report: Report, gate: int | str | None = None, most: int = 3) -> list[str]:
    return [f"step_{step.id}" for step in report.next_steps if gate in (None, step.gate)][:most]


def _against(report: Report) -> list[str]:
    cautions = [f"caution_{code}" for gate in report.gates for code in gate.cautions]
    cautions += [f"caution_{code}" for code in (report.poc.cautions if report.poc else ())]
    found = cautions + [f"pitfall_{one.id}" for one in report.pitfalls.triggered]
    return [*found[: MOST - 1], "pitfalls_unchecked"]


def _whole(kind: str, report: Report) -> list[str]:
    """About the verdict as a whole."""
    if kind in ("change", "what_if"):
        volume = ["money_break_even"] if report.verdict.blocked_at == 3 else []
        return [*_steps(report), *volume, "go_on", "change_it"]
    if kind == "much":
        return ["money_ratio", "money_cost", "money_open"]
    if kind == "long":
        return [*_steps(report, most=1), "labelling", "money_payback"]
    return {
        "who": ["who_decides", "owner"],
        "sure": ["certain", *_against(report)[:2]],
        "source": ["sources", "who_decides"],
    }.get(kind, ["verdict", *_deciding(report)])


def _gate(number: int, *more: str) -> _Answer:
    """About one gate."""

    def answer(kind: str, report: Report) -> list[str]:
        if kind in ("change", "what_if"):
            return [*_steps(report, number), f"gate_{number}", *more[:1]]
        return [f"gate_{number}", *more]

    return answer


def _field(*fields: str, term: str = "", more: tuple[str, ...] = ()) -> _Answer:
    """About what a question asks for: the meaning, what was answered, and why it is asked."""

    def answer(kind: str, _report: Report) -> list[str]:
        if kind == "meaning" and term:
            return [term, *more[:1]]
        if kind == "why":
            return [*(f"why_{field}" for field in fields), *more]
        return [*more, *(f"said_{field}" for field in fields), *(f"why_{field}" for field in fields[:1])]

    return answer


def _fixed(*ids: str) -> _Answer:
    return lambda _kind, _report: list(ids)


def _by_kind(otherwise: _Answer, **by_kind: _Answer) -> _Answer:
    return lambda kind, report: by_kind.get(kind, otherwise)(kind, report)


_MONEY = ("money_ratio", "money_savings", "money_cost", "money_open")
_ROI = _by_kind(_gate(3, "money_ratio"), meaning=_fixed("term_roi", "money_ratio"), much=_fixed(*_MONEY))
_VOLUME = _by_kind(
    _fixed("money_break_even", "said_calls_per_year", "money_open"),
    meaning=_fixed("term_break_even", "money_break_even"),
    why=_fixed("why_calls_per_year", "money_break_even"),
)
_TRIAL = _by_kind(
    lambda _kind, report: ["poc", *_steps(report, "poc"), "poc_none"],
    meaning=_fixed("term_poc", "poc", "poc_none"),
    why=_fixed("why_poc_run", "poc", "poc_none"),
    long=_fixed("poc_none", "poc"),
    judged=_fixed("step_judge_poc", "poc", "poc_none"),
)
_EVAL = _by_kind(
    _gate(2),
    meaning=_fixed("term_eval_set", "gate_2"),
    why=_fixed("why_eval_pairs", "gate_2"),
)
_DATA = _by_kind(_fixed("data_plan", "said_training_pairs"), why=_fixed("why_training_pairs", "data_plan"))
_RETRAINING = _by_kind(_gate(4), why=_fixed("gate_4", "why_retrain_pipeline"), who=_fixed("owner"))

_ANSWERS: dict[str, _Answer] = {
    "verdict": _whole,
    "gate_1": _gate(1),
    "gate_2": _gate(2, "why_eval_pairs"),
    "gate_3": _gate(3, "money_ratio", "money_open"),
    "gate_4": _gate(4, "owner"),
    "overlap": _field("eval_overlaps_training", term="term_overlap"),
    "eval": _EVAL,
    "pass_rate": _field("measured_pass_rate", "target_pass_rate"),
    "target": _field("target_pass_rate", "measured_pass_rate"),
    "cause": _field("failure_cause"),
    "prompt": _field("prompt_tried", term="term_prompt", more=("approach_prompt",)),
    "tool_use": _field("tool_use_tried"),
    "rag": _field("rag_tried", term="term_rag", more=("approach_rag",)),
    "large_model": _by_kind(
        _field("large_model_meets_target"), why=_fixed("why_large_model_meets_target", "said_large_model_meets_target")
    ),
    "small_model": _field("large_model_meets_target", more=("gate_1",)),
    "break_even": _VOLUME,
    "payback": _fixed("money_payback", "money_open"),
    "hosting": _field("hosting_usd_per_month", more=("money_zero", "caution_hosting_unpriced")),
    "labels": _by_kind(
        _field("usd_per_label", more=("labelling",)), long=_fixed("labelling"), who=_fixed("labelers"),
        change=_fixed("labelling", "said_usd_per_label"), much=_fixed("labelling", "money_cost", "said_usd_per_label"),
    ),
    "labelers": _by_kind(_field("labelers", more=("labelers",)), who=_fixed("labelers")),
    "data": _DATA,
    "examples": _DATA,
    "luck": _fixed("why_eval_pairs", "caution_small_eval", "departure_D17", "gate_2"),
    "gates": _fixed("gate_1", "gate_2", "gate_3", "gate_4"),
    "open": lambda _kind, report: ["pitfalls_unchecked", *_against(report)[:2], "money_zero", "money_open"],
    "price_now": _field("usd_per_call_now"),
    "price_after": _field("usd_per_call_after"),
    "failure_price": _field("usd_per_failure"),
    "upkeep": _field("upkeep_usd_per_month"),
    "training_cost": _field("training_usd"),
    "savings": _fixed("money_savings", "money_ratio", "money_open"),
    "cost": _fixed("money_cost", "money_ratio", "money_open"),
    "roi": _ROI,
    "retraining": _RETRAINING,
    "owner": _by_kind(_fixed("owner", "gate_4"), why=_fixed("why_retrain_owner", "owner")),
    "poc": _TRIAL,
    "sft": _fixed("term_sft", "approach_sft"),
    "dpo": _fixed("term_dpo", "approach_dpo"),
    "lora": _fixed("term_lora", "term_poc"),
    "order": _fixed("approach", "approach_prompt", "approach_rag", "approach_sft"),
    "instruct": _field("base_kind", term="term_instruct", more=("term_instruct",)),
    "synthetic": _field("synthetic_share", more=("pitfall_all_synthetic",)),
    "noise": _field("label_noise", more=("pitfall_noisy_labels",)),
    "guidelines": _field("label_guidelines", "agreement_checked", more=("operation_labelling_quality",)),
    "safety": _field("safety_regression_checked", more=("operation_post_training_checks",)),
    "checkpoints": _field("checkpoints_versioned", more=("operation_checkpoints",)),
    "metric": _field("domain_metric", more=("pitfall_loss_only",)),
    "against": lambda _kind, report: _against(report),
    "parity": _field("quality_parity", more=("caution_parity_unproven",)),
    "label_now": _fixed("operation_eval_before_labels", "operation_poc_signal", "why_poc_run"),
    "rivals": _fixed("step_try_cheaper_rivals", "approach_prompt", "departure_D16"),
    "veto": _fixed("warning_q5_vetoes", "departure_D1"),
    "checklist": _fixed("checklist", "warning_q10_pending", "warning_q3_not_needed", "warning_q5_vetoes"),
    "operations": lambda _kind, report: [f"operation_{line.id}" for line in report.operations if line.status != "done"],
    "departures": _fixed("sources", "departure_D1", "departure_D6", "departure_D16"),
    "decider": _fixed("who_decides", "sources"),
    "privacy": _fixed("privacy"),
    "share": _fixed("share"),
    "export": _fixed("export"),
    "remind": _fixed("remind", "change_it"),
}
