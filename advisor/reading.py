"""What a person typed for a field, as a value or as a problem to ask about. It never guesses.

A text is undone and scanned by :mod:`advisor.numerals`; its words become a few *marks* (the tables below), and the
reader of a kind accepts the lines of marks it understands. A word no table knows is asked about, never skipped.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from advisor.model import FIELDS, UNKNOWN, Problem, Reading, Value, decimal, plain
from advisor.numerals import CODE, LONGEST, Numeral, scan, tidy

MOST = 10**12
"""The largest count, and the largest sum in dollars."""

DEAREST_CALL = 5
"""Dollars. A call above it is more often a price per thousand calls, or cents."""

LONGEST_NAME = 200

_OF = {kind: frozenset(name for name in FIELDS if FIELDS[name].kind == kind) for kind in ("count", "rate", "money")}

# --- words as marks ----------------------------------------------------------------------------------------------

_PERIODS = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""How many of each a year has."""

# Mark -> its words. "" is a word that changes nothing beside a number; later rows win.
_WORDS = {
    "": """we i we've we're it's its it is it'll are was were been be am i'm i've there there's have has had got
        them those these this that they our my your us the at on with from by now currently right yes yeah yep
        ok okay well hmm um please thanks just only exactly precisely around about roughly so let's
        approximately approx circa ca some say maybe probably perhaps estimated estimate nearly almost like
        ish think guess believe would count counted number use using today ready done distinct unique
        different spend spent pay paying paid budget budgeted cost costs costing price priced charge charged
        fee fees bill billed rough ballpark average averages avg typically usually mean all get gets do does
        handle serve see us's any yet still flat prompting best current traffic volume out which what measured
        . , ; : ! " = ? ~ ≈ ≃ '""",
    # Words that say whose number it is: nothing beside a number of the right field (table below), strange elsewhere.
    "*plan": "plan plans planned planning target targets want aim aiming need expect expected forecast goal will",
    "*train": "train training finetuning tuning",
    "*eval": "eval evals evaluation test tests dev held holdout",
    "*labelled": "labeled labelled annotated labeling labelling",
    "*hosting": "hosting serving host",
    "*upkeep": "upkeep maintenance monitoring",
    "*rag": "rag retrieval",
    "*total": "total totals totalling overall altogether together lump",
    "*hand": """gold golden hand handwritten curated crafted manually manual reviewed verified checked real
        natural organic handmade authentic original written wrote collected gathered built made created
        prepared""",
    "$": "$ usd dollar dollars buck bucks",
    "¢": "¢ cent cents c ct cts",
    "€": """€ £ ¥ ₹ ₩ ₽ ₺ ₫ ₴ ₪ ₱ ฿ euro euros eur gbp pound pounds quid sterling pence inr rupee rupees rs cad
        aud nzd sgd hkd mxn brl chf franc francs yen jpy yuan rmb cny krw sek nok dkk kr zloty pln reais""",
    "%": "% percent pct percents",
    "@day": "day days daily",
    "@week": "week weeks weekly wk wks",
    "@month": "month months monthly mo mos mth mths",
    "@quarter": "quarter quarters quarterly qtr",
    "@year": "year years yearly yr yrs annual annually annum",
    "@hour": "hour hours hourly hr hrs h minute minutes min mins second seconds sec secs rps qps tps rpm rph qpm s",
    "@odd": """sofar weekday weekdays workday workdays night weekend weekends fortnight fortnightly biweekly
        bimonthly sprint decade business working""",
    ":call": """call calls request requests inference inferences invocation invocations completion completions hit
        hits reqs req""",
    ":ask": "query queries prompt prompts question questions",
    ":label": """label labels pair pairs example examples item items annotation annotations sample samples record
        records row rows case cases entry entries datapoint datapoints ticket tickets document documents doc
        docs conversation conversations dialogue dialogues dialog dialogs email emails answer answers output
        outputs instance instances data dataset datasets set sets""",
    ":failure": "failure failures error errors mistake mistakes fail fails incident incidents",
    ":person": """person people persons annotator annotators labeler labelers labeller labellers human humans
        expert experts reviewer reviewers sme smes fte ftes engineer engineers contractor contractors
        colleague colleagues rater raters""",
    ":token": "token tokens tok toks mtok mtoks ktok mtoken mtokens ktoken ktokens",
    "vague": """couple few several many lots lot dozens hundreds thousands millions tons plenty most various
        handful half third thirds fifth fifths tenth tenths point double twice triple zillion inf infinity nan
        enough dozen hundred thousand million billion lakh crore gross another""",
    "not": """not don't doesn't didn't isn't aren't wasn't weren't haven't hasn't won't can't cannot never without
        dont doesnt didnt isnt arent havent hasnt wont cant neither nor except excluding""",
    "none": "none nothing nil nought",
    "nobody": "nobody noone",
    "fail": """failing failed wrong incorrect incorrectly broken bad mislabeled mislabelled noisy noise defective
        rejected missed faulty flawed unusable""",
    "pass": """pass passes passed passing correct correctly success successful successfully succeed succeeds
        succeeded accuracy accurate acceptable accepted clean valid""",
    "made": "synthetic generated artificial ai machine augmented llm",
    "rate": "rate share ratio fraction",
    CODE: "^ * → \\",
    ">": "≥ ≤ < <= >=",
    "-": ".. ... minus negative",
    "+/-": "±",
    "a": "an",
    "each": "every apiece",
}
_WORD_MARKS = {word: mark for mark, words in _WORDS.items() for word in words.split()} | {
    mark: mark
    for mark in (*"N>-+/a()", "+/-", "no", "of", "in", "for", "per", "each", "and", "or", "to", "between", CODE)
}
_OWN: Mapping[str, tuple[frozenset[str], str]] = {
    "*plan": (frozenset({"training_pairs", "target_pass_rate", "calls_per_year"}) | _OF["money"], "?"),
    "*train": (frozenset({"training_pairs", "labeled_pairs", "training_usd", "poc_training_examples"}), "?"),
    "*eval": (_OF["rate"] | {"eval_pairs", "poc_eval_items", "poc_gained", "poc_lost"}, "?"),
    "*labelled": (_OF["count"] - {"training_pairs", "calls_per_year"} | {"usd_per_label"}, "?"),
    "*hosting": (frozenset({"hosting_usd_per_month"}), "?"),
    "*upkeep": (frozenset({"upkeep_usd_per_month"}), "?"),
    "*rag": (_OF["rate"] - {"prompt_pass_rate"}, "?"),
    "*total": (_OF["count"] - {"calls_per_year"} | {"training_usd"}, "total"),
    "*hand": (frozenset(FIELDS) - {"label_noise", "synthetic_share"}, "hand"),
}
"""Mark -> the fields it says nothing new for, and what it is beside the number of any other."""

