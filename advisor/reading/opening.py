"""What a whole message surely says: an opening, a proposal, a pasted paragraph.

The text becomes a line of words and placeholders, and the frames in ``rules/frames.toml`` say which field a placeholder
or a phrase answers. An earlier frame has its placeholders for itself, and what is said in two ways is left out. Nothing
here counts by itself: a person sees each line with its words and may untick it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import NamedTuple, cast

from advisor.figures import show
from advisor.model import FIELDS, Answers, Ends, Quote, Reading, Value, plain
from advisor.pattern import pattern
from advisor.reading.derived import derivation
from advisor.reading.placeholders import Figure, Line, line_of, listed
from advisor.reading.quantities import A_YEAR, DEAREST_CALL, MOST, PERIODS
from advisor.reading.read import read
from advisor.roi import RANGED
from advisor.rulebook import Frame, RuleError, frames_in, rules_in

LONGEST_WORDS = 75
"""Characters a line of a Slack checkbox has for where it came from."""


class Mentioned(NamedTuple):
    """A value that a text gives for a ``field``: as ``read`` would give it, as people read it, the words it came from,
    and how it was worked out of them, where they do not say it: a ``quote``, where by a model and its tokens. Of a
    range it is the middle, between its ``ends``."""

    field: str
    value: Value
    shown: str
    words: str
    derived: str = ""
    ends: Ends | None = None
    quote: Quote | None = None


@lru_cache(maxsize=256)  # of each conversation that is going on, the text it began with
def mentioned(text: str) -> tuple[Mentioned, ...]:
    """What a whole message surely says, at most one value a field, in the order of the questions."""
    line = line_of(text)
    settled = _settled(line, _said(line))
    return tuple(
        Mentioned(
            row.id,
            value,
            show(row.id, value),
            _words(line, one),
            _how(line, row.id, value, one),
            ends=_ends(row.id, one),
        )
        for row in rules_in().questions
        if row.id in settled
        for value, one in (settled[row.id],)
    )


def _how(line: Line, field: str, value: Value, one: "_One") -> str:
    return derivation(field, line.source[slice(*line.origin(one.at, one.end))], value, Answers()) if one.at >= 0 else ""


def _ends(field: str, one: "_One") -> Ends | None:
    found = [_value(field, end) for end in one.ends if end is not None]
    return cast("Ends", tuple(found)) if len(found) == 2 and None not in found else None


# ---- frames


_PLACE = pattern(r"\{([a-z_]+)(?:\|([a-z_]+))?(~?)\}")
_MACRO = pattern(r"<([a-z]+)>")
_EVERY = pattern(r"@(?= |$|\(\?[=!])")
_PERIOD = f"@(?:{'|'.join(PERIODS)})(?![a-z])"
_SIGNS = dict.fromkeys(
    ("minutes", "many", "whole", "part", "before", "after", "passed", "apiece", "batch", "batches"), "#"
) | {
    "bill": "$", "wage": "$", "saved": "$", "failed": "%&",
    "named": "%&", "somebody": "%&", "eval_pairs": "#&", "poc_eval_items": "#&",
}  # fmt: skip
"""What a placeholder may begin with whose name is no field, or a field that is told in several ways."""
_KINDS = {"count": "#", "rate": "%&", "money": "$", "name": ""}
_BEHIND = {"wage": "(?= @hour)", "eval_pairs": r"(?! (?:\w+ )?<people>| of (?:the|our|those|these|them))"}


@cache
def _frames() -> tuple[tuple[Frame, tuple[tuple[re.Pattern[str], frozenset[str]], ...]], ...]:
    """Each frame with its patterns and the names of the placeholders in each."""
    return tuple(
        (frame, tuple((pattern(_expanded(text)), _names(text)) for text in _joined(frame.find)))
        for frame in frames_in().frame
    )


def _joined(find: Sequence[str]) -> Iterator[str]:
    """Patterns without a placeholder as one, and those that begin or end with the same: each is tried at each word."""
    parts = defaultdict[tuple[str, str], list[str]](list)
    for text in find:
        places = [match[0] for match in _PLACE.finditer(text)]
        head, tail = (text, "") if places else ("", "")
        if len(places) == 1 and text.startswith(f"{places[0]} "):
            head = f"{places[0]} "
        elif len(places) == 1 and text.endswith(f" {places[0]}"):
            head, tail = "", f" {places[0]}"
        parts[head, tail].append(_EVERY.sub(_PERIOD, text.removeprefix(head).removesuffix(tail)))
    return (f"{head}(?:{'|'.join(rests)}){tail}" if any(rests) else head for (head, tail), rests in parts.items())


def _names(text: str) -> frozenset[str]:
    return frozenset(name for *names, _ in _PLACE.findall(text) for name in names if name)


def _expanded(text: str) -> str:
    """A frame's pattern as a regular expression."""
    # The blank in front is looked for at the speed of memory; a look-behind would be tried at each letter.
    return rf" (?:{_PLACE.sub(_group, _EVERY.sub(_PERIOD, _spelled(text)))})(?![\w'])"


