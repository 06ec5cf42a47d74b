"""Answers without a figure: nobody knows, nothing, all of them, just me."""

from advisor.model import FIELDS, UNKNOWN, Answers
from advisor.pattern import pattern

_LEAD = (
    r"(?:(?:well|nope|no|yes|yeah|honestly|basically|effectively|so far|still|hm+|hi|ok|so|i think|probably|maybe|it'?s|that'?s"
    r"|it is|practically|pretty much|totally|literally|currently|right now|as of now)[, ]+)*"
)
_NOT = r"(?:(?:do|did|does|have|has|is|was|were|are|ca|could|would)(?:n'?t| not)|cannot|not|never|nobody|no ?one|none of us)"
_KNOWS = (
    r"(?:know\w*|sure|certain|measur\w*|count\w*|track\w*|check\w*|compar\w*|calculat\w*|estimat\w*|evaluat\w*|pric(?:ed|ing)"
    r"|work\w* (?:\w+ )?out|figur\w*|remember|recall|tell|say|see|quantif\w*|quoted|shared|told|heard|log(?:ged)?|record(?:ed)?|written? \w+ down|w\w+ \w+ down)"
)
_DID = (
    r"(?:look\w*|wr[io]t\w*|wrote|saved?|set|defin\w*|thought|decid\w*|tried|try|ran|run|done|b(?:reak|roke\w*)|dedup\w*|put|got"
    r"|audit\w*|test\w*|assess\w*|benchmark\w*|inspect\w*|sampl\w*|review\w*|scor\w*|tall\w*|joined|judged|picked|trained|budgeted|finished|modell?ed|come back|replied|sent)"
)
_UNSURE = pattern(
    rf"\b{_NOT}\b(?: (?!yet,)[\w'-]+){{0,4}}? {_KNOWS}\b|\bun(?:known|measured|clear|tracked|sure)\b|\b(?:dunno|idk|beats me)\b"
    r"|\bno (?:\w+ )?(?:idea|clue|record|figures?|numbers?|quotes?|forecasts?|spot check|estimates?|measurements?)\b"
    r"|\b(?:who knows|tbd|hard to (?:say|tell|quantify)|not (?:the )?(?:slightest|faintest))\b"
    r"|\bstill (?:\w+ )?(?:running|waiting|pending|computing|measuring|evaluating|counting)\b|\bwaiting (?:for|on)\b|\blost track\b"
)
_UNKNOWN = pattern(
    rf"\b{_NOT}\b(?: (?!yet,)[\w'-]+){{0,4}}? {_DID}\b|\bno (?:\w+ )?(?:plan|offer|eval|way to (?:tell|know))\b|\bno data\b"
    r"|\bno (?:[\w-]+ ){0,3}(?:comparison|breakdown|analysis|logs?|info\w*|stats|overview|tracking|visibility|access)\b"
    rf"|\b(?:good question|scheduled|pending|forgot\w*|whatever you|still open)\b|\bask me (?:later|again)\b|{_NOT} have (?:a|the|that|any)? ?"
    r"(?:numbers?|figures?)"
)
_CLUELESS = pattern(r"\bno (?:idea|clue)\b|\b(?:don'?t|do not) know\b|\bdunno\b|\bnot known\b")
_ANY = pattern(r"\b(?:any\w*|a single)\b")
_LATER = pattern(r"\b(?:yet|so far|to date|for now|until|not live|tbd)\b")
_NOTHING = (
    r"(?:\$ ?0|0|zero|none|nothing|nada|zilch|nil|nix|free|gratis|no (?:extra|additional|further|separate|added)?\s?"
    r"(?:costs?|charges?|fees?|money|upkeep|hosting|bill|extra)|no extra)"
)
_SAYS_NOTHING = pattern(
    rf"{_LEAD}{_NOTHING}\b"
    r"|.*\b(?:for free|is free|are free|costs? (?:us )?nothing|no extra(?: costs?| charge)?|at no (?:extra )?cost"
    r"|nothing (?:extra|on top|per call)|(?:already )?(?:paid for|covered|included)|not that (?:i|we) (?:can think|know) of"
    r"|no (?:other|further|additional) savings|nothing (?:else|comes to mind|really))\b"
)
_PLAIN_NO = pattern(r"(?:no|nope|nah)\b(?! idea| clue| number| figure)")
_NONE = pattern(
    rf"{_LEAD}(?:none|zero|nobody|no ?one|nothing|nil|0|nada|not (?:a single )?(?:one|any)"
    r"|not a single|no (?!idea|clue|number|figure|record|plan|way|spot|check|eval|one\b|quote|gain)\w+|we (?:don't|do not) have (?:an?|any))\b"
    r"|.*\b(?:not a single one|not one of|none of them|found none|don't have (?:an?|any) \w+ set)\b"
)
_EVERY = pattern(rf"{_LEAD}(?:all(?: \d+)?|every(?:thing| (?:single )?\w+)|100 ?%|the (?:lot|whole \w+))\b")
_NOT_EVERY = pattern(
    r"\ball (?:but|in|the way|depends|over|told|we|i|sorts|kinds|year|day)\b|\bnot all\b|\bexcept\b|\bevery (?:day|week|month|now|time)"
)
_ALONE = pattern(
    r"(?:just|only|it's|its|that's|well)? ?(?:me|myself|one person|i do it)(?: alone| myself| only)?\b(?! and|,? \+)"
)
_WITH_ME = pattern(r"(?:just )?(?:me|myself) (?:and|\+|&) (?:my )?[a-z]+\b|\w+ and (?:me|i|myself)\b")