_GLUED = frozenset(
    {"usd", "us", "eur", "euro", "euros", "gbp", "inr", "c", "ct", "cts", "cent", "cents", "bucks", "pct", "percent"}
    | {"rps", "qps", "tps", "rpm", "ish"}
)
"""Words that may touch a number: "20rps"."""

# On the words, before they are marks.
_PHRASES = (
    (r"\b(?:more or less|give or take|or so|of the time|right now|at the moment|at all|q & a)\b", " "),
    (r"\bapi (?=call|request)|\bfor (?:the )?(?:gpus?|retraining)\b", ""),
    (r"\bper cent\b", "%"),
    (r"\bno N(?= |$)(?! \w)", "nobody"),
    (r"\bplus (?=\$? ?N)", "+ "),
    (r"\b(?:ca|au?|hk|nz|sg?|c|r|mx|nt) \$", "€"),
    (r"\bus \$|\bu \. s \. (?=\$|dollar)", "$"),
    (r"(?<=N )(?:/ )?p \. ?a\b", "yearly"),
    (r"\b(?:so far )?this (?:day|week|month|quarter|year)\b|\bso far\b|\bto date\b", "sofar"),
    (r"\b(?:failed|failing|wrong|bad|incorrect|broken) (?:output|answer|call|request|query|querie|response)s?\b",
     "failure"),
    (r"\bout of\b|(?<=N )from(?= N)", "of"),
    (r"\b(?:last|past|next) (?=day|week|month|quarter|year)", "per "),
    (r"\b(?:at (?:least|most|best|worst)|(?:no |not )?(?:more|less|fewer|greater|higher|lower|larger|smaller) than|up to|"
     r"(?:or|and) (?:more|less|fewer|up|above|below|over|under|higher|lower)|(?:min|minimum)(?= (?:\. )?\$? ?N)|"
     r"over|under|above|below|beyond|north of|south of|max|maximum|minimum|upwards? of|capped at|limited to|within|"
     r"exceeds?|exceeding|tops|plus)(?!\w)", ">"),
)  # fmt: skip
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
_EDITS = (
    [(re.compile(pattern), mark) for pattern, mark in _PHRASES],
    [(re.compile(pattern), mark) for pattern, mark in _SETTLE],
)


