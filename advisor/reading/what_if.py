"""What if: a question that supposes other figures -> those figures, to decide on once more.

"what if we had 2M calls a year?", "and with labels at 40 cents?", "double the traffic". A figure belongs to the name
nearest to it and is read by the same reader as an answer. Every word of the question has to be one of a figure, a name
or a list of words that change nothing: what is not understood whole supposes nothing.
"""

import re
from collections.abc import Collection, Iterator
from decimal import Decimal
from fractions import Fraction

from pydantic import ValidationError

from advisor.model import FIELDS, UNKNOWN, Answers, Kind, Value, decimal
from advisor.pattern import pattern
from advisor.reading.quantities import DEAREST_LABEL
from advisor.reading.read import read
from advisor.reading.tokens import LONGEST, tidy

_IF = r"suppose|supposing|assuming|assume (?:we|that)|let'?s (?:say|assume)|imagine|pretend|hypothetically"
_IT = "(?:it|that|this|(?:the|your) (?:answer|verdict|advice|case))"
_THEN = (  # asked at the end: "…, deal breaker?"
    r"deal[- ]?breaker|better|where does (?:that|it|this) leave us|do we (?:still )?(?:have a go|come out ahead)"
    rf"|(?:does|will|would) {_IT} (?:still )?(?:flip|change|help|matter|fly|hold|stand|survive|pay off|unblock us)"
    rf"(?: then| that| it| this)?|how(?:'?s| does| would| will) {_IT} change (?:the )?(?:math|maths|sums)"
)
_SUPPOSES = pattern(
    rf"\b(?:if|suppos\w+|{_IF}|(?:what|how) about|instead|would|could)\b"
    r"|^(?:(?:and|but|so|or|ok|okay|hm+|well)[ ,]+)*(?:say|with|at|for|double|twice|half|only)\b"
    r"|\b(?:still|same) (?:fine|ok|okay|good|worth|pay\w*|true|advice|answer|verdict|result)\b"
    rf"|\b(?:does|will) (?:it|that|this) (?:flip|change|help|matter)\b|[.,;?!] (?:{_THEN})$"
    r"|^\S+(?: \w+)? at \$?[\d.,]+[^,;]{,15}$"
)
_SURELY = pattern(  # the same for what is not understood: nothing that may stand in any question
    rf"\b(?:what if|{_IF})\b|(?<!know )(?<!tell )(?<!sure )(?<!check )(?<!mean )(?<!me )(?<!us )\bif (?:we|our|the)\b"
    r"|^(?:(?:and|but|so|or|ok|okay|hm+|well)[ ,]+)*say (?:we|our|the|\w+ (?:are|is|cost))\b"
)
_NO_FIGURE = pattern(  # numbered things, parts, dates, names
    r"\b(?:gate|step|point|section|chapter|question|page|phase|version|gpt|llama|claude|qwen|gemini|mistral|phi)s?"
    r"[ -]?v?\d[\w.]*|§ ?[\d.]+|\b\d+(?:st|nd|rd|th)\b|\b[a-z]+-?\d\w*|\d+ ?(?:/|of) ?\d+|\b(?:19|20)\d\d\b"
)
_NUMBER = pattern(r"(?<![\w.])\$?(\d[\d,]*(?:\.\d+)?)\s?(k|m)?(?![\w])")
_AHEAD = pattern(r"^[^\d$]*?[.:,;] (?=(?:and |but |so )?(?:what if|suppose|say) )")  # "my boss asks: what if …"
_ASKS_ELSE = pattern(
    r"\b(?:why|who|which|where(?! does (?:that|it|this) leave us)|how (?:many|long)"
    r"|how (?:do|would|can|could|should) (?:i|we|you))\b"
    r"|\bwhat (?:would|will|does|do|did|are|is) [\d$]"
)

# ---- figures