def _spelled(text: str) -> str:
    while _MACRO.search(text):
        text = _MACRO.sub(lambda macro: f"(?:{frames_in().words[macro[1]]})", text)
    return text


def _group(place: re.Match[str]) -> str:
    name, also, bare = place.groups()
    asked = FIELDS.get(name)
    if asked is None and name not in _SIGNS:
        raise RuleError(f"rules/frames.toml: there is no field {{{name}}}. Mend its spelling.")
    signs = _SIGNS.get(name) or _KINDS[asked.kind]  # type: ignore[union-attr]  # a field, where it is no sign's name
    behind = _BEHIND.get(name, "(?! @)" if asked and asked.kind == "money" and asked.per not in PERIODS else "")
    behind += "<rated>" * (name != "somebody" and "%" in signs)
    inner = rf"[{signs}]\d+(?!\d){_spelled(behind)}" if signs else _spelled("<name>")
    inner = rf"(?P<{name}>{inner}|#\d+(?!\d){_spelled('<bare>')})" if bare else f"(?P<{name}>{inner})"
    inner = f"(?P<{also}>{inner})" if also else inner
    if name != "target_pass_rate":
        return rf"(?<![<≤] ){inner}"  # only a target may be a bound
    below = place.string.endswith("≤ ", 0, place.start())  # "anything below 90 % is useless"
    return inner if below else rf"(?<!≤ ){inner}"


# ---- what they say


class _One(NamedTuple):
    """A value, where its words stand in the line, and the placeholder it came from (-1 without) with its place."""

    value: Value | Fraction
    start: int
    end: int
    figure: int = -1
    at: int = -1
    last: bool = False
    ends: tuple[Fraction | None, ...] = ()


_TRIAL = frozenset({"before", "after", *(field for field in FIELDS if field.startswith("poc_"))})
_Said = dict[str, list[_One]]
_NOT = pattern(r" (?:(?:no|without|zero)(?: (?!problem|doubt|question|longer)[a-z]+)?|not|never|nor|neither) $")
"""Before what would mean yes: "no money set aside", "no test data overlaps"."""


def _said(line: Line) -> _Said:
    """Field (or what is no field but tells of one) -> all that is said of it."""
    said, owners = _Said(), defaultdict[int, set[str]](set)
    for frame, finds in _frames():
        if frame.near and not any(word in line.text for word in frame.near):
            continue
        for each, names in finds:
            if (names & _TRIAL and not any(one.value for one in said.get("poc_run", ()))) or (
                frame.last and names and names <= said.keys()
            ):
                continue  # a trial's figures are those of a trial that was run
            for match in each.finditer(line.text):
                if _kind(line.sentence(match.start() + 1)) not in (("", "asks") if frame.asked else ("",)):
                    continue
                if "yes" in frame.says.values() and _NOT.search(line.text[: match.start() + 1][-40:]):
                    continue
                answers = list(_answers(frame, match, line))
                if all(_is_free(field, one, said, owners) for field, one in answers):
                    for field, one in answers:
                        said.setdefault(field, []).append(one)
                        if field != "named" and one.figure >= 0:
                            owners[one.figure].add(field)
    return said


def _is_free(field: str, one: _One, said: _Said, owners: Mapping[int, set[str]]) -> bool:
    """Whether no earlier frame had this placeholder for another field, or these words for this one."""
    others = said.get(field, ())
    if one.last and any(other.value != one.value and not other.last for other in others):
        return False
    if one.figure >= 0:
        return field == "named" or not owners.get(one.figure) or field in owners[one.figure]
    return all(one.end <= other.start or other.end <= one.start for other in others)


@lru_cache(256)
def _kind(sentence: str) -> str:
    """What a sentence is: said (empty), asked, supposed, general, or of somebody else."""
    found = (name for name, each in frames_in().sentences.items() if re.search(each, sentence))
    return next(found, "asks" if sentence.endswith("?") else "")