def _marks(field: str, text: str) -> tuple[str, list[Numeral]]:
    """A tidied lower-case text as marks ("$ N per N :call") and its numbers."""
    words, numbers = scan(text, _GLUED)
    line = " ".join(words)
    for pattern, mark in _EDITS[0]:
        line = pattern.sub(mark, line)
    marks = [_WORD_MARKS.get(word, "?") for word in line.split()]
    marks = ["" if mark in _OWN and field in _OWN[mark][0] else _OWN.get(mark, ("", mark))[1] for mark in marks]
    line = " ".join(filter(None, marks))
    for pattern, mark in _EDITS[1]:
        line = pattern.sub(mark, line)
    return line.strip(), numbers


# --- what was said, before its candidates are tried ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Said:
    value: Value | None = None
    problem: Problem | None = None
    shown: str = ""
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Unit:
    """What a number is multiplied by, and how a number of this unit is written."""

    factor: Fraction = Fraction(1)
    before: str = ""
    after: str = ""
    times: int = 1
    flips: bool = False

    def text(self, number: Fraction) -> str:
        text = _comma(decimal(number * self.times))
        text += "0" if self.before and len(text.partition(".")[2]) == 1 else ""
        return f"{self.before}{text}{self.after}"


def _comma(number: Decimal) -> str:
    text = f"{number:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    # Three digits behind a point could be thousands to whoever reads the button, and to us.
    return text + "0" if len(text.partition(".")[2]) == 3 and not text.startswith("0.") else text


_SIX = Context(prec=6, rounding=ROUND_HALF_EVEN)


def _short(number: Decimal) -> str:
    short = _SIX.plus(number)
    # 99.99999 % is not all of them.
    return plain(number if short in (1, 100) else short)


def show(field: str, value: Value) -> str:
    """Write a field's value for people, without the question's unit: ``1200`` -> ``"1,200"``.

    Args:
        field: A field of ``Answers``.
        value: Its value; a rate (fraction) or money (dollars) may also be a plain decimal string, as stored.

    Returns:
        "1,200", "$0.02", "82.5 %", "yes", "company voice", a name; "nobody" for the empty name, "not known" for
        unknown. Sums above a dollar are rounded to cents, smaller ones and rates to six digits.

    Raises:
        KeyError: no such field.
        decimal.InvalidOperation: a rate or money field with a text that is no number.
    """
    kind = FIELDS[field].kind
    if value == UNKNOWN:
        return "not known"
    if kind == "name":
        return str(value) or "nobody"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if kind == "choice":
        return str(value).replace("_", " ")
    number = Decimal(value)
    if kind == "count":
        return f"{number:,f}"
    if kind == "rate":
        return f"{_short(number * 100)} %"
    if number < 1:
        short = _short(number)
        return f"${short}" if len(short.partition(".")[2]) != 1 else f"${short}0"
    cents = f"{round(number, 2):,.2f}"
    return "$" + cents.removesuffix(".00")


# --- numbers ------------------------------------------------------------------------------------------------------

_UnitOf = Callable[[str, str, list[Fraction]], _Unit | Problem]
"""(field, marks with one quantity, its numbers) -> the unit, or what is wrong with the words around the number."""

_AMOUNT = r"(?:\$ )?N(?: [%$¢])?"
_RANGE = re.compile(
    rf"between (?P<low>{_AMOUNT}) and (?P<high>{_AMOUNT})|"
    rf"{_AMOUNT}(?: :\w+| @\w+)? (?:-|to|or|\+/-) (?P<last>{_AMOUNT})"
)
_BOUND = re.compile(r">|(?<=N) \+(?! N)|(?<=N [$¢%]) \+(?! N)")
_NEGATIVE = re.compile(r"^((?:\$ )?)- (?=(?:\$ )?N)")
_STRANGE = re.compile(rf"^(?:\?|not\b|no\b|none\b)|\? (?:{_AMOUNT})|{CODE}|vague")


def _ends(low: Numeral, high: Numeral, spread: bool) -> list[Fraction]:
    """The ends of a range; the 5 of "5-6k" is in thousands too."""
    first, last = low.values[0], high.values[0]
    if spread:
        return [first - last, first + last]
    if low.scale == 1 and high.scale > 1 and first < last / high.scale:
        first *= high.scale
    elif high.scale == 1 and low.scale > 1 and last < first:
        last *= low.scale
    return [first, last]


