"""Turn the examples round: from the list of sentences that answers one to the intent it is an example of.

    python docs/build_intents.py OLD.tsv    maps the old file's lines, prints how, and writes examples.tsv anew
    python docs/build_intents.py            prints neighbours that disagree, and writes docs/intents.md

OLD.tsv is ``git show 3bd469a:bot/answering/examples.tsv``: 14,244 questions with 2,235 lists. A list belongs to the
intent of its first sentence; a question that had no answer belongs to the intent that its words name, if there is one
by now. Lines that examples.tsv has already are kept. Of examples that are nearly the same and disagree, those go whose
own neighbours speak against them.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.answering import index  # noqa: E402 - the project need not be installed for this
from bot.answering.intents import intents  # noqa: E402

PAGE = ROOT / "docs" / "intents.md"
EXAMPLES = ROOT / "bot" / "answering" / "examples.tsv"
HEAD = """\
# Questions about a report as people ask them: the intent (bot/answering/intents.toml), a tab, the question. "nothing" is
# what a report does not speak of.
"""
NEAR = 0.8  # as alike as "what is the trial" and "what is this trial"

FIRST = {
    "verdict": "why", "deciding": "why", "turning": "change", "steps": "steps", "against": "against",
    "pitfalls_unchecked": "pitfalls", "go_on": "go_on", "money_savings": "much", "money_cost": "cost",
    "money_ratio": "ratio", "money_break_even": "break_even", "money_payback": "payback", "money_zero": "zero",
    "money_open": "money_open", "term_poc": "poc", "poc_none": "poc_how", "why_poc_run": "poc_needed",
    "poc": "poc_result", "labelling": "long", "data_plan": "training_data", "labelers": "labelers",
    "why_labelers": "labelers", "owner": "owner", "change_it": "change_it", "certain": "certain",
    "who_decides": "who_decides", "privacy": "privacy", "share": "share", "export": "export", "remind": "remind",
    "sources": "sources", "checklist": "checklist", "approach": "which_approach",
}  # fmt: skip
"""The first sentence of an old list -> the intent; "why_x", "step_x" and the like are "why_asked.x", "step.x"."""
PAIRS = {
    ("verdict", "steps"): "summary", ("verdict", "why_poc_run"): "poc_needed", ("verdict", "poc"): "poc_result",
    ("verdict", "departure_D17"): "departure.D17", ("verdict", "step_ship_what_you_have"): "step.ship_what_you_have",
    ("verdict", "approach_rag"): "approach.rag", ("verdict", "against"): "against", ("verdict", "turning"): "change",
    ("verdict", "remind"): "remind", ("verdict", "pitfall_facts_by_tuning"): "pitfall.facts_by_tuning",
    ("verdict", "go_on"): "go_on", ("deciding", "steps"): "steps", ("verdict", "certain"): "certain",
}  # fmt: skip
"""Its first two, where they say more."""
FAMILIES = {"why": "why_asked", "operation": "production"}

NAMED = (
    ("licences", r"licen[cs]e|\bresell\b|who owns the (?:model|weights)"),
    (
        "accounting",
        r"\btax|irr\b|wacc|discounted cash|discount rate|vat\b|capex|opex|set off against|npv|purchase card"
        r"|cost cent",
    ),
    ("speed", r"latenc|p9\d|faster|slower|how fast|response time|\bspeed\b|throughput|time to first"),
    (
        "languages",
        r"\b(?:german|french|spanish|swiss|arabic|dutch|italian|polish|japanese|portuguese|english|languages?|dialect|multilingual|translat\w+)\b.*(?:data|model|work|cope|pairs|eval|tun|train|language|bot)"
        r"|does it work in|which language",
    ),
    (
        "in_house",
        r"own servers|on[- ]prem|air.?gap|eu hosting|leave the eu|offline|self.?host|servers located"
        r"|data residency",
    ),
    ("caching", r"cach|batch (?:proc|disc|api|pri)|discount on batch|rebate does batch"),
    (
        "model_outputs",
        r"(?:outputs?|answers) of (?:gpt|claude|another)|gpt outputs|against their tos|terms of service"
        r"|generated examples: ours",
    ),
    (
        "end_dates",
        r"deprecat|switched off|discontinu|retire|sunset|end of life|next version|vendor.*bankrupt"
        r"|model changes overnight",
    ),
    ("base_model", r"which (?:larger |base |small )?model|llama(?!.*licen)|qwen|mistral|gemma|deepseek|chinese model"),
    ("lora_or_full", r"lora or|full fine|qlora|adapters? or"),
    ("hardware", r"gpus?\b.*(?:need|many|how)|a100|h100|vram|\b4-bit|quantis|quantiz|how much disk|how many a100"),
    ("currencies", r"exchange rate|\beuros?\b|pounds|swiss francs|currency"),
    (
        "realistic",
        r"chance|how likely|probability|what pass rate will we|will the tuned model beat|success in percent"
        r"|will the small model hold",
    ),
    ("boss", r"tell my (?:team|boss|users)|how do i tell|how do i word|what do we tell|what do we say"),
    ("credits", r"\bcredits?\b(?!.*tax)|discount|free tier|rebate|voucher"),
    ("distillation", r"distil"),
    ("rlhf", r"rlhf|reward model|reward hack|\bppo\b|grpo"),
    ("overfitting", r"overfit|forgetting"),
    (
        "personal_data",
        r"gdpr|anonymi|consent|personal data|customer mails|customer messages|privacy|pii|may interns see"
        r"|customer data out|allowed to\?",
    ),
    (
        "legal",
        r"ai act|liab|works council|legal|copyright|in the gdpr|compliance|high.risk|insurance cover"
        r"|trade union",
    ),
    ("judge_model", r"judge model|llm.*judge|bleu|rouge|f-score"),
    ("retrieval_parts", r"chunk|rerank|embedding|vector db|bm25|hybrid search|index\b.*(?:wiki|scan)|elasticsearch"),
    (
        "training_settings",
        r"learning rate|\bepochs?\b|dropout|batch size|warmup|gradient|loss curve|hyperparam|class weights"
        r"|every how many steps|\boom\b|torch",
    ),
    ("decoding", r"temperature|top.p\b"),
    ("data_format", r"jsonl|parquet|file type|file format|csv\b|format should"),
    (
        "vendors",
        r"(?:labell?ing|annotation) tool|label studio|prodigy|argilla|agency|vllm|together\.ai|hetzner"
        r"|scale ai|\bsurge\b|appen|which tool|airflow|dagster|kubernetes|consultant|bedrock|vertex",
    ),
    ("check_leakage", r"near duplicate|dedup"),
    ("drift", r"drift|monitor(?:ing)? in prod"),
    ("safety", r"red.?team|harmbench|advbench|jailbreak|safety test"),
    ("rollout", r"canary|a/b test|rollback|shadow"),
    ("roles", r"hire|headcount|freelanc|\bfte|who should be owner|ml engineer|intern\b.*should|recruiter"),
    (
        "others",
        r"competitor|competition|rival|other (?:teams|companies|banks|projects)|industry"
        r"|how many (?:teams|yes)|companies like ours|startups|other teams|benchmarks?|anybody else"
        r"|most projects|big four",
    ),
    ("horizon", r"five years|over (?:two|three|five)|second year|depreciat|two years"),
    ("future_prices", r"prices?.*(?:next year|going to|again|raise|fall)|raise prices|price.*in 20\d\d|hike"),
    ("newer_model", r"gpt-5|next model\b(?! review)|new mini|when does gpt|context window.*rescued|bigger model"),
    ("other_media", r"\bimages?\b(?! for)|\baudio\b|\bvision\b|code completion|\bspeech\b"),
    ("several_tasks", r"mobile team|one model for|both products|which bot .*first|german bot get tuned first"),
    (
        "cannot_do",
        r"^(?:please |pls )?(?:can|could|would|will) (?:you|u)\b"
        r"|^(?:write|draft|book|send|make|suggest|order|forward|translate|open a)\b|^please\b|for me\b"
        r"|negotiate",
    ),
)
"""Words of questions that had no answer -> the intent that answers them now; the first that fits."""


def intent_of(ids: tuple[str, ...], question: str) -> str:
    """The intent of an old line."""
    if not ids:
        asked = question.casefold()
        return next((intent for intent, words in NAMED if re.search(words, asked)), "nothing")
    if intent := PAIRS.get(ids[:2]) or FIRST.get(ids[0]):  # type: ignore[call-overload]
        return intent
    family, _, about = ids[0].partition("_")
    return f"{FAMILIES.get(family, family)}.{about}"
