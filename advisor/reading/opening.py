"""What a whole message surely says: an opening, a proposal, a pasted paragraph.

The text becomes a line of words and placeholders, and the frames in ``rules/frames.toml`` say which field a placeholder
or a phrase answers. An earlier frame has its placeholders for itself, and what is said in two ways is left out. Nothing
here counts by itself: a person sees each line with its words and may untick it.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache

from advisor.figures import show
from advisor.model import FIELDS, UNKNOWN, Value, plain
from advisor.pattern import pattern
from advisor.reading.quantities import PERIODS
from advisor.reading.placeholders import Figure, Line, line_of
from advisor.reading.quantities import DEAREST_CALL, MOST
from advisor.reading.read import read
from advisor.rulebook import Frame, RuleError, frames_in, rules_in

LONGEST_WORDS = 75
"""Characters a line of a Slack checkbox has for where it came from."""


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A value that a text gives for a ``field``: as ``read`` would give it, as people read it, and the words it came
    from."""

    field: str
    value: Value
    shown: str
    words: str


def mentioned(text: str) -> tuple[Mentioned, ...]:
    """What a whole message surely says, at most one value a field, in the order of the questions."""
    line = line_of(text)
    settled = _settled(_said(line))
    return tuple(
        Mentioned(row.id, value, show(row.id, value), _words(line, one))
        for row in rules_in().questions
        if row.id in settled
        for value, one in (settled[row.id],)
    )


# ---- frames


_PLACE = re.compile(r"\{([a-z_]+)(?:\|([a-z_]+))?(~?)\}")
_MACRO = re.compile(r"<([a-z]+)>")
_EVERY = re.compile(r"@(?= |$|\(\?[=!])")
_PERIOD = f"@(?P<period>{'|'.join(PERIODS)})(?![a-z])"
_BARE = (
    r"(?=(?: (?:[.,:?→]|to|and|but|or|on|of|before|after|with|now|today|pass|passes|right|correct|ok|good|fine|wanted|"
    r"needed|required)(?![\w'])))"
)
_COUNT, _SHARE = r"#\d+(?!\d)", r"[%&]\d+(?!\d)"
_SHARE_OR_BARE = rf"(?:{_SHARE}|{_COUNT}{_BARE})"
_OTHERS: Mapping[str, str] = {
    "minutes": _COUNT, "wage": r"\$\d+(?= @hour)", "bill": r"\$\d+(?!\d)", "many": _COUNT, "whole": _COUNT,
    "part": _COUNT, "before": _COUNT, "after": _COUNT, "larger": _SHARE_OR_BARE, "named": _SHARE_OR_BARE,
    "somebody": _SHARE_OR_BARE, "passed": _COUNT,
}  # fmt: skip
"""Placeholders that answer no field by themselves -> their patterns."""


@cache
def _frames() -> tuple[tuple[Frame, tuple[re.Pattern[str], ...]], ...]:
    rules = frames_in()
    return tuple((frame, tuple(pattern(_expanded(text, rules.words)) for text in frame.find)) for frame in rules.frame)


def _expanded(text: str, words: Mapping[str, str]) -> str:
    """A frame's pattern as a regular expression."""
    while _MACRO.search(text):
        text = _MACRO.sub(lambda match: f"(?:{words[match[1]]})", text)
    # The blank in front is looked for at the speed of memory; a look-behind would be tried at each letter.
    return rf" (?:{_PLACE.sub(_group, _EVERY.sub(lambda _: _PERIOD, text))})(?![\w'])"


def _group(place: re.Match[str]) -> str:
    field, also, bare = place.groups()
    inner = (_SHARE if field == "somebody" and not bare else _OTHERS.get(field)) or _of_kind(field, bare=bool(bare))
    inner = rf"(?P<{field}>{inner})"
    if also:
        inner = f"(?P<{also}>{inner})"
    return inner if field == "target_pass_rate" else rf"(?<!< ){inner}"


def _of_kind(field: str, *, bare: bool) -> str:
    asked = FIELDS.get(field)
    if asked is None:
        raise RuleError(f"rules/frames.toml: there is no field {{{field}}}. Mend its spelling.")
    match asked.kind:
        case "count":
            return r"[#&]\d+(?!\d)" if field in ("eval_pairs", "poc_eval_items") else _COUNT
        case "rate":
            return _SHARE_OR_BARE if bare else _SHARE
        case "money":
            return r"\$\d+(?!\d)" + ("" if asked.per in PERIODS else r"(?! @)")
        case _:
            return r"[^\W\d_]+(?: [^\W\d_]+)?"


# ---- what they say


@dataclass(frozen=True, slots=True)
class _One:
    """A value, where its words stand in the line, and the placeholder it came from (-1 without)."""

    value: Value | Fraction
    start: int
    end: int
    figure: int = -1
    last: bool = False