def _shape(
    line: str, numerals: list[Numeral], share: bool
) -> tuple[str, list[Numeral], list[Fraction], Problem | None]:
    """The line as if it held one quantity, its numerals, every value that quantity may have, and why it has several."""
    if span := _RANGE.search(line):
        at = line[: span.start()].count("N")
        ends = _ends(numerals[at], numerals[at + 1], "+/-" in span[0])
        # "$0.01-0.03", "70% to 80%": the sign may stand at either end.
        quantity = ("$ " if "$ N" in span[0] else "") + (span["high"] or span["last"]).removeprefix("$ ")
        line = line[: span.start()] + quantity + line[span.end() :]
        return (
            line,
            [*numerals[:at], Numeral((ends[1],)), *numerals[at + 2 :]],
            ends,
            "range_given" if ends[0] < ends[1] else "two_numbers",
        )
    first = numerals[0]
    values = list(first.values[:1] if share and first.dotted else first.values)
    if _BOUND.search(line):
        return " ".join(_BOUND.sub("", line).split()), numerals, values, "bound_given"
    return line, numerals, values, "ambiguous" if len(values) > 1 else None


def _quantity(field: str, text: str, unit_of: _UnitOf, confirmed: bool) -> _Said:
    kind = FIELDS[field].kind
    line, numerals = _marks(field, text)
    if not numerals:
        return _Said(problem="not_a_number")
    if kind == "money" and ("€" in line or ":token" in line):
        return _Said(problem="other_currency" if "€" in line else "per_token")
    line, numerals, values, problem = _shape(line, numerals, kind == "rate")
    line, negative = _NEGATIVE.subn(r"\1", line)
    if _STRANGE.search(line):
        return _Said(problem="not_a_number")
    numbers = [numeral.values[0] for numeral in numerals]
    if line.startswith("+ "):
        line, problem = line[2:], problem or "ambiguous"
    unit = unit_of(field, line, numbers)
    if not isinstance(unit, _Unit):
        problem = problem if problem and unit in ("ambiguous", "two_numbers") else unit
        if problem not in ("ambiguous", "two_numbers", "range_given", "bound_given") or _TIED[kind](line):
            return _Said(problem=problem)
        return _Said(problem=problem, candidates=_bare(kind, numbers if problem == "two_numbers" else values))
    if negative:
        return _Said(problem="out_of_range")
    if any(len(numeral.values) > 1 for numeral in numerals[1:]):
        return _Said(problem="ambiguous")
    if unit.flips:
        whole = 1 / unit.factor
        halves = [values[0], whole - values[0]] if not problem and values[0] <= whole else []
        return _Said(problem=problem or "ambiguous", candidates=tuple(unit.text(each) for each in halves))
    if problem:
        texts = tuple(unit.text(value) for value in values)
        shown = (
            f"{texts[0].removesuffix(unit.after)} to {texts[-1].replace('%', ' %')}" if problem == "range_given" else ""
        )
        return _Said(problem=problem, shown=shown, candidates=texts)
    return _valued(field, values[0] * unit.factor, confirmed)


_TIED: Mapping[str, Callable[[str], bool]] = {
    "count": lambda line: False,
    "rate": lambda line: "of N" in line or "per N" in line,
    "money": lambda line: "per N" in line or ("?" in line and not re.search("[$¢]", line)),
}
"""Kind -> whether the number alone would not be what was meant, so that it is no candidate."""


def _bare(kind: str, numbers: list[Fraction]) -> tuple[str, ...]:
    if kind == "rate":
        if numbers == [1]:
            return "1%", "100%"
        times = 100 if max(numbers) <= 1 else 1
        return tuple(_Unit(after="%").text(number * times) for number in numbers)
    unit = _Unit(before="$" if kind == "money" else "")
    return tuple(unit.text(number) for number in numbers)


def _rounded(number: Fraction) -> Decimal:
    """Half-even to at most 28 significant digits and at most 24 decimal places."""
    places = min(24, 28 - len(str(int(number))))
    return Decimal(plain(Decimal(round(number * 10**places)).scaleb(-places)))


def _valued(field: str, number: Fraction, confirmed: bool) -> _Said:
    asked = FIELDS[field]
    if number > (1 if asked.kind == "rate" else MOST):
        return _Said(problem="out_of_range")
    value: int | Decimal
    if asked.kind == "count":
        if number.denominator != 1 or (field == "training_pairs" and number < 1):
            return _Said(problem="out_of_range")
        value = int(number)
    else:
        value = _rounded(number)
        if number and not value:
            return _Said(problem="out_of_range")
    if asked.per == "call" and asked.kind == "money" and number > DEAREST_CALL and not confirmed:
        dollars = _comma(_rounded(number))
        return _Said(problem="unit_slip", candidates=(f"{dollars} cents", f"${dollars} per 1,000 calls"))
    return _Said(value, shown=show(field, value))


# --- the kinds of number --------------------------------------------------------------------------------------------

