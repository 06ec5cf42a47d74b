"""Words as marks: what each word around a number stands for. Tables first; the reader of a kind sees only marks.

A word no table knows becomes ``?`` and is asked about, never skipped.
"""

from collections.abc import Mapping

from advisor.model import FIELDS
from advisor.pattern import pattern
from advisor.reading.tokens import CODE, Numeral, scan

_OF = {kind: frozenset(name for name in FIELDS if FIELDS[name].kind == kind) for kind in ("count", "rate", "money")}

PERIODS = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""How many of each a year has."""

# Mark -> its words. "" is a word that changes nothing beside a number; later rows win.
_WORDS = {
    "": """we i we've we're it's its it is it'll are was were been be am i'm i've there there's have has had got
        them those these this that they our my your us the at on with from by yes yeah yep
        ok okay well hmm um please thanks just only exactly precisely around about roughly so let's
        approximately approx circa ca some say maybe probably perhaps estimated estimate nearly almost like
        ish think guess believe would count counted number use using ready done distinct unique
        different spend spent pay paying paid budget budgeted cost costs costing price priced charge charged
        fee fees bill billed qa rough ballpark average averages avg typically usually mean all get gets do does
        handle serve see us's any yet still flat prompting best traffic volume out which what measured
        . , ; : ! " = ? ~ ≈ ≃ '""",
    # Words that say whose number it is: nothing beside a number of the right field (table below), strange elsewhere.
    "*today": "now currently today current",
    "*once": "once",
    "*tuned": "tuned finetuned",
    "*untuned": "untuned baseline",
    "*elsewhere": "benchmark benchmarks leaderboard mmlu gsm8k humaneval",
    "*judged": "judged graded",
    "*gained": "gained gains gain wins won onlytuned",
    "*lost": "lost losses loss regressions regression regressed",
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
        colleague colleagues rater raters user users customer customers client clients seat seats""",
    ":token": "token tokens tok toks mtok mtoks ktok mtoken mtokens ktoken ktokens",
    "vague": """couple few several many lots lot dozens hundreds thousands millions tons plenty most various
        handful half third thirds fifth fifths tenth tenths point double twice triple zillion inf infinity nan
        enough dozen hundred thousand million billion lakh crore gross another eighth eighths sixth sixths
        seventh sevenths ninth ninths hundredth hundredths thousandth thousandths epoch epochs step steps better
        worse relative relatively improvement uplift than kb mb gb tb
        bytes whole job""",
    "not": """not don't doesn't didn't isn't aren't wasn't weren't haven't hasn't won't can't cannot never without
        dont doesnt didnt isnt arent havent hasnt wont cant neither nor except excluding""",
    "none": "none nothing nil nought",
    "nobody": "nobody noone",
    "fail": """failing failed wrong incorrect incorrectly broken bad mislabeled mislabelled noisy noise defective
        rejected missed faulty flawed unusable broke break breaks crash crashed crashes errored""",
    "pass": """pass passes passed passing correct correctly success successful successfully succeed succeeds
        succeeded accuracy accurate acceptable accepted clean valid right""",
    "made": "synthetic generated artificial ai machine augmented llm",
    "rate": "rate share ratio fraction",
    CODE: "^ * → \\ plus",
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

_GLUED = frozenset(
    {"usd", "us", "eur", "euro", "euros", "gbp", "inr", "c", "ct", "cts", "cent", "cents", "bucks", "pct", "percent"}
    | {"rps", "qps", "tps", "rpm", "ish"}
)
"""Words that may touch a number: "20rps"."""

# On the words, before they are marks.
_PHRASES = (
    (r"\b(?:more or less|give or take|or so|of the time|right now|at the moment|at all|all - (?:in|told)|q [&/] a)\b",
     " "),
    (r"\bapi (?=call|request)|\bfor (?:the )?(?:gpus?|retraining)\b", ""),
    (r"\bper cent\b", "%"),
    (r"\bonly (?:the )?tuned\b", "onlytuned"),
    (r"(?<!N )\b(?:dollars?|bucks?|cents?) (?=N)", "couple "),  # "a buck fifty" is not $50
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
    (r"\b(?:at (?:least|most|best|worst)|(?:no |not )?(?:more|less|fewer|greater|higher|lower|larger|smaller) than|"
     r"up to|(?:or|and) (?:more|less|fewer|up|above|below|over|under|higher|lower)|(?:min|minimum)(?= (?:\. )?\$? ?N)|"
     r"over|under|above|below|beyond|north of|south of|max|maximum|minimum|upwards? of|capped at|limited to|within|"
     r"exceeds?|exceeding|tops|plus(?= ?$))(?!\w)", ">"),
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
    [(pattern(text), mark) for text, mark in _PHRASES],
    [(pattern(text), mark) for text, mark in _SETTLE],
)


def marks(field: str, text: str) -> tuple[str, list[Numeral]]:
    """A tidied lower-case text as marks ("$ N per N :call") and its numbers."""
    words, numbers = scan(text, _GLUED)
    line = " ".join(words)
    for phrase, mark in _EDITS[0]:
        line = phrase.sub(mark, line)
    marks = [_WORD_MARKS.get(word, "?") for word in line.split()]
    marks = ["" if mark in _OWN and field in _OWN[mark][0] else _OWN.get(mark, ("", mark))[1] for mark in marks]
    line = " ".join(filter(None, marks))
    for phrase, mark in _EDITS[1]:
        line = phrase.sub(mark, line)
    return line.strip(), numbers