_WORD = "(?:one|two|three|four|five|six|seven|eight|nine|ten|fifteen|twenty|thirty|forty|fifty|a|half a)"
_SCALE = "(?:k|m|mm|mn|bn|b|hundred|thousand|grand|million|billion)"
_THING = "(?:(?:eval |training )?(?:labels?|pairs?|examples?|calls?|requests?|query|failures?)|1(?:,?000|k) calls)"
_PERIOD = "(?:second|minute|hour|day|week|month|mo|quarter|year|yr)"
_PER = rf"(?:(?:/|per|an?|each|every) ?{_PERIOD}(?:ly)?s?|(?:daily|weekly|monthly|quarterly|yearly))"
_FIGURE = pattern(
    rf"(?<![\w.,$€£¥₹-])(?:(?:us)?\$ ?)?"
    rf"(?:\d[\d,]*(?:\.\d+)?|\.\d+|{_WORD}(?= (?:{_SCALE}|cents?|dollars?|bucks?|percent)\b))"
    rf"(?: ?{_SCALE}\b)?(?P<unit> ?(?:%|percent\b|¢|cents?\b|dollars?\b|bucks?\b|usd\b))?"
    rf"(?:(?: (?:calls?|requests?|queries))? ?{_PER}\b| ?[rq]ps\b)?"
    rf"(?: ?(?:/|per|an?|for an?|each|every) ?{_THING}\b| (?P<each>each|apiece)\b)?(?![\w€£¥₹/°+-])"
)
_BEFORE = r"(?:(?:instead of|rather than)(?: the)?|and not|from|vs\.?|versus)"
_OLD = pattern(rf"\b{_BEFORE} (?:{_FIGURE.pattern.replace('?P<unit>', '').replace('?P<each>', '')})")
_UNIT = pattern(rf"%|percent|¢|cent|\$|dollar|buck|{_PERIOD}")
_IN_A_YEAR = pattern(r"\b(?:in|by|since|until|till|of|end) (?:19|20)\d\d\b")
_UP, _DOWN = "more|higher|up|extra|additional", "less|fewer|lower|cheaper|down|off"
_RISES = r"(?:grow|grew|ris|rose|rais|increas|go(?:es)? up|went up)\w*"
_FALLS = r"(?:drop|fall|fell|cut|reduc|lower|shrink|decreas|go(?:es)? down|went down)\w*"
_BY = rf"(?:{_RISES}|(?P<falls>{_FALLS}))(?: (?:the )?\w+)? by"
_RELATIVE = pattern(
    r"(?:\b(?P<double>doubl(?:e[sd]?|ing)|twice(?! an?\b)|two times)\b|\b(?P<triple>tripl(?:e[sd]?|ing)|three times)\b"
    r"|\b(?P<ten>ten times)\b|(?<![\w.])(?P<times>\d+(?:\.\d+)?) ?(?:x|times)(?!\w))"
    r"(?P<inverse> (?:as )?(?:few(?:er)?|less|lower|cheap(?:er)?|small(?:er)?)\b)?"
    r"|\b(?:lose |losing )?(?P<half>half(?! an?\b)|halv(?:e[sd]?|ing))(?![\w-])"
    rf"|{_BY} (?:half\b(?P<by_half>)|(?P<by>\d+(?:\.\d+)?) ?(?:%|percent))(?!\w)"
    rf"|(?<![\w.])(?P<up>\d+(?:\.\d+)?) ?(?:%|percent) (?:{_UP})\b"
    rf"|(?<![\w.])(?P<down>\d+(?:\.\d+)?) ?(?:%|percent) (?:{_DOWN})\b"
)
# "another 500", "$1 more", "dropped by a cent": added to the answer given, or taken from it.
_GAIN, _LOSS = "(?:another|extra|additional|a further|add|adding)", "(?:lose|losing|remove|removing)"
_MORE_WORDS, _LESS_WORDS = "(?:more|extra|additional|higher|dearer)", "(?:fewer|less|lower|cheaper)"
_MORE = pattern(rf"(?:\b{_GAIN}|\b{_RISES}(?: (?:the |our )?\w+)? by)\s*#|#\s*{_MORE_WORDS}\b")
_LESS = pattern(rf"(?:\b{_LOSS}|\b{_FALLS}(?: (?:the |our )?\w+)? by)\s*#|#\s*{_LESS_WORDS}\b")
_ABOUT_MONEY = pattern(r"\b(?:cheap(?:er)?|expensive|dearer|pric\w+|costs?|costing)\b")
# ---- names