_MONEY_FITS = {"call": {"call", "ask"}, "label": {"label", "ask"}, "failure": {"failure"}}
_COUNT_FITS = {"calls_per_year": {"call", "ask"}, "labelers": {"person"}}
_AGAINST = {
    "label_noise": re.compile(r"\b(?:pass|not|hand)\b"),
    "synthetic_share": re.compile(r"\b(?:not|fail|pass|hand)\b|:person|:failure"),
}
_AGAINST_PASS = re.compile(r"\b(?:fail|not|none|made)\b|:failure")
_BESIDE_RATE = re.compile(
    r"(?:^| )(?:pass|rate|fail|made|hand|not|none|per(?= :)|and|:(?:label|ask|call|failure|person))(?= |$)"
)
_MONEY = re.compile(r"(?:@\w+ )?(\$ )?N( [$¢])?(?: (each)| per (N )?:(\w+))?(?: @(\w+))?")
_FREE = re.compile(
    r"(?:it's |its |it is |totally |completely |basically )*(?:free(?: of charge)?|none|nothing|nil|"
    r"no (?:extra |additional |further )?(?:costs?|charge|fees?|money))(?: (?:yet|at all|really|so far))*[.!]*"
)
_NO_COUNT = re.compile(r"none(?: :\w+)?|no(?: (?::call|:ask|:label|:person))+")
_NOT_ANY = re.compile(r"not(?: (?::call|:ask|:label|:person))*")
_A_COIN = re.compile(
    r"(?:(?<=^)|(?<=than )|(?<=under )|(?<=about )|(?<=around )|(?<=~))(half )?an? (?=(?:cent|dollar|buck)\b)"
)
_NO_SHARE = {"label_noise": "no (?:fail|:failure)(?: :label)?", "synthetic_share": "no made(?: :label)?"}
_FRACTIONS = (
    (re.compile(r"(?<!and )\b(?:one |a )?(?<!and a )half\b(?! ?-? ?(?:a\b|%))"), "1/2"),
    (re.compile(r"\b(?:one|a) third\b"), "1/3"),
    (re.compile(r"\b(?:one|a) quarter\b"), "1/4"),
    (re.compile(r"\btwo[ -]thirds\b"), "2/3"),
    (re.compile(r"\bthree[ -]quarters\b"), "3/4"),
)


def _period(field: str, line: str) -> Fraction | Problem | None:
    """What a number of the line's period is worth in the field's own; None without a period."""
    asked, found = FIELDS[field], set(re.findall(r"@(\w+)", line))
    if not found:
        return None
    wrong: Problem = "not_a_number" if asked.kind == "count" else "ambiguous"
    if asked.per not in _PERIODS or (len(found) > 1 and not found & {"hour", "odd"}):
        return wrong
    if found & {"hour", "odd"} or "per N @" in line:
        return "needs_period"
    return Fraction(_PERIODS[found.pop()], _PERIODS[asked.per])


def _count_unit(field: str, line: str, numbers: list[Fraction]) -> _Unit | Problem:
    if "total" in line and FIELDS[field].per:
        return "needs_period"
    things = set(re.findall(r":(\w+)", line))
    period = _period(field, line)
    if re.search(r"[$¢€%]", line) or re.search(r"\bper [:?]", line) or isinstance(period, str):
        return period if isinstance(period, str) else "not_a_number"
    if things - _COUNT_FITS.get(field, {"label", "ask"}):
        return "not_a_number"
    if len(numbers) > 1:
        return "two_numbers"
    if re.sub(r"[:@]\w+", "", line).split() != ["N"]:
        return "ambiguous"
    after = f" a {re.findall('@(.*?)(?: |$)', line)[0]}" if period else ""
    return _Unit(period or Fraction(1), after=after)


def _money_unit(field: str, line: str, numbers: list[Fraction]) -> _Unit | Problem:
    period = _period(field, line)
    if "%" in line or period == "needs_period":
        return "not_a_number" if "%" in line else "needs_period"
    match = _MONEY.fullmatch(line)
    if match is None:
        return "two_numbers" if len(numbers) > 1 and "per N" not in line else "ambiguous"
    dollar, sign, each, many, thing, name = match.groups()
    fits = _MONEY_FITS.get(FIELDS[field].per, set())
    cents = sign == " ¢"
    many_things = numbers[1] if many else Fraction(1)
    if (
        isinstance(period, str)
        or (each and not fits)
        or (thing and thing not in fits)
        or (dollar and cents)
        or not many_things
    ):
        return "ambiguous"
    after = f" per {_comma(decimal(many_things))} {thing}s" if many else f" a {name}" if name else ""
    factor = (period or Fraction(1)) / many_things / (100 if cents else 1)
    return _Unit(factor, "" if cents else "$", (" cents" if cents else "") + after.replace(" asks", " queries"))