def unfigured(field: str, text: str, known: Answers) -> tuple[str, ...]:
    """What a tidied lower-case text without a figure may mean, as texts that read; "unknown" alone is sure."""
    kind = FIELDS[field].kind
    if kind == "money" and not _LATER.search(text):
        if _SAYS_NOTHING.match(text) or (field == "other_savings_usd_per_year" and _PLAIN_NO.match(text)):
            return ("$0",)
    if kind == "count":
        if field == "labelers" and _ALONE.match(text):
            return ("1",)
        if field == "labelers" and _WITH_ME.match(text):
            return ("2",)
        unknown = _UNKNOWN.search(text) and text.startswith("no ")
        counted = not unknown and not FIELDS[field].per and field != "training_pairs"
        if counted and _NONE.match(text) and not (_LATER.search(text) and field.startswith("poc_")):
            return ("0",)
    if kind == "rate" and _NONE.match(text) and (not _LATER.search(text) or _OF_THEM.search(text)):
        return _rate(field, text, "0%", "100%")
    if kind in ("count", "rate") and _EVERY.match(text) and not _NOT_EVERY.search(text):
        whole = known.training_pairs
        if kind == "rate":
            return _rate(field, text, "100%", "0%")
        if field == "labeled_pairs" and isinstance(whole, int):
            return (f"{whole:,}",)
    if (
        kind == "count"
        and not FIELDS[field].per
        and _ANY.search(text)
        and (_UNSURE.search(text) or _UNKNOWN.search(text))
    ):
        return ("0", UNKNOWN) if field != "training_pairs" else (UNKNOWN,)
    return (UNKNOWN,) if unsure(text) or _UNKNOWN.search(text) else ()


def clueless(text: str) -> bool:
    """Whether a text says it in so many words, whatever figures of other things it has."""
    return bool(_CLUELESS.search(text))


def unsure(text: str) -> bool:
    """Whether a text says by itself that nobody knows; "we haven't measured any" may mean that there is none."""
    return bool(_UNSURE.search(text)) and not _ANY.search(text)


_OF_THEM = pattern(r"\b(?:pass\w*|fail\w*|of them|correct|wrong|right)\b")
_WRONG = pattern(r"\b(?:fail\w*|wrong|bad|incorrect|miss\w*|errors?|mistakes?)\b")
_RIGHT = pattern(r"\b(?:right|correct|pass\w*|clean|fine)\b")
_REAL = pattern(r"\b(?:real|human\w*|hand\w*|natural|organic)\b")
_MADE = pattern(r"\b(?:synthetic|generated|distill?\w*|augment\w*)\b")


def _rate(field: str, text: str, share: str, other: str) -> tuple[str, ...]:
    turns = {"label_noise": _RIGHT, "synthetic_share": _REAL}.get(field, _WRONG)
    keeps = {"label_noise": _WRONG, "synthetic_share": _MADE}.get(field, _RIGHT)
    if not turns.search(text):
        return (share,)
    return (share, other) if keeps.search(text) or share == "0%" else (other, share)