_Said = Mapping[str, list[_One]]


def _said(line: Line) -> _Said:
    """Field (or what is no field but tells of one) -> all that is said of it."""
    said, owners = defaultdict[str, list[_One]](list), dict[int, set[str]]()
    spoken = _Sentences(line.text)
    for frame, patterns in _frames():
        if frame.near and not any(word in line.text for word in frame.near):
            continue
        for text, each in zip(frame.find, patterns, strict=True):
            if "{poc_" in text and not any(one.value for one in said["poc_run"]):
                continue  # a trial's figures are those of a trial that was run
            for match in each.finditer(line.text):
                if not spoken.allow(match.start() + 1, asked=frame.asked):
                    continue
                answers = list(_answers(frame, match, line))
                if all(_is_free(field, one, said, owners, last=frame.last) for field, one in answers):
                    for field, one in answers:
                        said[field].append(replace(one, last=frame.last))
                    for field, one in answers:
                        if field != "named":
                            owners.setdefault(one.figure, set()).add(field)
    return said


def _is_free(field: str, one: _One, said: _Said, owners: Mapping[int, set[str]], *, last: bool) -> bool:
    """Whether no earlier frame had this placeholder for another field, or these words for this one."""
    if last and any(other.value != one.value and not other.last for other in said.get(field, [])):
        return False
    if one.figure >= 0:
        return field == "named" or field in owners.get(one.figure, {field})
    return all(one.end <= other.start or other.end <= one.start for other in said.get(field, []))


class _Sentences:
    """Whether what stands at a place is said: no question, no supposition, and not of somebody else."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.ends = [match.end() for match in _END.finditer(text)]
        self.kinds: dict[int, str] = {}

    def allow(self, at: int, *, asked: bool) -> bool:
        place = bisect_left(self.ends, at + 1)
        if place not in self.kinds:
            sentence = self.text[self.ends[place - 1] if place else 0 : self.ends[place]]
            rules = frames_in()
            self.kinds[place] = (
                "elsewhere"
                if re.search(rules.elsewhere, sentence)
                else "asks"
                if sentence.endswith("?") or re.search(rules.asks, sentence)
                else ""
            )
        return self.kinds[place] == "" or (asked and self.kinds[place] == "asks")


_END = pattern(r"(?<!\S)[.?](?!\S)")


def _answers(frame: Frame, match: re.Match[str], line: Line) -> Iterator[tuple[str, _One]]:
    """What one match says, field by field."""
    span = match.start() + 1, match.end()
    found = {name: group for name, group in match.groupdict().items() if group and name != "period"}
    period = match.groupdict().get("period") or ""
    for field, value in frame.says.items():
        yield field, _One(_literal(field, value), *span)
    figures = {name: line.figures[int(group[1:])] for name, group in found.items() if group[1:].isdigit()}
    if derived := _derived(figures):
        yield frame.field, _One(derived, *span)
    for name, figure in figures.items():
        worth = _worth(name, figure, period)
        if worth is not None and name not in ("many", "whole"):
            yield name, _One(worth, *span, figure=int(found[name][1:]))
    for name in found.keys() - figures.keys():
        words = line.source[slice(*line.origin(*match.span(name)))].split()
        while words and (not words[0][:1].isupper() or words[0].lower() in _NO_NAMES):
            del words[0]
        said = read(name, " ".join(words))
        if words and said.value and words[-1][:1].isupper():
            yield name, _One(said.value, *span)


_NO_NAMES = frozenset(
    [
        "because",
        "since",
        "our",
        "the",
        "and",
        "so",
        "yes",
        "currently",
        "today",
        "i",
        "we",
        "it",
        "he",
        "she",
        "they",
        "who",
        "hi",
        "owner",
        "retraining",
    ]
)
"""Words that may begin a sentence before a name."""


_FEWEST = 20
"""Of "3 of 4 are fine" nobody judged four."""


def _literal(field: str, value: str) -> Value:
    match FIELDS[field].kind if value != UNKNOWN else "":
        case "yes_no":
            return value == "yes"
        case "count":
            return int(value)
        case "money" | "rate":
            return Decimal(value)
        case _:
            return value.removeprefix("nobody")


def _derived(figures: Mapping[str, Figure]) -> Fraction | None:
    """A price that takes two figures."""
    match figures:
        case {"minutes": minutes, "wage": wage}:
            return minutes.value / 60 * wage.value
        case {"bill": bill, "many": calls} if calls.value:
            return bill.value / calls.value
        case {"whole": whole, "part": part} if whole.value >= part.value:
            return part.value / whole.value
        case _:
            return None


def _worth(name: str, figure: Figure, period: str) -> Fraction | None:
    """A figure in a field's own unit."""
    asked = FIELDS.get(name)
    kind = asked.kind if asked else "rate" if name in ("larger", "named") else ""
    value = figure.whole if kind == "count" and figure.kind in ("&", "%") else figure.value
    if kind == "rate":
        value = value / 100 if figure.kind == "#" and value > 1 else value
        return value if value <= 1 and (figure.kind != "#" or value not in (0, 1)) else None
    if kind == "count" and figure.kind != "#" and value < _FEWEST:
        return None
    if asked and asked.per in PERIODS:
        return value * PERIODS[period] / PERIODS[asked.per] if period else None
    return value