def _answers(frame: Frame, match: re.Match[str], line: Line) -> Iterator[tuple[str, _One]]:
    """What one match says, field by field."""
    here = _One(False, match.start() + 1, match.end(), last=frame.last)
    found = {name: group for name, group in match.groupdict().items() if group}
    for field, value in frame.says.items():
        yield field, here._replace(value=_literal(field, value))
    if frame.read:
        first = min((match.start(name) for name in found), default=here.start)
        reading = read(frame.field, line.source[slice(*line.origin(first, here.end))])
        comes_to = reading.value if reading.problem is None else _worked_out(frame.field, reading)
        if isinstance(comes_to, Decimal | int):
            yield frame.field, here._replace(value=Fraction(comes_to), at=first)
    figures = {name: line.figures[int(group[1:])] for name, group in found.items() if group[1:].isdigit()}
    if any(figure.ends and name not in RANGED for name, figure in figures.items()):
        return  # nothing is worked out of a range
    if derived := _derived(figures):
        yield frame.field, here._replace(value=derived, at=here.start)
    worths = {name: _worth(name, figure, _period(match, name)) for name, figure in figures.items()}
    if worths.get("measured_pass_rate", _FEWEST) is None:
        return  # what it is a share of is no eval set then
    for name, worth in worths.items():
        if worth is not None and name not in ("many", "whole"):
            told = (figures[name]._replace(value=end) for end in figures[name].ends)
            ends = tuple(_worth(name, each, _period(match, name)) for each in told)
            yield name, here._replace(value=worth, figure=int(found[name][1:]), at=match.start(name), ends=ends)
    for name in found.keys() - figures.keys():
        words = line.source[slice(*line.origin(*match.span(name)))].split()
        while words and (not words[0][:1].isupper() or words[0].lower() in listed("no_names")):
            del words[0]
        if words and words[-1][:1].isupper() and (who := read(name, " ".join(words)).value):
            yield name, here._replace(value=who)


def _worked_out(field: str, reading: Reading) -> Value | None:
    """The one sum that words come to, where they say how."""
    sure = len(reading.candidates) == 1 and reading.derived
    return read(field, reading.candidates[0]).value if sure else None


def _period(match: re.Match[str], name: str) -> str:
    """What a figure is a time: the period behind it, else the last before it."""
    behind, before = (
        re.findall(r"@(\w+)", match.string[slice(*span)])
        for span in (
            (match.end(name), match.end()),
            (match.start(), match.start(name)),
        )
    )
    return next(iter([*behind, *before[::-1]]), "")


_FEWEST, _MOST = 20, 50_000
"""Of "3 of 4 are fine" nobody judged four, of "$10/1M" a million; and of what "5 %" is said hardly passes so seldom."""


@cache
def _literal(field: str, value: str) -> Value:
    return cast("Value", read(field, value).value)


def _derived(figures: Mapping[str, Figure]) -> Fraction | None:
    """A price that takes two figures."""
    match figures:
        case {"minutes": minutes, "wage": wage}:
            return minutes.value / 60 * wage.value
        case {"bill": bill, "many": calls} if calls.value:
            return bill.value / calls.value
        case {"batch": calls, "batches": many}:
            return calls.value * many.value
        case {"failed": failed}:
            return 1 - failed.value
        case {"whole": whole, "part": part} if whole.value >= part.value:
            return part.value / whole.value
        case _:
            return None


def _worth(name: str, figure: Figure, period: str) -> Fraction | None:
    """A figure in a field's own unit, where it can be one."""
    asked, value = FIELDS.get(name), figure.value
    kind = asked.kind if asked else "rate" if name == "named" else ""
    if kind == "rate":
        value = value / 100 if figure.kind == "#" and value > 1 else value
        passes = name in ("named", "measured_pass_rate", "target_pass_rate")
        low = Fraction(_FEWEST, 100) if passes or figure.kind == "#" else 0
        return (
            value
            if low <= value <= 1 and (figure.kind != "#" or value < 1) and not (passes and figure.worded)
            else None
        )
    if kind == "count" and figure.kind != "#":
        return figure.whole if _FEWEST <= figure.whole <= _MOST and value < 1 else None
    if kind == "count" and (figure.noun in A_YEAR or figure.noun == "token"):
        return None
    if asked and asked.per in PERIODS:
        return value * PERIODS[period] / PERIODS[asked.per] if period else None
    return value


# ---- what holds of it all


def _settled(line: Line, told: _Said) -> Mapping[str, tuple[Value, _One]]:
    """One value a field, with where it was said; none of what is said in two ways."""
    _tell_whose(line, told)
    _count(told)
    run = _only(told.get("poc_run", ()))
    settled = {}
    for field in told.keys() & FIELDS.keys():
        one = _only(told[field])
        if one and (field not in _TRIAL or field == "poc_run" or (run and run.value)):
            value = _value(field, one.value)
            if value is not None and (not one.ends or _ends(field, one)):
                settled[field] = value, one
    return settled


_MODELS = {"tuned": "notyet", "small": "small", "larger": "larger", "big": "big", "trial": "trial"}
"""A trial's rate may be of before or after: of whom it is not sure."""


