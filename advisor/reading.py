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

# --- words as marks ----------------------------------------------------------------------------------------------

_PERIODS = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""How many of each a year has."""

# Mark -> its words. "" is a word that changes nothing beside a number; later rows win.
_WORDS = {
    "": """we i we've we're it's its it is it'll are was were been be am i'm i've there there's have has had got them
        those these this that they our my your us the at on with for from by total overall altogether now currently
        right yes yeah yep ok okay well hmm um please thanks just only exactly precisely around about roughly so let's
        approximately approx circa ca some say maybe probably perhaps estimated estimate nearly almost like ish think
        guess believe would count counted number collected gathered wrote written built made created prepared use using
        today ready done distinct unique different gold golden eval evaluation dev held holdout curated hand handwritten
        crafted manually manual reviewed verified labeled labelled annotated labeling labelling training train tuning
        fine tuned baseline spend spent pay paying paid budget budgeted cost costs costing price priced charge charged
        fee fees bill billed rough ballpark average averages avg typically usually mean all together api llm model
        serving hosting upkeep maintenance gpu gpus monitoring get gets do does handle serve see us's any yet still
        currently expected expect forecast volume traffic of in out which what target best current measured
        . , ; : ! " = ? ~ ≈ ≃ '""",
    "$": "$ usd dollar dollars buck bucks",
    "¢": "¢ cent cents c ct cts",
    "€": """€ £ ¥ ₹ ₩ ₽ ₺ ₫ ₴ ₪ ₱ ฿ euro euros eur gbp pound pounds quid sterling pence inr rupee rupees rs cad aud nzd sgd
        hkd mxn brl chf franc francs yen jpy yuan rmb cny krw sek nok dkk kr zloty pln reais""",
    "%": "% percent pct percents",
    "@day": "day days daily",
    "@week": "week weeks weekly wk wks",
    "@month": "month months monthly mo mos mth mths",
    "@quarter": "quarter quarters quarterly qtr",
    "@year": "year years yearly yr yrs annual annually annum",
    "@hour": "hour hours hourly hr hrs h minute minutes min mins second seconds sec secs rps qps tps rpm rph qpm s",
    "@odd": """sofar weekday weekdays workday workdays night weekend weekends fortnight fortnightly biweekly bimonthly
        sprint decade business working""",
    ":call": """call calls request requests inference inferences invocation invocations completion completions hit hits
        reqs req""",
    ":ask": "query queries prompt prompts question questions",
    ":label": """label labels pair pairs example examples item items annotation annotations sample samples record records
        row rows case cases entry entries datapoint datapoints ticket tickets document documents doc docs conversation
        conversations dialogue dialogues dialog dialogs email emails answer answers output outputs instance instances
        test tests data dataset datasets set sets""",
    ":failure": "failure failures error errors mistake mistakes fail fails incident incidents",
    ":person": """person people persons annotator annotators labeler labelers labeller labellers human humans expert
        experts reviewer reviewers sme smes fte ftes engineer engineers contractor contractors colleague colleagues
        rater raters""",
    ":token": "token tokens tok toks mtok mtoks ktok mtoken mtokens ktoken ktokens",
    "vague": """couple few several many lots lot dozens hundreds thousands millions tons plenty most various handful half
        third thirds fifth fifths tenth tenths point double twice triple zillion inf infinity nan enough dozen hundred
        thousand million billion lakh crore gross another""",
    "not": """not don't doesn't didn't isn't aren't wasn't weren't haven't hasn't won't can't cannot never without dont
        doesnt didnt isnt arent havent hasnt wont cant neither nor except excluding""",
    "none": "none nothing nil nought",
    "fail": """failing failed wrong incorrect incorrectly broken bad mislabeled mislabelled noisy noise defective
        rejected missed faulty flawed unusable""",
    "pass": """pass passes passed passing correct correctly success successful successfully succeed succeeds succeeded
        accuracy accurate acceptable accepted clean valid""",
    "made": "synthetic generated artificial ai machine augmented",
    "rate": "rate share ratio fraction",
    "->": "→",
    ">": "≥ ≤ < <= >=",
    "-": ".. ... minus negative",
    "+/-": "±",
    "a": "an",
    "each": "every apiece",
}
_WORD_MARKS = {word: mark for mark, words in _WORDS.items() for word in words.split()} | {
    mark: mark for mark in (*"N>-+/a()", "+/-", "no", "of", "in", "per", "each", "and", "or", "to", "between", CODE)
}
_GLUED = frozenset("usd us eur euro euros gbp inr c ct cts cent cents bucks pct percent rps qps tps rpm ish".split())
"""Words that may touch a number: "20rps"."""