# ---- what holds of it all


def _settled(said: _Said) -> Mapping[str, tuple[Value, _One]]:
    """One value a field, with where it was said; none of what is said in two ways."""
    told = {field: list(each) for field, each in said.items()}
    _larger(told)
    _counted(told)
    run = _only(told.get("poc_run", []))
    settled = {}
    for field in told.keys() & FIELDS.keys():
        one = _only(told[field])
        if one and (field == "poc_run" or not field.startswith("poc_") or (run and run.value)):
            value = _value(field, one.value)
            if value is not None:
                settled[field] = value, one
    # Of two prices of a call one is what runs today: then the rate that is told is its own, not the smaller model's.
    if {"usd_per_call_now", "usd_per_call_after", "measured_pass_rate"} <= settled.keys():
        settled.setdefault("pass_rate_without_tuning", settled.pop("measured_pass_rate"))
    return settled


def _larger(told: dict[str, list[_One]]) -> None:
    """Whether a larger model's rate meets the target. A model that is only named ("gpt-4o-mini gets 89 %, gpt-4.1 got
    93") is a larger one beside the rate of another."""
    named = told.pop("named", [])
    others = {one.figure for one in named}
    if own := [one for one in told.get("measured_pass_rate", []) if one.figure not in others]:
        told["measured_pass_rate"] = own
        told["larger"] = [*told.get("larger", []), *named]
    target, larger = _number(told, "target_pass_rate"), _only(told.get("larger", []))
    if target is not None and larger:
        meets = replace(larger, value=larger.value >= target)  # type: ignore[operator]  # both are fractions
        told.setdefault("large_model_meets_target", []).append(meets)


def _counted(told: dict[str, list[_One]]) -> None:
    """Rates that were told as so many of the eval set; a trial was judged by that set when no other is named."""
    whole = _number(told, "poc_eval_items") or _number(told, "eval_pairs") or Fraction(0)
    for field, counted in _COUNTED.items():
        for one in told.get(counted, []):
            if whole and isinstance(one.value, Fraction) and one.value <= whole:
                told.setdefault(field, []).append(replace(one, value=one.value / whole))
    if any(told.get(each) for each in ("poc_gained", "poc_baseline_pass_rate", "poc_tuned_pass_rate")):
        told.setdefault("poc_eval_items", told.get("eval_pairs", []))


_COUNTED = {"poc_baseline_pass_rate": "before", "poc_tuned_pass_rate": "after", "measured_pass_rate": "passed"}


def _number(told: Mapping[str, list[_One]], field: str) -> Fraction | None:
    one = _only(told.get(field, []))
    return one.value if one and isinstance(one.value, Fraction) else None


def _only(said: list[_One]) -> _One | None:
    """What all of them say, at its first place."""
    first = min(said, key=lambda one: one.start, default=None)
    return first if first and all(one.value == first.value for one in said) else None


def _value(field: str, value: Value | Fraction) -> Value | None:
    """As ``read`` gives it, or nothing where it would ask again."""
    if not isinstance(value, Fraction):
        return value
    asked = FIELDS[field]
    if value > MOST or (asked.per == "call" and asked.kind == "money" and value > DEAREST_CALL):
        return None
    if asked.kind == "count":
        return int(value) if value.denominator == 1 and (value or field != "training_pairs") else None
    places = min(24, 28 - len(str(int(value))))  # as advisor.reading.quantities rounds
    return Decimal(plain(Decimal(round(value * 10**places)).scaleb(-places)))


def _words(line: Line, one: _One) -> str:
    """The sentence it came from where it is short enough, else the clause, else the words themselves."""
    text = line.text
    for ends in (_END, _PAUSE):
        start = max((match.end() + 1 for match in ends.finditer(text, 0, one.start)), default=0)
        after = ends.search(text, max(one.start, one.end - 1))
        first, last = line.origin(min(start, one.start), max(after.start() if after else 0, one.end))
        if last - first <= LONGEST_WORDS:
            return line.source[first:last].strip(" ,;:.-")
    first, last = line.origin(one.start, one.end)
    words = line.source[first:last]
    return words if len(words) <= LONGEST_WORDS else words[: LONGEST_WORDS - 1].rsplit(" ", 1)[0] + "…"


_PAUSE = pattern(r"(?<!\S)[.?,:](?!\S)")