_SHARE = r"(?= \d[\d.]* ?(?:%|percent)(?! (?:more|extra|fewer|less)))"
_SCORES = rf"(?:be|are|gets?|got|hits?|reach(?:es)?)(?: us)?(?: up)?(?: (?:at|to))?{_SHARE}"
_ITEMS = "(?:pairs?|examples?|samples?|questions?|items?|cases?)"
_PRICE = "(?:price|cost)s? (?:of a call )?"
_DEAR = "(?:current|today's|untuned|large|larger|big|bigger|dearer|expensive)"
_NAMES = tuple(
    (fields, pattern(rf"\b(?:{'|'.join(names)})\b"))
    for fields, *names in (
        (("usd_per_call_now",), f"{_PRICE}(?:now|today|untuned)", f"{_DEAR} (?:model|call|price|api)(?: calls?)?"),
        (
            ("usd_per_call_after",),
            f"{_PRICE}(?:after|once tuned)",
            "(?:fine-?)?tuned (?:model|call|price)(?: calls?)?",
            "calls? (?:after|on the tuned model)",
        ),
        (
            ("calls_per_year", "usd_per_call_now", "usd_per_call_after"),
            "(?:api )?calls?", "requests?", "quer(?:y|ies)", "inferences?",
        ),
        (("usd_per_call_now", "measured_pass_rate"), "(?:right )?now"),
        (("calls_per_year",), "traffic", "volumes?", "usage"),
        (("labeled_pairs",), rf"(?:{_ITEMS} (?:are |were )?)?(?:already labell?ed|labell?ed already)"),
        (("training_pairs", "usd_per_label"), "labels?", "labell?ing", "annotat(?:ions?|ing|e)", f"training {_ITEMS}"),
        (("training_pairs",), "training (?:data|sets?)"),
        (("eval_pairs",), rf"(?:eval(?:uation)?|test|gold(?:en)?)(?: sets?)?(?: (?:of|with|has|had))?(?: {_ITEMS})?"),
        (("eval_pairs", "training_pairs", "usd_per_label"), _ITEMS),
        (("labelers",), "labell?ers?", "annotators?"),
        (("training_usd",), "gpus?", "compute", "training(?: (?:run|cost|price|budget)s?)?"),
        (("hosting_usd_per_month",), "hosting", "endpoints?", "serving"),
        (("upkeep_usd_per_month",), "upkeep", "maintenance", "monitoring"),
        (("usd_per_failure",), r"fail(?:ure|ing answer)s?", "wrong answers?", "mistakes?"),
        (("target_pass_rate",), "targets?", "ship(?:ped)? (?:it )?at", "the bar", "threshold"),
        (("measured_pass_rate",), "(?<!to )pass(?:es|ed|ing)?(?: rates?)?", "accuracy", "scor(?:e[sd]?|ing)", _SCORES),
        (("pass_rate_without_tuning",), "pass(?: rate|es)? without tuning", "untuned pass rate"),
        (("poc_tuned_pass_rate",), "tuned (?:pass rate|scored?|accuracy)"),
    )
)  # fmt: skip
_OTHER_CLAUSE = pattern(r"[,;:]|\b(?:and|but|or)\b")
_NEAR = 30  # characters between a figure and its name

# ---- words that change nothing; whatever else is left over is not understood ("€2", "#" is a figure, "@" a name)

_NEUTRAL = pattern(
    r"(?:[#@]|about|actually|advice|also|and|answer|are|assume|assuming|at|a|be|been|being|but|buy|buys|change|come|comes"
    r"|costed|costing|costs?|could|current|did|doing|does|do|enough|fine|flip|for|gets?|getting|good|got|had|hands"
    r"|happens?|has|have|having|help|here|hm+|how|if|imagine|instead|in|is|i|its?|it's|just|let'?s|like|matter"
    r"|manage[sd]?|maybe|me|needs?|negotiated?|of|okay|ok|only|our|paid|pays?|paying|pretend|priced|prices?|really"
    r"|result|same|say|scrape|somehow|so|spend|still|suppose|supposing|team|that's|that|their|them|then|there|these|the"
    r"|they|this|those|today|together|to|true|use|using|us|verdict|was|we'd|we're|well|were|we|what|will|with|works?"
    r"|worth|would|yes|you)"
)
_CHANGE = (
    r"(?:drop|fall|fell|go|come|came|went|get|cut|reduc|grow|grew|ris|rose|shrink|increas|rais|lower|br[io]ng|bump|climb"
    r"|push)\w*"
)
_PHRASES = pattern(
    r"\bby (?:then|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b|\bnext year\b|\bright now\b|\bend(?:s|ed)? up\b"
    r"|\bas (?:many|much|expensive|dear)\b|\bhow much (?:would|could) (?:we|it|that) (?:save|pay|cost)\b"
    r"|\b(?:hypothetically|tbh|lol|btw)\b|\bnext yr\b"
    rf"|[.,;?!] (?:{_THEN})$"
    rf"|\b{_CHANGE}(?: (?:the |our )?@)?(?: down| up)? (?:to|by)(?= #)|\bdown to\b|(?<=@) runs?(?: us)?(?= #)"
    rf"|\b(?:{_GAIN}|{_LOSS})(?= #)|(?<=#)(?: {_MORE_WORDS}| {_LESS_WORDS})(?: expensive)?(?: per @)?(?= |$)"
)