# On the words, before they are marks.
_PHRASES = (
    (r"\b(?:more or less|give or take|or so|right now|at the moment|at all|pass rate is|in total)\b", " "),
    (r"\b(?:ca|au?|hk|nz|sg?|c|r|mx|nt) \$", "€"),
    (r"\bus \$|\bu \. s \. (?=\$|dollar)", "$"),
    (r"(?<=N )(?:/ )?p \. ?a\b", "@year"),
    (r"\b(?:so far )?this (?:day|week|month|quarter|year)\b|\bso far\b|\bto date\b", "sofar"),
    (r"\b(?:failed|failing|wrong|bad|incorrect|broken) (?:outputs?|answers?|calls?|requests?|quer(?:y|ies)|responses?)\b",
     "failure"),
    (r"\bout of\b|(?<=N )from(?= N)", "of"),
    (r"\b(?:last|past|next) (?=day|week|month|quarter|year)", "per "),
    (r"\b(?:at (?:least|most)|(?:no |not )?(?:more|less|fewer|greater|higher|lower|larger|smaller) than|up to|"
     r"(?:or|and) (?:more|less|fewer|up|above|below|over|under|higher|lower)|(?:min|minimum)(?= (?:\. )?\$? ?N)|"
     r"over|under|above|below|beyond|north of|south of|max|maximum|minimum|upwards? of|capped at|limited to|within|"
     r"exceeds?|exceeding|tops|plus)(?!\w)", ">"),
)  # fmt: skip
# On the marks.
_SETTLE = (
    (r"[()]", " "),
    (r" +", " "),
    (r"^ ", ""),
    (r"\b(?:of|in) (?!N)|(?<!N )(?<!N % )(?<!pass )(?<!fail )\b(?:of|in) ", ""),
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
_EDITS = [(re.compile(pattern), mark) for pattern, mark in _PHRASES], [
    (re.compile(pattern), mark) for pattern, mark in _SETTLE
]


def _marks(text: str) -> tuple[str, list[Numeral]]:
    """A tidied lower-case text as marks ("$ N per N :call") and its numbers."""
    words, numbers = scan(text, _GLUED)
    line = " ".join(words)
    for pattern, mark in _EDITS[0]:
        line = pattern.sub(mark, line)
    line = " ".join(filter(None, (word if word[:1] == "@" and word[1:] in _PERIODS else _WORD_MARKS.get(word, "?")
                                  for word in line.split())))  # fmt: skip
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

    def text(self, number: Fraction) -> str:
        return f"{self.before}{_comma(decimal(number))}{self.after}"


def _comma(number: Decimal) -> str:
    text = f"{number:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    # Three digits behind a point could be thousands to whoever reads the button, and to us.
    return text + "0" if len(text.partition(".")[2]) == 3 and not text.startswith("0.") else text


_SIX = Context(prec=6, rounding=ROUND_HALF_EVEN)


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
        return f"{plain(_SIX.plus(number * 100))} %"
    if number < 1:
        short = plain(_SIX.plus(number))
        return f"${short}" if len(short.partition(".")[2]) != 1 else f"${short}0"
    cents = f"{round(number, 2):,.2f}"
    return "$" + cents.removesuffix(".00")


# --- numbers ------------------------------------------------------------------------------------------------------

_UnitOf = Callable[[str, str, list[Fraction]], _Unit | Problem]
"""(field, marks with one quantity, numbers) -> its unit, or what is wrong with the words around it."""

_NEGATIVE = re.compile(r"^(?:\$ )?- (?:\$ )?N")
_BOUND = re.compile(r">|N(?: [$¢%])? \+(?! N)")
_RANGE = re.compile(
    r"(?:between )?((?:\$ )?N(?: [%$¢])?(?: :\w+)?(?: @\w+)?) (?:-|to|or|\+/-|(?<=between N )and|and(?= .*\bbetween)) "
    r"((?:\$ )?N(?: [%$¢])?)"
)
_BETWEEN = re.compile(r"between ((?:\$ )?N(?: [%$¢])?) and ((?:\$ )?N(?: [%$¢])?)")
_RANGE = re.compile(r"((?:\$ )?N(?: [%$¢])?(?: :\w+| @\w+)?) (?:-|to|or|\+/-) ((?:\$ )?N(?: [%$¢])?)")
_ZERO = re.compile(r"none(?: :\w+)?|no (?::call|:ask|:label|:person)")


def _pair(low: Numeral, high: Numeral) -> list[Fraction]:
    """The ends of a range; the 5 of "5-6k" is in thousands too."""
    first, last = low.values[0], high.values[0]
    if low.scale == 1 and high.scale > 1 and first < last / high.scale:
        first *= high.scale
    elif high.scale == 1 and low.scale > 1 and last < first:
        last *= low.scale
    return [first, last]


def _quantity(field: str, text: str, unit_of: _UnitOf) -> _Said:
    kind = FIELDS[field].kind
    line, numerals = _marks(text)
    if CODE in line or "vague" in line or not numerals:
        return _Said(problem="not_a_number")
    if "€" in line and kind == "money":
        return _Said(problem="other_currency")
    if ":token" in line and kind == "money":
        return _Said(problem="per_token")
    numbers = [numeral.values[0] for numeral in numerals]
    problem: Problem | None = None
    if span := _BETWEEN.search(line) or _RANGE.search(line):
        problem = "range_given"
        at = line[: span.start()].count("N")
        pair = _pair(numerals[at], numerals[at + 1])
        several, numbers = pair, [*numbers[:at], pair[1], *numbers[at + 2 :]]
        # "$0.01-0.03", "70% to 80%": the sign may stand on either side.
        money = "$ " if "$ N" in span[0] else ""
        line = line.replace(span[0], money + span[2].removeprefix("$ "), 1)
    elif _BOUND.search(line):
        problem, several = "bound_given", numbers[:1]
        line = " ".join(_BOUND.sub(lambda match: match[0].strip(">+"), line).split())
    else:
        several = list(numerals[0].values[:1] if kind == "rate" and numerals[0].dotted else numerals[0].values)
        problem = "ambiguous" if any(len(each.values) > 1 for each in numerals[1:]) or len(several) > 1 else None
    if negative := _NEGATIVE.match(line):
        line = line.replace("- ", "", 1)
    if line.startswith("?") or "? N" in line.split(" per ")[0]:
        return _Said(problem="not_a_number")
    if line.startswith("+ N"):
        problem, line = problem or "ambiguous", line[2:]
    unit = unit_of(field, line, numbers)
    if not isinstance(unit, _Unit):
        weak = unit in ("ambiguous", "two_numbers")
        problem = problem if problem and weak else unit
        return _Said(problem=problem, candidates=_simply(kind, several if len(several) > 1 else numbers))
    if negative:
        return _Said(problem="out_of_range")
    if problem:
        texts = tuple(unit.text(each) for each in several)
        return _Said(problem=problem, shown=" to ".join(texts) if problem == "range_given" else "", candidates=texts)
    return _valued(field, several[0] * unit.factor)


def _simply(kind: str, numbers: list[Fraction]) -> tuple[str, ...]:
    unit = {"money": _Unit(before="$"), "rate": _Unit(after="%")}.get(kind, _Unit())
    fraction = kind == "rate" and max(numbers) < 1
    return tuple(dict.fromkeys(unit.text(each * 100 if fraction else each) for each in numbers[:3]))
