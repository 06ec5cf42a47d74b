"""Everything beyond the verdict, from the same answers: one pure function beside ``decide``."""

from collections.abc import Iterable
from datetime import date

from advisor.beyond.facts import Offer, availability, motives, second_opinions
from advisor.beyond.flips import Flip, flips
from advisor.beyond.ranges import Given, Ranges, ranges
from advisor.beyond.rivals import Quotes, Rivals, rivals
from advisor.beyond.trials import EvalPower, Trial, eval_power, trial
from advisor.beyond.unknowns import FindOut, find_out_next
from advisor.model import Answers, Frozen
from advisor.rulebook import MotiveRow, OpinionRow, Rules


class Findings(Frozen):
    """Each key is ``None`` or empty when it has nothing to say; none of them moves a gate."""

    rivals: Rivals | None
    ranges: Ranges | None
    flips: tuple[Flip, ...]
    find_out_next: FindOut | None
    trial: Trial | None
    eval_power: EvalPower | None
    availability: tuple[Offer, ...]
    motives: tuple[MotiveRow, ...]
    second_opinions: tuple[OpinionRow, ...]


def beyond(
    answers: Answers,
    given: Given,
    quotes: Quotes,
    today: date,
    rules: Rules,
    *,
    mentioned: Iterable[str] = (),
    named: Iterable[str] = (),
) -> Findings:
    """What an engineer asks after the verdict. Deterministic: the same input gives the same bytes.

    Args:
        answers: What was answered; only they decide.
        given: Field -> the range that was told beside its answer.
        quotes: Prices of models, handed in.
        today: The day it is asked, against which prices and facts age.
        rules: The edition that decides.
        mentioned: Ids of motives that no rule weighs (``advisor/rules/availability.toml``).
        named: Models that were named beside those that have quotes.

    Raises:
        ValueError: a range whose low end is above its high one.
    """
    models = [quote.model for quote in (quotes.now, quotes.after, *quotes.cheaper) if quote is not None]
    return Findings(
        rivals=rivals(answers, quotes, today, rules),
        ranges=ranges(answers, given, rules),
        flips=flips(answers, rules),
        find_out_next=find_out_next(answers, rules),
        trial=trial(answers, rules),
        eval_power=eval_power(answers, rules),
        availability=availability([*models, *named], today, rules),
        motives=motives(mentioned),
        second_opinions=second_opinions(answers),
    )