def _rate_unit(field: str, line: str, numbers: list[Fraction]) -> _Unit | Problem:
    if re.search(r"[$¢€@]|:token", line):
        return "not_a_number"
    flips = _AGAINST.get(field, _AGAINST_PASS).search(line) is not None
    core = " ".join(_BESIDE_RATE.sub("", line).split()).removeprefix("of ")
    if core in ("N %", "N % of N"):
        return _Unit(Fraction(1, 100), after="%", flips=flips)
    if core in ("N of N", "N per N"):
        if not numbers[1] or numbers[0].denominator > 1 or numbers[1].denominator > 1:
            return "not_a_number" if numbers[1] else "out_of_range"
        return _Unit(1 / numbers[1], after=f" of {_comma(decimal(numbers[1]))}", flips=flips)
    if len(numbers) > 1:
        return "two_numbers"
    if core != "N" or re.search(r":(?!failure)", line) or numbers[0] == 1:
        return "ambiguous"
    if numbers[0] > 1:
        return _Unit(Fraction(1, 100), after="%", flips=flips)
    return _Unit(Fraction(1), after="%", times=100, flips=flips)


def _count(field: str, text: str, confirmed: bool) -> _Said:
    line = _marks(field, text)[0]
    nobody = field == "labelers" and line == "nobody"
    if nobody or _NO_COUNT.fullmatch(line) or (_NOT_ANY.fullmatch(line) and re.search(r"\bany\b", text)):
        return _valued(field, Fraction(0), confirmed)
    return _quantity(field, text, _count_unit, confirmed)


def _money(field: str, text: str, confirmed: bool) -> _Said:
    if _FREE.fullmatch(text):
        return _valued(field, Fraction(0), confirmed)
    text = _A_COIN.sub(lambda match: "0.5 " if match[1] else "1 ", text)
    return _quantity(field, text, _money_unit, confirmed)


def _rate(field: str, text: str, confirmed: bool) -> _Said:
    for pattern, fraction in _FRACTIONS:
        text = pattern.sub(fraction, text)
    line = _marks(field, text)[0]
    if re.fullmatch(r"50 ?/ ?50", text):
        return _Said(problem="ambiguous", candidates=("100%", "50%"))
    if line == "none" and field not in _AGAINST:
        return _Said(problem="ambiguous", candidates=("0%", "unknown"))
    if line == "none" or re.fullmatch(_NO_SHARE.get(field, "none"), line):
        return _valued(field, Fraction(0), confirmed)
    return _quantity(field, text, _rate_unit, confirmed)


# --- yes and no, options, names ---------------------------------------------------------------------------------------


def _any_of(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in alternatives))


_DO = "(?:did|do|does|have|has|had|is|are|was|were)"
_WHO = "(?:we|i|they|it|that|this|those|there|he|she)"
_WORK = "(?:tried|done|checked|written|measured|versioned|documented|finished|started)"
_IT = "(?: (?:it|that|this|them|those|all|so|already|yet))*"
_YES = _any_of(
    "y|yes+|yep|yeah|yeh|yup|ya|yea|aye|sure(?: thing)?|of course|absolutely|definitely|certainly|totally|true|t",
    "(?:all |already )?done|already|affirmative|correct|indeed|exactly|👍|✅|✔|☑",
    ":(?:\\+1|thumbsup|white_check_mark|heavy_check_mark):",
    f"{_WHO} (?:already )?{_DO}{_IT}(?: {_WORK}{_IT})?",
    f"(?:(?:we|i|they|it|that)(?:'ve|'s)? )?(?:already |been )*{_WORK}{_IT}",
)
_NO = _any_of(
    "n|no+|nope|nah|nay|false|f|negative|none(?: yet)?|nothing(?: yet)?|no way|👎|❌|:(?:-1|thumbsdown|x):",
    "(?:(?:of course|absolutely|definitely|certainly) )?not(?: (?:yet|at all|so far))*|never",
    f"(?:{_WHO} )?(?:{_DO} not|{_DO}n'?t)(?: (?:any|one|do|try|been|have|{_WORK}|at all))*{_IT}",
    f"(?:{_WHO} )?(?:not|never)(?: been)? (?:{_WORK}|did|have){_IT}",
)
_YES_FIRST = re.compile(rf"(?:{_YES.pattern})(?=[ ,.!;:-]|$)")
_NO_FIRST = re.compile(r"(?:no+|nope|nah|nay|n)(?:[ ,.!;:-]+)")
_TONE = re.compile("[\U0001f3fb-\U0001f3ff]|:skin-tone-\\d:")
_NEGATION = _any_of(
    r"\b(?:no|not|never|nope|none|nothing|nobody|without|neither|nor|hardly|barely|cannot|false|zero|fail\w*|un\w+)\b",
    r"n't\b|\b(?:do|did|does|have|has|is|are|was|wo|ca)nt\b|👎|❌|:(?:-1|thumbsdown|x):",
)
_HEDGE = _any_of(
    r"\?",
    r"\b(?:maybe|perhaps|probably|possibly|kinda|kind of|sort of|sorta|somewhat|part(?:ly|ially|ial)?|almost|nearly)\b",
    r"\b(?:half|some\w*|mostly|mainly|in progress|working on|start(?:ed|ing)|plan\w*|soon|will|going to|think|guess)\b",
    r"\b(?:suppose\w*|should|could|would|hope\w*|depend\w*|if|but|except|although|though|however|unless|until|unsure)\b",
    r"\b(?:only|just|limited|a bit|a little|mixed|both|either|or|later|next|once|when|trying|used to|right)\b",
    r"\b(?:few(?!.?shot)|in theory|theoretically|allegedly|apparently)\b",
)