_Figure = tuple[re.Match[str], Fraction | None]
"""A figure of the text, and the factor it is when it is a relative one."""
_Name = tuple[int, int, tuple[str, ...]]
"""Where a name stands, and the fields it can mean."""


def suppose(question: str, answers: Answers) -> Answers | None:
    """The answers with the figures a question supposes in their place.

    Args:
        question: What was typed. Any text is fine.
        answers: What is known; relative figures ("double the traffic") are taken from it.

    Returns:
        ``None`` when the question supposes nothing new, or not all of it is understood.
    """
    text = tidy(question[: LONGEST + 1]).casefold().rstrip("?!. ")
    if len(question) > LONGEST or not _SUPPOSES.search(text) or _ASKS_ELSE.search(text) or _IN_A_YEAR.search(text):
        return None
    text = re.sub(r"\bper annotation\b", "per label", re.sub(r"\ba (?:pop|piece)\b", "each", text))
    text = _AHEAD.sub("", text)
    olds = " ".join(match[0] for match in _OLD.finditer(text))
    text = _OLD.sub(" ", text)
    if set(_UNIT.findall(olds)) - set(_UNIT.findall(text)):  # "20k, rather than 10k a month": a month as well?
        return None
    figures, names = list(_figures_in(text)), _names_in(text)
    found: dict[str, Value] = {}
    for figure, factor in figures:
        field = _field_of(figure, factor, names, answers, text)
        if field == "measured_pass_rate" and re.search(r"\bneeds?\b", text):  # that would be a target
            return None
        value = _value_of(field, figure, factor, answers) if field and field not in found else None
        if value is None:
            return None
        found[field] = value
    if not found or not _whole(text, figures, names, found):
        return None
    try:
        supposed = Answers.model_validate({**dict(answers), **found})
    except ValidationError:  # doubled, a figure can leave its range
        return None
    return supposed if supposed != answers else None


def supposes(question: str, told: Collection[Decimal] = ()) -> bool:
    """Whether a question looks as if it supposed other figures than those it was ``told``, understood or not."""
    text = _NO_FIGURE.sub(" ", tidy(question[:LONGEST]).casefold()).rstrip("?!. ")
    relative = any(match["half"] is None for match in _RELATIVE.finditer(text))  # "half of our customers"
    other = relative or numbers(text) - set(told)
    return bool(other and _SURELY.search(text)) and not _ASKS_ELSE.search(text)


def numbers(text: str) -> set[Decimal]:
    """The numbers of a text, written out: "7.9k" is 7900."""
    scale = {"k": 1_000, "m": 1_000_000}
    found = _NUMBER.findall(text.casefold())
    return {Decimal(digits.replace(",", "").rstrip(".")) * scale.get(unit, 1) for digits, unit in found}


def _whole(text: str, figures: list[_Figure], names: list[_Name], found: dict[str, Value]) -> bool:
    """Whether nothing is left over: no name without a figure, no word that might change what is meant."""
    spans = [(*figure.span(), "#") for figure, _ in figures]
    for start, end, fields in names:
        if not any(begin <= start < stop for begin, stop, _ in spans):
            if not set(fields) & set(found):
                return False
            spans.append((start, end, "@"))
    for start, end, mark in sorted(spans, reverse=True):
        text = f"{text[:start]} {mark} {text[end:]}"
    text = _PHRASES.sub(" ", " ".join(text.split()))
    return all(_NEUTRAL.fullmatch(word) for word in re.findall(r"[^\s,.;:?!()]+", text))


def _figures_in(text: str) -> Iterator[_Figure]:
    taken = []
    for match in _RELATIVE.finditer(text):
        taken.append(match.span())
        yield match, _factor(match)
    for match in _FIGURE.finditer(text):
        if all(match.end() <= start or end <= match.start() for start, end in taken):
            yield match, None


