"""What a person typed for a field, as a value or as a problem to ask about. It never guesses.

A text is undone and scanned by :mod:`advisor.numerals`, its words become a few *marks* (tables below), and a kind's
reader accepts exactly the lines of marks it understands. A word no table knows is asked about, not skipped over.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field as default
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from advisor.model import FIELDS, UNKNOWN, Asked, Problem, Reading, Value, decimal, plain
from advisor.numerals import CODE, LONGEST, Numeral, scan, tidy

MOST = 10**12
"""The largest count, and the largest sum in dollars."""

DEAREST_CALL = 5
"""Dollars. A call above it is more often a price per thousand, or cents."""

LONGEST_NAME = 200

# --- not known ---------------------------------------------------------------------------------------------------

_UNKNOWN = re.compile(
    r"(?:(?:sorry|honestly|hmm+|um+|well|oh)\W+)?(?:"
    r"\?+|idk|dk|dunno|unknown|unsure|skip(?: (?:it|this|that|this one|for now))?|n/?a|tb[dca]|not applicable|"
    r"(?:i |we )?(?:have |'ve )?(?:got )?(?:absolutely )?(?:no|not a|not the (?:slightest|faintest)) "
    r"(?:idea|clue|data|figures?|numbers?|estimate)(?: yet)?|"
    r"(?:i am |i'm |im |we are |we're )?(?:(?:really|quite) )?(?:not|un) ?(?:too |so |really )?(?:sure|certain)(?: yet)?|"
    r"(?:it's |it is |that's )?(?:still )?not (?:yet )?known(?: yet)?|(?:it's |it is )?unknown(?: yet)?|"
    r"(?:i |we )?(?:really |honestly |just )?(?:do not|don't|dont|cannot|can't|cant|couldn't) "
    r"(?:(?:really|actually|yet) )?(?:know|say|tell|remember|recall)(?: (?:yet|that|it|this|right now|for sure))*|"
    r"(?:to be )?(?:determined|decided|confirmed)|hard to say|who knows|beats me|no way to know|"
    r":shrug:|:man-shrugging:|:woman-shrugging:|🤷\S*)\W*"
)
_UNCOUNTED = re.compile(
    r"(?:i |we |it's |it is |that's )?(?:still )?(?:not|never|haven't|havent|hasn't|didn't|have not|did not)(?: been)? "
    r"(?:yet )?(?:measured?|counted?|estimated?|tracked?|evaluated?|calculated?|checked?|looked?)"
    r"(?: (?:it|that|this|them))?(?: yet)?"
)


def _unknown(text: str, number: bool) -> bool:
    said = text.strip(" .!,;()\"'")
    return _UNKNOWN.fullmatch(said or text) is not None or (number and _UNCOUNTED.fullmatch(said) is not None)


# --- words as marks ----------------------------------------------------------------------------------------------

_PERIODS = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""How many of each a year has."""

_MARKS: dict[str, str] = {}


def _mark(mark: str, words: str) -> None:
    _MARKS.update(dict.fromkeys(words.split(), mark))


_mark("", "we i we've we're it's its it is are was were been be am i'm i've there there's there're have has had got 've "
          "them those these this that they our my your us the in at on total overall altogether now currently "
          "right yes yeah yep ok okay so far well hmm um please thanks just only exactly precisely around about "
          "roughly approximately approx circa ca some say maybe probably perhaps estimated estimate nearly almost like "
          "think guess believe i'd we'd ish would count counted number collected gathered wrote written built made "
          "created prepared use using used with from today ready done distinct unique different gold golden "
          "eval evaluation test dev held holdout out set sets dataset sized size good curated hand handwritten crafted "
          "manually manual reviewed verified labeled labelled annotated labeling labelling training train tuning "
          "planned plan planning spend spent pay paying paid budget budgeted costs cost costing price priced charge "
          "charged fee fees bill billed approximate rough ballpark average averages avg typically usually mean "
          "all together api llm model run runs serving hosting upkeep maintenance gpu gpus monitoring "
          "for get gets make makes do does handle serve see answer each's us's any yet still worth value "
          "expected expect forecast projected volume traffic currently which what whole")  # fmt: skip
_mark("$", "$ usd dollar dollars buck bucks")
_mark("¢", "¢ cent cents c ct cts")
_mark("€", "€ £ ¥ ₹ ₩ ₽ ₺ ₫ ₴ ₪ ₱ ฿ euro euros eur gbp pound pounds quid sterling pence inr rupee rupees rs cad aud nzd "
           "sgd hkd mxn brl chf franc francs yen jpy yuan rmb cny krw sek nok dkk kr zl zloty pln real reais")  # fmt: skip
_mark("%", "% percent pct percents per-cent")
_mark("@day", "day days daily")
_mark("@week", "week weeks weekly wk wks")
_mark("@month", "month months monthly mo mos mth mths")
_mark("@quarter", "quarter quarters quarterly qtr")
_mark("@year", "year years yearly yr yrs annual annually annum")
_mark("@hour", "hour hours hourly hr hrs h minute minutes min mins second seconds sec secs rps qps tps rpm rph qpm s")
_mark("@odd", "weekday weekdays workday workdays night weekend weekends fortnight fortnightly biweekly bimonthly "
              "biannual sprint shift decade century business working")  # fmt: skip
