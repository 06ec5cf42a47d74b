"""Turn the examples round: from the list of sentences that answers one to the intent it is an example of.

    python docs/build_intents.py OLD.tsv    maps the old file's lines, prints how, and writes examples.tsv anew
    python docs/build_intents.py            prints neighbours that disagree, and writes docs/intents.md

OLD.tsv is ``git show 3bd469a:bot/answering/examples.tsv``: some 14,000 questions with 2,235 lists. A list belongs to
the intent of its first sentence (``FIRST``, ``PAIRS``); a question that had no answer belongs to the intent that its
words name, if there is one by now (``NAMED``). Lines that examples.tsv has already are kept. Of an old question that
its neighbours contradict, and of two that are nearly the same and disagree, the neighbours decide.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.answering import index  # noqa: E402 - the project need not be installed for this
from bot.answering.intents import NOTHING, intents  # noqa: E402

PAGE = ROOT / "docs" / "intents.md"
EXAMPLES = ROOT / "bot" / "answering" / "examples.tsv"
HEAD = """\
# Questions about a report as people ask them: the intent (bot/answering/intents.toml), a tab, the question. "nothing"
# is what a report does not speak of.
"""
NEAR = 0.8  # as alike as "can we appeal" and "final? or can I appeal"
NEIGHBOURS, SHARPNESS = 16, 5
SURELY, HARDLY, CLEARLY = 0.6, 0.02, 0.2  # of the neighbours' votes: for another intent, for its own, more for one
APART = {
    "why_asked",
    "said",
    "gate",
}  # alike by design: "why do you ask about …", "what did we say for …", "why gate 1?"

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
PAIRS: dict[tuple[str, ...], str] = {
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
    if intent := PAIRS.get((ids[0], *ids[1:2])) or FIRST.get(ids[0]):
        return intent
    family, _, about = ids[0].partition("_")
    return f"{FAMILIES.get(family, family)}.{about}"


def mapped(old: Path) -> tuple[list[tuple[str, str]], dict[str, Counter[str]]]:
    """The old lines with their intents, and for each old list how many of its lines went to which intent."""
    lines: list[tuple[str, str]] = []
    lists: dict[str, Counter[str]] = defaultdict(Counter)
    for line in old.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            continue
        told, question = line.split("\t")
        intent = intent_of(() if told == NOTHING else tuple(told.split()), question)
        lines.append((intent, question))
        lists[told][intent] += 1
    return lines, lists


def words_of(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.casefold()))


def neighbours(lines: list[tuple[str, str]]) -> Iterator[list[tuple[float, int]]]:
    """For each line the lines most like it, the likest first, with their likeness."""
    own = len(intents())  # the first examples are what the intents ask themselves
    for number, (_, question) in enumerate(lines):
        likeness = index.likenesses(question)[own:]
        likeness[number] = 0
        likest = np.argpartition(-likeness, NEIGHBOURS)[:NEIGHBOURS]
        yield sorted(((float(likeness[one]), int(one)) for one in likest), reverse=True)


def shares(near: Iterable[tuple[float, int]], lines: list[tuple[str, str]]) -> dict[str, float]:
    """What share of the neighbours' votes each intent has."""
    votes: dict[str, float] = defaultdict(float)
    for likeness, one in near:
        votes[lines[one][0]] += max(likeness, 0.0) ** SHARPNESS
    total = sum(votes.values()) or 1.0
    return defaultdict(float, {intent: vote / total for intent, vote in votes.items()})


def disagreeing(lines: list[tuple[str, str]]) -> Iterator[tuple[int, str, str]]:
    """Lines that their neighbours contradict: number, the intent they speak for, and why we think so."""
    near = list(neighbours(lines))
    votes = [shares(one, lines) for one in near]
    for number, (intent, _) in enumerate(lines):
        best, share = max(votes[number].items(), key=lambda vote: vote[1])
        if best not in (intent, NOTHING) and intent != NOTHING and share > SURELY and votes[number][intent] < HARDLY:
            yield number, best, f"{share:.0%} of its neighbours"
            continue
        for likeness, other in near[number]:
            theirs = lines[other][0]
            apart = {intent.split(".")[0], theirs.split(".")[0]} & APART
            if likeness >= NEAR and theirs != intent and NOTHING not in (theirs, intent) and not apart:
                for_theirs, for_own = (votes[number][one] + votes[other][one] for one in (theirs, intent))
                if for_theirs > for_own + CLEARLY:
                    yield number, theirs, f"{likeness:.0%} like “{lines[other][1]}”"
                break


def write(lines: Iterable[tuple[str, str]]) -> None:
    ordered = sorted(lines, key=lambda line: (line[0], line[1].casefold(), line[1]))
    EXAMPLES.write_text(HEAD + "".join(f"{intent}\t{question}\n" for intent, question in ordered), encoding="utf-8")
    index._examples.cache_clear()  # noqa: SLF001 - what was read is not what stands there now


def turn_round(old: Path) -> None:
    """Map the old file, decide what contradicts itself, write, and print all of it."""
    lines, lists = mapped(old)
    for told, went in sorted(lists.items(), key=lambda one: -sum(one[1].values())):
        print(f"{told} -> {', '.join(f'{intent} {times}' for intent, times in went.most_common())}")
    kept = {words_of(question): (intent, question) for intent, question in lines}
    new = {words_of(question): (intent, question) for intent, question in index.lines()} if EXAMPLES.exists() else {}
    write((kept | new).values())
    written = list(index.lines())
    decided = 0
    for number, intent, why in disagreeing(written):
        was, question = written[number]
        if words_of(question) not in new:
            print(f"decided: “{question}” is {intent} and not {was}: {why}")
            written[number] = intent, question
            decided += 1
    write(written)
    print(f"{len(lists):,} lists, {len(lines):,} lines; {decided} decided by their neighbours")


def page() -> str:
    """docs/intents.md: every row of intents.toml with its answer and its examples."""
    often = Counter(intent for intent, _ in index.lines())
    rows: dict[str, list[str]] = defaultdict(list)
    for intent in intents().values():
        rows[intent.row].append(intent.id)
    told = [
        "# What can be asked about a report",
        "",
        "Written by docs/build_intents.py from bot/answering/intents.toml and examples.tsv. An intent that is asked of",
        "many things (a step, a question of ours) is one row.",
        "",
        "| intent | what is asked | answered by | examples |",
        "|---|---|---|---|",
    ]
    for row, ids in rows.items():
        first = intents()[ids[0]]
        of_many = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
        answer = ", ".join(f"`{id}`" for id in first.answer)
        told.append(f"| `{row}` | {first.asks}{of_many} | {answer} | {sum(often[id] for id in ids):,} |")
    told += ["", f"{often[NOTHING]:,} examples are of what a report does not speak of.", ""]
    return "\n".join(told)


def main() -> None:
    if len(sys.argv) > 1:
        turn_round(Path(sys.argv[1]))
    else:
        lines = list(index.lines())
        for number, intent, why in disagreeing(lines):
            print(f"{lines[number][0]}: “{lines[number][1]}” looks like {intent}: {why}")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