def _agrees(text: str) -> bool | None:
    """What a yes-or-no text says; None when it says neither, both, or something in between."""
    said = _TONE.sub("", text).strip(" .!,;\"'()")
    if _NO.fullmatch(said):
        return False
    if _HEDGE.search(said):
        return None
    if start := _NO_FIRST.match(said):
        return False if _NO.fullmatch(said[start.end() :]) else None
    return True if _YES_FIRST.match(said) and not _NEGATION.search(said) else None


def _yes_no(field: str, text: str, confirmed: bool) -> _Said:
    value = _agrees(text)
    if value is None:
        return _Said(problem="not_an_option", candidates=("yes", "no"))
    return _Said(value, shown=show(field, value))


_NOT_NEEDED = _any_of(
    "(?:it's |it is |that's |retrieval (?:is )?|rag (?:is )?)?(?:not (?:needed|necessary|required)|unnecessary)",
    "no need(?: for (?:it|that|rag|retrieval))?|(?:we |i )?(?:don't|dont|do not) need (?:it|that|rag|retrieval)",
)


def _choice(field: str, text: str, confirmed: bool) -> _Said:
    options = FIELDS[field].options
    said = " ".join(re.split(r"[\W_]+", text)).strip()
    found = {option.replace("_", " "): option for option in options}.get(said)
    if found is None and "not_needed" in options:
        agreed = _agrees(text)
        found = None if agreed is None else "yes" if agreed else "no"
        found = "not_needed" if _NOT_NEEDED.fullmatch(text.strip(" .!")) else found
    if found is not None:
        return _Said(found, shown=show(field, found))
    words = set(said.split())
    near = [option for option in options if len(options) <= 3 or words & set(option.split("_"))]
    return _Said(problem="not_an_option", candidates=tuple(show(field, option) for option in near))


_NOBODY = re.compile(
    r"(?:nobody|no[ -]?one|none|no|nope|not yet|unassigned|not assigned|no owner|vacant)"
    r"(?: (?:yet|so far|currently|right now|at the moment|really|owns it|does|assigned|in particular|specific))*"
)
_GROUP = _any_of(
    r"\b(?:\w*teams?|squads?|groups?|dept|departments?|org|organi[sz]ation|guild|crew|\w*ops|agency|company|vendors?)\b",
    r"\b(?:(?:every|some|any)(?:one|body)|whoever|us|we|our|all|ourselves|they|them|him|her|he|she|you|it|me|myself|i)\b",
    r"\b(?:contractors?|consultants?|engineer(?:s|ing)?|developers?|devs?|committee|staff|people|guys|folks|interns?)\b",
    r"\b(?:management|managers?|scientists?|science|platform|infra\w*|analysts?|annotators?|leads?|boss|head|director)\b",
    r"\b(?:owners?|admins?|c[tei]o|vp|pms?|po|sres?|research\w*|supplier|provider|partner|here|channel|person|hir(?:e|ing))\b",
    r"\b(?:the|a|an|my|ml|ai|colleague|data|support|product|backend|members?|several|many|few|two|three|various)\b",
)
_DOUBT = re.compile(
    r"\?|\b(?:maybe|perhaps|probably|possibly|not|ask|think|guess|either|should|could|hopefully|except|but|if|above|same)\b|n't\b"
)
_NO_NAME = _any_of(
    "y|yes|yep|yeah|yup|sure|ok|okay|k|true|false|done|good|fine|n|nah|never|hi|hello|thanks|thx|cool|great|test|name",
    "owner|later|soon|stop|help|cancel|back|next|will do|of course|already|we did|we have",
)
_MENTION = re.compile(r"<@[UW][A-Z0-9]+>")


