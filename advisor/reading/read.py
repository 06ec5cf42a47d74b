"""What a person typed for a field, as a value or as a problem to ask about. It never guesses.

A text is undone by :mod:`advisor.reading.tokens`; its :mod:`advisor.reading.quantities` are taken by
:mod:`advisor.reading.numbers` when nothing is left over, and else offered by :mod:`advisor.reading.mentions`. Yes and
no, options and names have modules of their own.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from advisor.figures import show
from advisor.model import FIELDS, UNKNOWN, Answers, Ends, Problem, Reading
from advisor.pattern import pattern
from advisor.reading.absence import clueless, unfigured, unsure
from advisor.reading.derived import derivation
from advisor.reading.lexicon import phrase
from advisor.reading.mentions import MOST_OFFERED, figures, meant, named
from advisor.reading.names import name
from advisor.reading.numbers import number, written
from advisor.reading.quantities import Said, likeliest, quantities
from advisor.reading.tokens import LONGEST, tidy
from advisor.reading.yes_no import choice, yes_no

__all__ = ["read", "show"]

_NUMBERS = {"count", "rate", "money"}
_READERS: Mapping[str, Callable[[str, str, bool], Said]] = {
    "count": number, "rate": number, "money": number, "name": name,
    "yes_no": lambda field, text, _: yes_no(field, text), "choice": lambda field, text, _: choice(field, text),
}  # fmt: skip


def _said(field: str, text: str, confirmed: bool) -> Said:
    kind = FIELDS[field].kind
    nothing: Problem = "not_a_number" if kind in _NUMBERS else "not_a_name" if kind == "name" else "not_an_option"
    said = tidy(text) if len(text) <= LONGEST else ""
    low = said.lower()
    bare = re.sub(r"^(?:sorry|honestly|hmm+|um+|well|oh)\W+", "", low).strip(" .!,;()\"'")
    if phrase("unknown_whole").fullmatch(bare) or (kind in _NUMBERS and phrase("uncounted").fullmatch(bare)):
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
    known: Answers | None = None,
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
    known = known or Answers()
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
    how = tuple(derivation(field, text, _said(field, each, False).value, known) for each in clean[:MOST_OFFERED])
    ranged = said.problem != "out_of_range" and clean[1:] and FIELDS[field].kind in _NUMBERS
    return Reading(
        value=said.value,
        problem=said.problem,
        shown=said.shown,
        candidates=tuple(clean[:3]) if said.problem else (),
        derived=how if any(how) and said.problem else (),
        also=also,
        ends=_ends(field, text, clean[:3]) if ranged else None,
    )


def _ends(field: str, text: str, offers: list[str]) -> Ends | None:
    """The ends of the one range in a text: the first and the last of what is offered, where those are its ends and
    not put together or turned round."""
    rate = FIELDS[field].kind == "rate"
    spans = [one.as_rate() if rate else one for one in likeliest(quantities(tidy(text).lower()))]
    spans = [one for one in spans if len(one.values) > 1]
    values = [value for each in offers if isinstance(value := _said(field, each, True).value, int | Decimal)]
    if len(spans) != 1 or len(values) != len(offers) or values[0] >= values[-1]:
        return None
    told = spans[0].values if len(values) == len(spans[0].values) else (spans[0].values[0], spans[0].values[-1])
    if len(values) != len(told) or not told[-2]:
        return None
    slack = Fraction(1, 50) if spans[0].points else 0  # a count is rounded there
    pairs = zip(values, told, strict=True)
    apart = max(abs(Fraction(value) / Fraction(values[-1]) - one / told[-1]) for value, one in pairs)
    return (values[0], values[-1]) if apart <= slack else None