_mark(":call", "call calls request requests query queries inference inferences invocation invocations completion "
               "completions hit hits reqs req prompts prompt")  # fmt: skip
_mark(":label", "label labels pair pairs example examples item items annotation annotations sample samples question "
                "questions record records row rows case cases entry entries datapoint datapoints point points ticket tickets "
                "document documents doc docs conversation conversations dialogue dialogues dialogs email emails "
                "answer answers qa q&a instance instances tests shots")  # fmt: skip
_mark(":failure", "failure failures error errors mistake mistakes fail fails incident incidents")
_mark(":person", "person people persons annotator annotators labeler labelers labeller labellers human humans expert "
                 "experts reviewer reviewers sme smes fte ftes engineer engineers contractor contractors colleague "
                 "colleagues folks rater raters")  # fmt: skip
_mark(":token", "token tokens tok toks mtok mtoks ktok mtoken mtokens ktoken ktokens")
_mark("~vague", "couple few several many lots lot dozens hundreds thousands millions tons plenty most various numerous "
                "handful half third thirds fifth tenth point double twice triple zillion inf infinity nan enough "
                "dozen hundred thousand million billion lakh crore gross score another")  # fmt: skip
_mark("not", "not don't doesn't didn't isn't aren't wasn't weren't haven't hasn't won't can't cannot never without "
             "dont doesnt didnt isnt arent havent hasnt wont cant neither nor except excluding")  # fmt: skip
_mark("none", "none nothing nil nought nada")
_mark("fail", "failing failed wrong incorrect incorrectly broken bad mislabeled mislabelled noisy noise defective "
              "rejected miss missed misses fault faulty flawed unusable hallucinated hallucinate hallucinates")  # fmt: skip
_mark("pass", "pass passes passed passing correct correctly right success successful successfully succeed succeeds "
              "succeeded accuracy accurate acceptable accepted clean valid fine")  # fmt: skip
_mark("made", "synthetic generated artificial ai machine augmented")
_mark("real", "human real natural organic handmade authentic original")
_mark("rate", "rate share ratio fraction score")
for _plain in "no of per a an each every and or to between than until through free apiece / - + > < >= <= ( ) +/- ±".split():
    _MARKS[_plain] = _plain
for _sign in '. , ; : ! " = ? ~ ≈ ≃ \' .. ...'.split():
    _MARKS[_sign] = ""
_MARKS |= {"≥": ">", "≤": "<", "→": "?", CODE: CODE, "N": "N", "..": "-", "...": "-", "an": "a", "every": "each",
           "apiece": "each", "±": "+/-"}  # fmt: skip

_GLUED = frozenset(
    "usd us eur gbp inr cad aud chf c ct cts cents cent dollars bucks pct percent rps qps tps rpm ish calls pairs items "
    "examples labels people euros euro quid".split()
)

_BOUND = re.compile(
    r"\b(?:at (?:least|most)|(?:no |not )?(?:more|less|fewer|greater|higher|lower|larger|smaller) than|up to|"
    r"(?:or|and) (?:more|less|fewer|up|above|below|over|under|higher|lower)|over|under|above|below|beyond|north of|south of|"
    r"max|maximum|min(?:imum)?(?! ?\w*s\b)|upwards of|upward of|capped at|limited to|within|exceeds?|exceeding|tops|plus)(?!\w)"
)
_PHRASES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bmore or less\b|\bgive or take\b|\bor so\b|\bor thereabouts\b|\bat the moment\b|\bup to now\b"), " "),
    (re.compile(r"\b(?:ca|au?|hk|nz|sg?|c|r|mx|nt) \$"), "€"),
    (re.compile(r"\bus \$|\bu\.? s\.? (?=\$|dollar)"), "$"),
    (re.compile(r"(?<=N )(?:/ )?p \. ?a\b"), "@year"),
    (re.compile(r"\b(?:this|so far this) (?:day|week|month|quarter|year)\b|\bso far\b"), "sofar"),
    (re.compile(r"\b(?:(?:an?|one|per|each|every|/|last|past|next|the|in|by) )*(?=(?:business|working|week) ?days?\b)"), ""),
    (_BOUND, " >= "),
)


@dataclass(frozen=True, slots=True)
class _Line:
    """A text as marks ("$ N per N :call") and its numbers."""

    sig: str
    numbers: list[Numeral]


def _line(text: str) -> _Line:
    words, numbers = scan(text, _GLUED)
    line = " ".join(words)
    for pattern, mark in _PHRASES:
        line = pattern.sub(mark, line)
    marks = [_MARKS.get(word, "?") for word in line.split()]
    return _Line(_settle(" ".join(mark for mark in marks if mark)), numbers)


_SETTLE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[()]"), " "),
    (re.compile(r" +"), " "),
    (re.compile(r"(?:(?:per|a|/|each|no) )+(?=@)"), ""),
    (re.compile(r"(?:per|/|a|each) (?=:)"), "per "),
    (re.compile(r"(?:/|each) (?=N)"), "per "),
    (re.compile(r"\ba "), ""),
    (re.compile(r"(?<=N) - (?=[:@?])"), " "),
    (re.compile(r"(?<=[?:a-z]) - (?=[?:a-z])"), " "),
    (re.compile(r"(?:: ?){2,}"), ":"),
)


def _settle(sig: str) -> str:
    for pattern, mark in _SETTLE:
        sig = pattern.sub(mark, sig)
    return sig.strip()