def _name(field: str, text: str, confirmed: bool) -> _Said:
    said, low = text.strip(" ,;!\"'"), text.lower().strip(" .,;!\"'")
    if _NOBODY.fullmatch(low):
        return _Said("", shown=show(field, ""))
    if len(said) > LONGEST_NAME or _NO_NAME.fullmatch(low) or not any(char.isalpha() for char in said):
        return _Said(problem="not_a_name")
    if confirmed or _MENTION.fullmatch(said):
        return _Said(said, shown=show(field, said))
    mentions = tuple(dict.fromkeys(_MENTION.findall(said)))
    several = tuple(filter(None, re.split(r"\s*(?:,? (?:and|or|und) |[&/+;])\s*", said)))
    strange = _GROUP.search(low) or _DOUBT.search(low) or re.search(r"[\d#:<>]", low) or len(said.split()) > 6
    if not strange and len(several) == 1:
        return _Said(said, shown=show(field, said))
    first = re.split(r" ?[(,?]| from | on | in |'s ", said)[0]
    return _Said(problem="not_a_name", candidates=mentions or (several if len(several) > 1 else (first,)))


# --- the door ---------------------------------------------------------------------------------------------------------

_I = "(?:(?:i|we|i'm|im|i am|we're|we are|it's|it is|that's|still|really|honestly|just) )*"
_YET = "(?: (?:yet|so far|right now|for now|exactly|for sure|sorry|tbh|it|that|this|them|one|to us|to me))*"
_UNKNOWN = _any_of(
    rf"{_I}(?:idk|dk|dunno|unknown|unsure|skip|not applicable|n/?a|tb[dca]){_YET}",
    rf"{_I}(?:have |'ve )?(?:got )?(?:absolutely )?(?:no|not a|not the (?:slightest|faintest)) (?:idea|clue)s?{_YET}",
    rf"{_I}not (?:(?:too|so|really|quite|entirely|yet) )?(?:sure|certain|known){_YET}",
    rf"{_I}(?:do not|don't|dont|cannot|can't|cant|couldn't) (?:(?:really|yet) )?(?:know|say|tell|remember){_YET}",
    r"to be (?:determined|decided|confirmed)|hard to (?:say|tell)|who knows|beats me",
    r"\?[?! ]*|:shrug:|:(?:wo)?man-shrugging:|🤷\S*",
)
_UNCOUNTED = re.compile(
    rf"{_I}(?:not|never|haven't|havent|hasn't|didn't|have not|did not)(?: been)?(?: yet)? "
    rf"(?:measured?|counted?|estimated?|tracked?|evaluated?|calculated?){_YET}"
)
_NUMBERS = {"count", "rate", "money"}
_READERS: Mapping[str, Callable[[str, str, bool], _Said]] = {
    "count": _count, "rate": _rate, "money": _money, "yes_no": _yes_no, "choice": _choice, "name": _name,
}  # fmt: skip


def _said(field: str, text: str, confirmed: bool) -> _Said:
    kind = FIELDS[field].kind
    nothing: Problem = "not_a_number" if kind in _NUMBERS else "not_a_name" if kind == "name" else "not_an_option"
    said = tidy(text) if len(text) <= LONGEST else ""
    low = said.lower()
    bare = re.sub(r"^(?:sorry|honestly|hmm+|um+|well|oh)\W+", "", low).strip(" .!,;()\"'")
    if _UNKNOWN.fullmatch(bare) or (kind in _NUMBERS and _UNCOUNTED.fullmatch(bare)):
        return _Said(UNKNOWN, shown=show(field, UNKNOWN))
    if not said or (len(said) > LONGEST):
        return _Said(problem=nothing)
    return _READERS[kind](field, said if kind == "name" else low, confirmed)


def read(field: str, text: str, confirmed: bool = False) -> Reading:
    """Read what a person typed for a field; never guess.

    Args:
        field: A field of ``Answers``; a bare number is in its unit and period (dollars, a year, ...).
        text: What was typed, with whatever markup Slack put around it. Any text is fine.
        confirmed: The person insists: a price above ``DEAREST_CALL`` dollars a call, or a group as owner, is taken.

    Returns:
        The value (``"unknown"`` when the person does not know), or a problem with up to three candidates.

    Raises:
        KeyError: no such field.
    """
    said = _said(field, text, confirmed)
    clean = [each for each in dict.fromkeys(said.candidates) if _said(field, each, False).problem is None]
    return Reading(value=said.value, problem=said.problem, shown=said.shown, candidates=tuple(clean[:3]))