def _factor(match: re.Match[str]) -> Fraction:
    share = match["by"] or match["up"] or match["down"]
    if share:
        falls = match["down"] or match["falls"]
        return 1 - Fraction(share) / 100 if falls else 1 + Fraction(share) / 100
    if match["by_half"] is not None:
        return Fraction(1, 2) if match["falls"] else Fraction(3, 2)
    if match["half"]:
        return Fraction(1, 2)
    times = Fraction(match["times"] or (2 if match["double"] else 3 if match["triple"] else 10))
    return 1 / times if match["inverse"] and times else times


def _names_in(text: str) -> list[_Name]:
    """Where a field is named, the longest name first; a name inside a longer one does not count."""
    found = [(match.start(), match.end(), fields) for fields, names in _NAMES for match in names.finditer(text)]
    found.sort(key=lambda one: one[0] - one[1])
    kept: list[_Name] = []
    for start, end, fields in found:
        if all(end <= other or after <= start for other, after, _ in kept):
            kept.append((start, end, fields))
    return kept


def _field_of(figure: re.Match[str], factor: Fraction | None, names: list[_Name], answers: Answers, text: str) -> str:
    """The one field a figure can be meant for; empty when there is none, or several."""

    def away(name: _Name) -> int:
        between = text[figure.end() : name[0]] or text[name[1] : figure.start()]
        return len(between) + (_NEAR if _OTHER_CLAUSE.search(between) else 0)

    kinds = _kinds(figure, factor, text)
    fitting = [(start, end, tuple(f for f in fields if FIELDS[f].kind in kinds)) for start, end, fields in names]
    fitting = [name for name in fitting if name[2]]
    # "9 cents a call": what the figure is for, of which there may be two; a name beside it tells which.
    own = {field for start, end, fields in fitting if figure.start() <= start < figure.end() for field in fields}
    beside = sorted((name for name in fitting if away(name)), key=away)
    for start, end, fields in beside:
        if away((start, end, fields)) > _NEAR and len(fitting) > 1:
            break
        if not own or own & set(fields):
            field = _one(tuple(field for field in fields if not own or field in own), answers)
            # "4 GPUs" is no price, "GPUs at 400" is.
            bare = field and FIELDS[field].kind == "money" and factor is None and kinds[0] != "money"
            return "" if bare and start > figure.start() else field
    return _one(tuple(own), answers)


def _one(fields: tuple[str, ...], answers: Answers) -> str:
    """The field that is meant: a bare number is a count sooner than a sum, and what was answered sooner than what was
    not."""
    counts = tuple(field for field in fields if FIELDS[field].kind == "count")
    known = [field for field in counts or fields if answers.known(field) is not None]
    fits = known if len(counts or fields) > 1 else counts or fields
    return fits[0] if len(fits) == 1 else ""


def _kinds(figure: re.Match[str], factor: Fraction | None, text: str) -> tuple[Kind, ...]:
    """What a figure can be, by its sign."""
    if factor is not None:
        before, after = _OTHER_CLAUSE.split(text[: figure.start()])[-1], _OTHER_CLAUSE.split(text[figure.start() :])[0]
        return ("money",) if _ABOUT_MONEY.search(before + after) else ("count", "money")
    if "%" in figure[0] or "percent" in figure[0]:
        return ("rate",)
    if "$" in figure[0] or figure["unit"] or figure["each"]:
        return ("money",)
    return "count", "rate", "money"


def _value_of(field: str, figure: re.Match[str], factor: Fraction | None, answers: Answers) -> Value | None:
    """The figure as the field's value, what is relative taken from the answer given; ``None`` when it is not one."""
    known, value = answers.known(field), None if factor is not None else read(field, figure[0]).value
    if factor is None and value in (None, UNKNOWN):
        return None
    around = f"{figure.string[: figure.start()]}#{figure.string[figure.end() :]}"
    sign = -1 if _LESS.search(around) else 1 if _MORE.search(around) else 0
    if field == "usd_per_call_after" and factor is not None:  # "10x cheaper" than what?
        return None
    if field == "usd_per_failure" and _kinds(figure, factor, figure.string)[0] != "money":  # how many, or how dear?
        return None
    if factor is None and not sign and re.search(r"\bby\s*#", around):  # by how much, with a verb we do not know
        return None
    if factor is None and not sign:
        apiece = field != "usd_per_label" or figure["each"] or "label" in figure[0]
        return value if apiece or Fraction(str(value)) < DEAREST_LABEL else None
    if known is None or FIELDS[field].kind == "rate":
        return None
    number = Fraction(known) * factor if factor is not None else Fraction(known) + sign * Fraction(str(value))
    return round(number) if FIELDS[field].kind == "count" else decimal(number)
