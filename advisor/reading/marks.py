"""Words as marks: what each word around a number stands for. Tables first; the reader of a kind sees only marks.

A word no table knows becomes ``?`` and is asked about, never skipped.
"""

from collections.abc import Mapping

from advisor.model import FIELDS
from advisor.pattern import pattern
from advisor.reading.lexicon import mark_of, spelled
from advisor.reading.tokens import Numeral, scan

_OF = {kind: frozenset(name for name in FIELDS if FIELDS[name].kind == kind) for kind in ("count", "rate", "money")}

PERIODS = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""How many of each a year has."""

_OWN: Mapping[str, tuple[frozenset[str], str]] = {
    "*today": (frozenset(FIELDS) - {"usd_per_call_after", "target_pass_rate", "poc_tuned_pass_rate"}, "other"),
    "*once": (frozenset({"training_usd"}), "?"),
    "*tuned": (frozenset({"poc_tuned_pass_rate", "usd_per_call_after", "hosting_usd_per_month"}), "other"),
    "*untuned": (frozenset({"poc_baseline_pass_rate", "measured_pass_rate", "pass_rate_without_tuning"}), "other"),
    "*elsewhere": (frozenset(), "other"),
    "*judged": (_OF["rate"] | {"poc_eval_items"}, "?"),
    "*gained": (frozenset({"poc_gained"}), "other"),
    "*lost": (frozenset({"poc_lost"}), "other"),
    "*plan": (frozenset({"training_pairs", "target_pass_rate", "calls_per_year"}) | _OF["money"], "other"),
    "*train": (frozenset({"training_pairs", "labeled_pairs", "training_usd", "poc_training_examples"}), "other"),
    "*eval": (_OF["rate"] | {"eval_pairs", "poc_eval_items", "poc_gained", "poc_lost"}, "other"),
    "*labelled": (_OF["count"] - {"training_pairs", "calls_per_year"} | {"usd_per_label"}, "other"),
    "*hosting": (frozenset({"hosting_usd_per_month"}), "other"),
    "*upkeep": (frozenset({"upkeep_usd_per_month"}), "other"),
    "*rag": (_OF["rate"] - {"prompt_pass_rate"}, "other"),
    "*total": (_OF["count"] - {"calls_per_year"} | {"training_usd"}, "total"),
    "*hand": (frozenset(FIELDS) - {"label_noise", "synthetic_share"}, "hand"),
}
"""Mark -> the fields it says nothing new for, and what it is beside the number of any other: ``other`` is a figure of
something else, of which nothing is offered."""

GLUED = frozenset(
    {"usd", "us", "eur", "euro", "euros", "gbp", "inr", "c", "ct", "cts", "cent", "cents", "bucks", "pct", "percent"}
    | {"rps", "qps", "tps", "rpm", "ish", "h", "hr", "hrs", "min", "mins"}
)
"""Words that may touch a number: "20rps"."""

# On the marks.
_SETTLE = (
    (r"[()]", " "),
    (r"\bfor (?=N :)", "per "),
    (r"\bfor ?", ""),
    (r" +", " "),
    (r"^ ", ""),
    (r"\b(?:of|in)(?: (?!N)|$)|(?<!N )(?<!N % )(?<!pass )(?<!fail )\b(?:of|in) ", ""),
    (r"\bin (?=N)", "of "),
    (r"(?:(?:per|a|/|each|of|in) )+(?=@)", ""),
    (r"(?:(?:per|/|a|each) )+(?=:)", "per "),
    (r"(?:(?:/|each|per) )+(?=N)", "per "),
    (r"/ ", "per "),
    (r"\ba ", ""),
    (r"(?<=N) - (?=[:@?a-z])|(?<=[:?]) - (?=[:?])", " "),
    (r"(:\w+)(?: :\w+)*(?= \1(?: |$))", ""),
    (r" +", " "),
)
_SETTLED = [(pattern(text), mark) for text, mark in _SETTLE]


def marks(field: str, text: str) -> tuple[str, list[Numeral]]:
    """A tidied lower-case text as marks ("$ N per N :call") and its numbers."""
    words, numbers = scan(text, GLUED)
    line = " ".join(words)
    for phrase, mark in spelled():
        line = phrase.sub(mark, line)
    marks = [mark_of(word) for word in line.split()]
    marks = ["" if mark in _OWN and field in _OWN[mark][0] else _OWN.get(mark, ("", mark))[1] for mark in marks]
    line = " ".join(filter(None, marks))
    for phrase, mark in _SETTLED:
        line = phrase.sub(mark, line)
    return line.strip(), numbers