_NEAR = 10  # letters between a tuned model and what it does


@cache
def _models() -> tuple[re.Pattern[str], ...]:
    """The models that are named; words that say of one that it runs, and that it was only tried."""
    kinds = "|".join(f"(?P<{kind}>{_spelled(f'<{word}>')})" for kind, word in _MODELS.items())
    return re.compile(rf" (?:{kinds})(?![\w'])"), re.compile(_spelled("<runs>")), re.compile(_spelled("<tried>"))


def _tell_whose(line: Line, told: _Said) -> None:
    """Gives each pass rate to the model it is of: the one to be tuned, what runs today, or a larger one. Of whom it is
    not sure, nobody gets it."""
    named, runs, tried = _models()
    models = [(match.start() + 1, match.end(), match.lastgroup or "") for match in named.finditer(line.text)]
    if not any(one.value for one in told.get("poc_run", ())):
        models = [each for each in models if each[2] != "trial"]
    rates: dict[int, tuple[_One, str]] = {}
    for one in (*told.pop("named", ()), *told.pop("measured_pass_rate", ())):
        begun = line.begins(one.at)
        near = {kind for at, end, kind in models if at < one.end and one.start < end} or {
            kind for at, end, kind in models if begun <= at < one.at and (kind != "tuned" or one.start - end < _NEAR)
        }
        rates.setdefault(one.figure, (one, near.pop() if len(near) == 1 else "?" if near else ""))
    own, small, big, larger = (
        [one for one, kind in rates.values() if kind == whose] for whose in ("", "small", "big", "larger")
    )
    kinds, big = {kind for *_, kind in models}, big + larger
    said_of = [line.sentence(at) for at, _, kind in models if kind in ("big", "larger")]
    prices = bool(told.get("usd_per_call_now") and told.get("usd_per_call_after"))
    replaced = prices or bool({"small", "tuned"} & kinds)
    if prices or (replaced and any(runs.search(each) and not tried.search(each) for each in said_of)):
        running = [one for one in big if one not in larger and not tried.search(line.sentence(one.start))]
        told["pass_rate_without_tuning"], own = running or own, []
    elif not (own or small or larger or replaced):
        own, big = big, []  # one model is spoken of
    told["measured_pass_rate"] = own + small
    target, meets = _number(told, "target_pass_rate"), _only(big)
    if target is not None and meets:
        meets = meets._replace(value=meets.value >= target)  # type: ignore[operator]  # both are fractions
        told.setdefault("large_model_meets_target", []).append(meets)


def _count(told: _Said) -> None:
    """Rates that were told as so many of the eval set; a trial was judged by that set when no other is named."""
    whole = _number(told, "poc_eval_items") or _number(told, "eval_pairs") or Fraction(0)
    for field, counted in _COUNTED.items():
        for one in told.get(counted, ()):
            if isinstance(one.value, Fraction) and one.value <= whole > 0:
                told.setdefault(field, []).append(one._replace(value=one.value / whole))
    if any(told.get(each) for each in ("poc_gained", "poc_baseline_pass_rate", "poc_tuned_pass_rate")):
        told.setdefault("poc_eval_items", told.get("eval_pairs", []))


_COUNTED = {"poc_baseline_pass_rate": "before", "poc_tuned_pass_rate": "after", "measured_pass_rate": "passed"}


def _number(told: _Said, field: str) -> Fraction | None:
    one = _only(told.get(field, ()))
    return one.value if one and isinstance(one.value, Fraction) else None


def _only(said: Sequence[_One]) -> _One | None:
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
    if field == "training_usd" and 0 < value < 1:  # no training costs cents
        return None
    places = min(24, 28 - len(str(int(value))))  # as an answer is rounded
    return Decimal(plain(Decimal(round(value * 10**places)).scaleb(-places)))


def _words(line: Line, one: _One) -> str:
    """The sentence it came from where it is short enough, else the clause, else the words themselves."""
    first, last = line.begins(one.start), line.begins(one.end - 1) + len(line.sentence(one.end - 1))
    pauses = [match.start() for match in _PAUSE.finditer(line.text, first, last)]
    begin = max((at + 1 for at in pauses if at < one.start), default=first)
    end = min((at for at in pauses if at >= one.end - 1), default=last)
    words = ""
    for span in ((first, last), (begin, end), (one.start, one.end)):
        words = line.source[slice(*line.origin(span[0] + 1, span[1]))].strip(" ,;:.?-")
        if len(words) <= LONGEST_WORDS:
            return words
    return words[: LONGEST_WORDS - 1].rsplit(" ", 1)[0] + "…"


_PAUSE = pattern(r"(?<!\S)[.?,:](?!\S)")
