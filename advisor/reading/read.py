"""What a person typed for a field, as a value or as a problem to ask about. It never guesses.

A text is undone by :mod:`advisor.reading.tokens`; its :mod:`advisor.reading.quantities` are taken by
:mod:`advisor.reading.numbers` when nothing is left over, and else offered by :mod:`advisor.reading.mentions`. Yes and
no, options and names are read here.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from advisor.figures import show
from advisor.model import FIELDS, UNKNOWN, Answers, Problem, Reading
from advisor.pattern import pattern
from advisor.reading.absence import clueless, unfigured, unsure
from advisor.reading.choices import choose
from advisor.reading.mentions import MOST_OFFERED, figures, meant, named
from advisor.reading.numbers import number, written
from advisor.reading.quantities import Said
from advisor.reading.tokens import LONGEST, tidy
from advisor.reading.yes_no import agrees, any_of, doubtful, likelier, unchecked

LONGEST_NAME = 200

__all__ = ["read", "show"]

# --- yes and no, options, names ---------------------------------------------------------------------------------------


def _yes_no(field: str, text: str, confirmed: bool) -> Said:
    value = agrees(field, text)
    if value is None:
        both = ("yes", "no") if likelier(field, text) else ("no", "yes")
        return Said(problem="not_an_option", candidates=both)
    return Said(value, shown=show(field, value))


_NOT_NEEDED = any_of(
    "(?:it's |it is |that's |retrieval (?:is )?|rag (?:is )?)?(?:not (?:needed|necessary|required)|unnecessary)",
    "no need(?: for (?:it|that|rag|retrieval))?|(?:we |i )?(?:don't|dont|do not) need (?:it|that|rag|retrieval)",
)


def _choice(field: str, text: str, confirmed: bool) -> Said:
    found = choose(field, text)
    if found.problem and not found.candidates and unchecked(text):
        return Said(UNKNOWN, shown=show(field, UNKNOWN))
    if "yes" not in FIELDS[field].options:
        return found
    if found.value == "not_needed" and not doubtful(text):
        return found
    said = agrees(field, text)
    if said is not None and found.value != "not_needed":
        value = said if said == UNKNOWN else "yes" if said else "no"
        return Said(value, shown=show(field, value))
    first = found.candidates or (show(field, found.value or ""),)
    return Said(problem="not_an_option", candidates=tuple(dict.fromkeys((*first, "yes", "no", "not needed"))))


_NOBODY = pattern(
    r"(?:nobody|no[ -]?one|none|no|nope|not yet|unassigned|not assigned|no owner|vacant)"
    r"(?: (?:yet|so far|currently|right now|at the moment|really|owns it|does|assigned|in particular|specific))*"
)
_GROUP = any_of(
    r"\b(?:\w*teams?|squads?|groups?|dept|departments?|org|organi[sz]ation|guild|crew|\w*ops|agency|company|vendors?)\b",
    r"\b(?:(?:every|some|any)(?:one|body)|whoever|us|we|our|all|ourselves|they|them|him|her|he|she|you|it|me|myself|i)\b",
    r"\b(?:contractors?|consultants?|engineer(?:s|ing)?|developers?|devs?|committee|staff|people|guys|folks|interns?)\b",
    r"\b(?:management|managers?|scientists?|science|platform|infra\w*|analysts?|annotators?|leads?|boss|head|director)\b",
    r"\b(?:owners?|admins?|c[tei]o|vp|pms?|po|sres?|research\w*|supplier|provider|partner|here|channel|person|hir(?:e|ing))\b",
    r"\b(?:the|a|an|my|ml|ai|colleague|data|support|product|backend|members?|several|many|few|two|three|various)\b",
)
_DOUBT = pattern(
    r"\?|\b(?:maybe|perhaps|probably|possibly|not|ask|think|guess|either|should|could|hopefully|except|but|if|above|same)\b|n't\b"
)
_NO_NAME = any_of(
    "y|yes|yep|yeah|yup|sure|ok|okay|k|true|false|done|good|fine|n|nah|never|hi|hello|thanks|thx|cool|great|test|name",
    "owner|later|soon|stop|help|cancel|back|next|will do|of course|already|we did|we have|lol|menu|export|share|status",
    "(?:show|see|open|go|start|change|edit|delete)(?: .*)?|report|resume|review|checklist|undo|haha",
)
_MENTION = pattern(r"<@[UW][A-Z0-9]+>")


def _name(field: str, text: str, confirmed: bool) -> Said:
    said, low = text.strip(" ,;!\"'"), text.lower().strip(" .,;!\"'")
    if _NOBODY.fullmatch(low):
        return Said("", shown=show(field, ""))
    if len(said) > LONGEST_NAME or _NO_NAME.fullmatch(low) or not any(char.isalpha() for char in said):
        return Said(problem="not_a_name")
    if confirmed or _MENTION.fullmatch(said):
        return Said(said, shown=show(field, said))
    mentions = tuple(dict.fromkeys(_MENTION.findall(said)))
    several = tuple(filter(None, re.split(r"\s*(?:,? (?:and|or|und) |[&/+;])\s*", said)))
    strange = _GROUP.search(low) or _DOUBT.search(low) or re.search(r"[\d#:<>]", low) or len(said.split()) > 6
    if not strange and len(several) == 1:
        return Said(said, shown=show(field, said))
    first = re.split(r" ?[(,?]| from | on | in |'s ", said)[0]
    return Said(problem="not_a_name", candidates=mentions or (several if len(several) > 1 else (first,)))


# --- the door ---------------------------------------------------------------------------------------------------------

_I = "(?:(?:i|we|i'm|im|i am|we're|we are|it's|it is|that's|still|really|honestly|just) )*"
_YET = "(?: (?:yet|so far|right now|for now|exactly|for sure|sorry|tbh|it|that|this|them|one|to us|to me))*"
_UNKNOWN = any_of(
    rf"{_I}(?:idk|dk|dunno|unknown|unsure|skip|not applicable|n/?a|tb[dca]){_YET}",
    rf"{_I}(?:have |'ve )?(?:got )?(?:absolutely )?(?:no|not a|not the (?:slightest|faintest)) (?:idea|clue)s?{_YET}",
    rf"{_I}not (?:(?:too|so|really|quite|entirely|yet) )?(?:sure|certain|known){_YET}",
    rf"{_I}(?:do not|don't|dont|cannot|can't|cant|couldn't) (?:(?:really|yet) )?(?:know|say|tell|remember){_YET}",
    r"to be (?:determined|decided|confirmed)|hard to (?:say|tell)|who knows|beats me",
    r"\?[?! ]*|:shrug:|:(?:wo)?man-shrugging:|🤷\S*",
)
_UNCOUNTED = pattern(
    rf"{_I}(?:not|never|haven't|havent|hasn't|didn't|have not|did not)(?: been)?(?: yet)? "
    rf"(?:measured?|counted?|estimated?|tracked?|evaluated?|calculated?){_YET}"
)
_NUMBERS = {"count", "rate", "money"}
_READERS: Mapping[str, Callable[[str, str, bool], Said]] = {
    "count": number, "rate": number, "money": number, "yes_no": _yes_no, "choice": _choice, "name": _name,
}  # fmt: skip


def _said(field: str, text: str, confirmed: bool) -> Said:
    kind = FIELDS[field].kind
    nothing: Problem = "not_a_number" if kind in _NUMBERS else "not_a_name" if kind == "name" else "not_an_option"
    said = tidy(text) if len(text) <= LONGEST else ""
    low = said.lower()
    bare = re.sub(r"^(?:sorry|honestly|hmm+|um+|well|oh)\W+", "", low).strip(" .!,;()\"'")
    if _UNKNOWN.fullmatch(bare) or (kind in _NUMBERS and _UNCOUNTED.fullmatch(bare)):
        return Said(UNKNOWN, shown=show(field, UNKNOWN))
    if not said or (len(said) > LONGEST):
        return Said(problem=nothing)
    return _READERS[kind](field, said if kind == "name" else low, confirmed)


def _offers(field: str, low: str, known: Answers) -> tuple[str, ...]:
    """What a text nobody could take may mean, as texts that read: at most three, or none. Where it has no figure,
    "unknown" alone is what it says."""
    found = tuple(written(field, value) for value in meant(field, low, known))
    if not found and figures(field, low, aside=True):
        return (UNKNOWN,) if clueless(low) and not figures(field, low, aside=False) else ()
    if not found:
        return unfigured(field, low, known)
    doubt = len(found) < MOST_OFFERED and UNKNOWN in unfigured(field, low, known)
    return (*found, UNKNOWN) if doubt else found


_TWO_FIGURES = pattern(r"\d\D.*\d")


def _also(field: str, low: str, known: Answers) -> Iterator[tuple[str, Reading]]:
    """What the text gives to other fields by name, each once."""
    for other, value in dict(named(field, low, known)).items() if _TWO_FIGURES.search(low) else ():
        said = _said(other, written(other, value), False)
        if said.problem is None:
            yield other, Reading(value=said.value, shown=said.shown)


def read(
    field: str,
    text: str,
    confirmed: bool = False,  # noqa: FBT002 - the order is the contract
    known: Answers = Answers(),  # noqa: B008 - frozen
) -> Reading:
    """Read what a person typed for a field; never guess.

    Args:
        field: A field of ``Answers``; a bare number is in its unit and period (dollars, a year, ...).
        text: What was typed, with whatever markup Slack put around it. Any text is fine.
        confirmed: The person insists: a price above ``DEAREST_CALL`` dollars a call, or a group as owner, is taken.
        known: What was answered so far: "$4,200 a month" is a price of a call once the calls are known.

    Returns:
        The value (``"unknown"`` when the person does not know), or a problem with up to three candidates.

    Raises:
        KeyError: no such field.
    """
    said = _said(field, text, confirmed)
    offers, also = said.candidates, tuple[tuple[str, Reading], ...]()
    if FIELDS[field].kind in _NUMBERS and len(text) <= LONGEST:
        low = tidy(text).lower().strip(" .!")
        also = tuple(_also(field, low, known))
        turned = FIELDS[field].kind == "rate" or field == "labelers"  # the other way round, and me besides
        if said.problem and (turned or not offers):
            mentioned = _offers(field, low, known)
            if mentioned == (UNKNOWN,) and not offers and unsure(low) and not figures(field, low, aside=True):
                said, mentioned = Said(UNKNOWN, shown=show(field, UNKNOWN)), ()
            offers = (*offers, *(each for each in mentioned if each != UNKNOWN or not offers))
    clean = [each for each in dict.fromkeys(offers) if _said(field, each, False).problem is None]
    return Reading(value=said.value, problem=said.problem, shown=said.shown, candidates=tuple(clean[:3]), also=also)
