"""What stands beside a report and moves none of it, as parts of its card: what would turn the verdict, how sure the
numbers are, what else would do it, and what the rules don't weigh. Words: ``prompts/say/beyond.j2``.

``advisor.beyond`` is imported where it is used: a start does not pay for it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from math import log
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from advisor.advice import stand
from advisor.figures import usd
from advisor.model import FIELDS, Answers, Ends, Quote, decimal
from advisor.report import Gate, Report, Standing
from advisor.rulebook import Rules, availability_in
from bot.render.view import Actions, Button, Folded, Part, Small, Table, Text
from bot.render.wording import Wording, lines, times

if TYPE_CHECKING:
    from advisor.beyond import Findings, Quotes
    from advisor.beyond.facts import Offer
    from advisor.beyond.flips import Change, Flip
    from advisor.beyond.ranges import Ranges
    from advisor.beyond.rivals import FirstYear, Rival, Rivals

_LINES, _LOOKED_AT, _MONEY_GATE = 3, 12, 3
_LISTS = ("answer_gate_1", "price_the_year", "ask_who_retrains")
"""Steps that say what to find out and not how."""
_WAYS = ("as_is", "tuned")
"""The ways that the year's money tells already."""
_TASKS = (
    "prompt_tried", "tool_use_tried", "rag_tried", "eval_pairs", "eval_overlaps_training", "retrain_pipeline",
    "retrain_budget", "retrain_owner",
)  # fmt: skip
_MONEY = (
    "calls_per_year", "usd_per_call_after", "usd_per_label", "training_pairs", "labeled_pairs",
    "training_usd", "upkeep_usd_per_month", "hosting_usd_per_month", "other_savings_usd_per_year",
)  # fmt: skip
_GIVEN = ("usd_per_call_now", "usd_per_failure")
_RATES = (
    "poc_tuned_pass_rate", "measured_pass_rate", "quality_parity", "pass_rate_without_tuning",
    "large_model_meets_target", "target_pass_rate",
)  # fmt: skip
_EASE = {
    field: place
    for place, fields in enumerate((_TASKS, _MONEY, _GIVEN, _RATES, ("failure_cause", "goal")))
    for field in fields
}
"""Field -> how near it is to a task; of what is not in it (that no trial was run) nothing is said."""
_TWO = 2  # rates that nobody knows, each just beside the other, are no news either
_YEAR = 12  # months
_HOSTING = "hosting_usd_per_month"
_NONE: Mapping[str, str] = {}
_REMINDERS = (30, 90)  # days; bot/decision/reminders.py takes them
_FOUR = Context(prec=4, rounding=ROUND_HALF_EVEN)  # digits of a call's price, side by side
_TINY = Decimal("0.005")  # of a ratio beside others: nothing
_MOST = 10**12  # as much as any answer can be
_FAR = log(100)  # a number that has to change a hundredfold is no news
_UNCOUNTED = 2.0  # how far what is no number goes, or one that was not known or nothing


def found(
    report: Report,
    written: tuple[str, ...],
    quotes: Mapping[str, Quote],
    day: str,
    rules: Rules,
    ranges: Mapping[str, Ends],
    *,
    derivations: Mapping[str, str] = _NONE,
) -> "Findings":
    """All that stands beside a report; ``written`` is what its owner wrote, ``quotes`` are the calls that prices come
    from, ``ranges`` those that answers were given with, ``derivations`` how sums were worked out, ``day`` (ISO 8601) is
    when it was decided, empty for the day of the facts themselves."""
    from advisor.beyond import beyond
    from advisor.beyond.facts import models_in, motives_in
    from advisor.beyond.rivals import YEAR_HOURS

    mentioned, named = motives_in(*written), models_in(*written)
    told = _quotes(quotes, report.answers)
    hosting = report.answers.known(_HOSTING)
    if hosting and _HOSTING in derivations:  # a machine by the hour, day and night or not
        told = told.model_copy(update={"machine_usd_per_hour": decimal(Fraction(hosting) * _YEAR / YEAR_HOURS)})
    return beyond(report.answers, ranges, told, _day(day), rules, mentioned=mentioned, named=named)


def _quotes(kept: Mapping[str, Quote], answers: Answers) -> "Quotes":
    """The prices of a check. The next cheaper model of today's maker is a rival; the model to tune is one itself,
    untuned and at the length of today's call; its pass rate is the one that was measured."""
    from advisor.beyond import Quotes

    now, after = kept.get("usd_per_call_now"), kept.get("usd_per_call_after")
    cheaper = (now.cheaper,) if now and now.cheaper and not (after and after.model == now.cheaper.model) else ()
    if now is None or after is None or now.model == after.model:
        return Quotes(now=now, after=after, cheaper=cheaper)
    tokens = {part: getattr(now, part) for part in ("input_tokens", "output_tokens", "cached_tokens")}
    measured, target = answers.known("measured_pass_rate"), answers.known("target_pass_rate")
    judged = () if measured is None or target is None else (after.model,)
    passing = judged if judged and measured >= target else ()
    return Quotes(
        now=now,
        after=after,
        cheaper=(*cheaper, after.model_copy(update=tokens)),
        passing=(*passing, now.model) if answers.large_model_meets_target is True else passing,
        failing=judged if judged and measured < target else (),
    )


def _day(stamp: str) -> date:
    return date.fromisoformat(stamp[:10] or max(row.day for row in availability_in().vendor))


def over_ranges(answers: Answers, ranges: Mapping[str, Ends], wording: Wording, *, costs: bool) -> Iterator[str]:
    """Whether the year's money holds over the ranges that answers were given with, to who did not give them."""
    if ranges:
        from advisor.beyond.ranges import ranges as over

        if spread := over(answers, ranges, wording.rules):
            yield str(wording.say("beyond", "ranged", spread, costs))


def not_robust(ranges: "Ranges", wording: Wording) -> Markup:
    """The caution that gate 3 read the answers alone, with its section."""
    cite = wording.cited(wording.rules.gate(_MONEY_GATE).cite)
    return Markup("{} ({})").format(wording.say("beyond", "ranged", ranges, True), cite)


class Beside:
    """What stands beside one report, in words."""

    def __init__(
        self,
        report: Report,
        findings: "Findings",
        quotes: Mapping[str, Quote],
        wording: Wording,
        *,
        decided: bool = False,
    ) -> None:
        """``quotes`` are the calls that prices come from: models are called as they are there. Of what is ``decided``
        one can be reminded."""
        self.found, self._report, self._wording, self._rules = findings, report, wording, wording.rules
        self._quotes, self._names, self._decided = quotes, named(quotes), decided

    def _say(self, code: str, *facts: Any) -> str:
        return str(self._wording.say("beyond", code, *facts))

    # ---- on the card

    def in_sight(self) -> Iterator[Part]:
        """What is not to be overlooked, a line each: the way out of a hold, a cheaper way without tuning, a miss that
        may be chance, a model that nobody lets one tune."""
        said = []
        nearest = self.find_out() if self.found.find_out_next and self.found.find_out_next.settling else ""
        flips = self.flips() if self._report.verdict.hold and not nearest else []
        if nearest or flips:
            said.append(nearest or self._say("change_in_sight", flips[0]))
        if self._differs():
            said += filter(None, [self._year("first_year_in_sight")])
        if self.found.rivals and self.found.rivals.cautions:
            said.append(self._cheaper(self.found.rivals))
        said += self.over_ranges()
        if not self._report.verdict.hold:
            said += self._miss()
            said += offered(self._shut(), self._names, self._wording, sourced=False)
        if said:
            yield Text(lines(*said))

    def _shut(self) -> "Iterator[Offer]":
        """Of the model that is to be tuned, else of those that were named if none of them can be."""
        tuned = self._quotes.get("usd_per_call_after")
        offers = [one for one in self.found.availability if tuned is None or one.model == tuned.model]
        shut = [one for one in offers if one.vendor and one.vendor.tuning != "open"]
        return iter(shut if len(shut) == len(offers) else [])

    def evidence(self) -> list[str]:
        """What the trial's counts show, beside what the chapter's rule says."""
        trial = self.found.trial
        if trial is None:
            return []
        other = {"go": ("signal",), "no_go": ("no_signal", "regression", "small_gain")}
        differs = trial.chapter in other and trial.verdict not in other[trial.chapter]
        return [self._say("evidence", trial), *([self._say("chapter_differs", trial)] if differs else [])]

    def what_would_turn_it(self) -> Iterator[Folded]:
        turning = [f"• {line}" for line in self.turning()]
        yield from self._fold("change", [Text(lines(*turning))] if turning else [], self._report.verdict.hold)

    def folds(self) -> Iterator[Folded]:
        """The rest of it, each under its title."""
        opinions = Actions((Button(self._wording.press("opinions"), "report:opinions"),))
        sure = [f"• {line}" for line in self.sure()]
        asks = [opinions] if self.found.second_opinions else []
        yield from self._fold("sure", [Text(lines(*sure)), *asks] if sure else [])
        yield from self._fold("rivals", list(self._rivals()))
        unweighed = [f"• {line}" for line in self.unweighed()]
        before = tuple(self._before_an_end()) if self._decided else ()
        told: list[Part] = [Text(lines(*unweighed)), *([Actions(before)] if before else [])]
        yield from self._fold("unweighed", told if unweighed else [])

    def _before_an_end(self) -> Iterator[Button]:
        """The last reminder that there is before a model can't be tuned any more."""
        ends = [one.days_left for one in self.found.availability if one.days_left is not None and one.days_left > 0]
        soonest = [days for days in _REMINDERS if ends and days < min(ends)]
        if soonest:
            code = str(max(soonest))
            yield Button(self._wording.press(f"remind_{code}"), f"report:remind:{code}")

    def _fold(self, code: str, parts: list[Part], *facts: Any) -> Iterator[Folded]:
        if parts:
            yield Folded(self._wording.plainly("beyond", f"fold_{code}", *facts), tuple(parts))

    # ---- what would turn it

    def turning(self) -> list[str]:
        """What would turn the verdict, three lines at most, and what to find out next."""
        said = self.flips()
        if not said and not self.found.flips and self._report.verdict.hold and not self._final():
            said = [self._say("more_than_three")]
        return [*said, *([self.find_out()] if self.found.find_out_next else [])]

    def _final(self) -> bool:
        """Whether tuning is never, or no longer, the answer: then no step leads to it."""
        blocked = self._report.verdict.blocked_at
        if blocked is None:
            return False
        return self._rules.gate(blocked).row(self._report.gates[blocked - 1].reason).final

    def flips(self) -> list[str]:
        """The nearest changes that would turn it, a line each."""
        return [self._flip(flip, then) for flip, then in self._nearest()]

    def nearest(self) -> tuple["Flip", ...]:
        """Of all that would turn it what is said."""
        return tuple(flip for flip, _ in self._nearest())

    def _nearest(self) -> list[tuple["Flip", Standing]]:
        """Of a hold the fewest and easiest, of the rest the nearest of each way it would end, and the report then."""
        hold = self._report.verdict.hold
        near = sorted(filter(self._worth_saying, self.found.flips), key=self._ease if hold else self._nearness)
        said: dict[tuple[str, int | None] | int, tuple[Flip, Standing]] = {}
        for place, flip in enumerate(near[:_LOOKED_AT]):
            if len(said) == _LINES:
                break
            then = stand(self._then(flip), self._rules)
            said.setdefault(place if hold else (then.verdict.kind, then.verdict.blocked_at), (flip, then))
        return list(said.values())

    def _flip(self, flip: "Flip", then: Standing) -> str:
        answers, row = self._report.answers, self._wording.row
        anything = [one.field for one in flip.changes if _any_will_do(one)]
        changes = [
            self._wording.say("beyond", "change", one, row(one.field), answers.known(one.field), anything)
            for one in flip.changes
        ]
        code, gate = self._outcome(then)
        return self._say("flip", changes, self._wording.say("beyond", code, gate, then))

    def _outcome(self, then: Standing) -> tuple[str, Gate]:
        """What becomes of it, as a code and the gate that it is about."""
        now, gates = self._report.verdict, self._report.gates
        if not now.hold:
            blocked = then.verdict.blocked_at
            code = "blocks" if blocked else "pauses" if then.verdict.kind == "revisit_approach" else "opens"
            return code, then.gates[(blocked or (*then.verdict.open_gates, 1)[0]) - 1]
        if now.kind == "revisit_approach":
            return "trial_passes", gates[0]
        ahead = [gate for gate in gates if gate.status != "passed"]
        return "gate_passes" if len(ahead) == 1 else "all_pass", ahead[0]

    def _then(self, flip: "Flip") -> Answers:
        return self._report.answers.model_copy(update={one.field: one.value for one in flip.changes})

    def _worth_saying(self, flip: "Flip") -> bool:
        rates = [one for one in flip.changes if FIELDS[one.field].kind == "rate"]
        unknown = sum(self._report.answers.known(one.field) is None for one in rates)
        return unknown < _TWO and all(one.field in _EASE and self._far(one) <= _FAR for one in flip.changes)

    def _ease(self, flip: "Flip") -> tuple[int, int, float]:
        ease = max(_EASE[one.field] for one in flip.changes)
        return len(flip.changes), ease, sum(map(self._far, flip.changes))

    def _nearness(self, flip: "Flip") -> tuple[int, bool, float]:
        """Numbers first: what was done is not undone."""
        done = any(FIELDS[one.field].kind not in ("count", "rate", "money") for one in flip.changes)
        return len(flip.changes), done, sum(map(self._far, flip.changes))

    def _far(self, change: "Change") -> float:
        """How many times more or less, as a logarithm."""
        was, value = self._report.answers.known(change.field), change.value
        if FIELDS[change.field].kind not in ("count", "rate", "money"):
            return 0.0
        return abs(log(Decimal(value) / Decimal(was))) if was and value else _UNCOUNTED

    def find_out(self) -> str:
        """What to find out next, and how."""
        found = self.found.find_out_next
        if found is None:
            return ""
        how = [step for step in self._report.next_steps if step.id == found.how and step.id not in _LISTS]
        said = self._wording.say("steps", how[0].id, how[0].values) if how else ""
        return self._say("find_out", found, self._wording.row(found.field), said)

    # ---- how sure it is

    def sure(self) -> list[str]:
        """How far the numbers can be trusted, a sentence each."""
        return list(self._sure())

    def _sure(self) -> Iterator[str]:
        trial, power, ranges = self.found.trial, self.found.eval_power, self.found.ranges
        if trial:
            yield self._say("chance", trial)
            if trial.not_worse:
                yield self._say("not_worse", trial.not_worse)
        missed = self._miss()
        yield from missed
        if not missed and power and power.half_width_points is not None:
            yield self._say("half_width", power, self._report)
        if power and power.seen:
            yield self._say("seen", power, power.seen[len(power.seen) // 2], self._rules.poc.points)
        if ranges:
            yield from self.over_ranges()
            yield from (self._say("bar", bar, self._wording.row(bar.field)) for bar in ranges.bars[:_LINES])

    def over_ranges(self) -> list[str]:
        """Whether the money's side holds over the ranges that were given, and how likely it is where it may not."""
        ranges = self.found.ranges
        if ranges is None:
            return []
        return [self._say("ranges", ranges), *([self._say("likely", ranges.spread)] if ranges.spread else [])]

    def _miss(self) -> list[str]:
        """Whether it may be chance that the target is missed (gate 1)."""
        power = self.found.eval_power
        by_chance = power and power.miss and power.miss.not_beyond_noise
        return [self._say("miss", power, self._report)] if by_chance else []

    # ---- the year with what the chapter leaves out

    def _differs(self) -> bool:
        """Whether it ends otherwise than the chapter's."""
        year, roi = self.found.rivals.first_year if self.found.rivals else None, self._report.roi
        return bool(year and roi and year.band != roi.band)

    def _year(self, code: str) -> str:
        year = self.found.rivals.first_year if self.found.rivals else None
        return first_year_said(year, self._wording, code) if year else ""

    def year(self) -> list[str]:
        """The first year, where something of it is known, and what was not given of it."""
        year = self.found.rivals.first_year if self.found.rivals else None
        if year is None:
            return []
        told = [self._year("first_year")]
        told += [self._say("first_year_zero", year.counted_as_zero)] if year.counted_as_zero else []
        return list(filter(None, told))

    # ---- what else would do it

    def _cheaper(self, rivals: "Rivals") -> str:
        first = next(row for row in rivals.rows if (row.id, row.model) == rivals.test_first[0])
        tuned = next((row for row in rivals.rows if row.id == "tuned"), None)
        year = rivals.first_year
        return self._say("cheaper_untuned", first, self._name(first), self._report, tuned, year and year.cost_usd)

    def _rivals(self) -> Iterator[Part]:
        rivals, told = self.found.rivals, self._of_rivals()
        if rivals and self._others():
            yield table(rivals, self._names, self._wording)
        if told:
            yield Text(lines(*told))
        if rivals and rivals.priced_by and self._others():
            yield Small(self._say("priced_by", rivals.priced_by))
            yield from self._next_cheaper()

    def _next_cheaper(self) -> Iterator[Small]:
        """Why this cheaper model is looked at, and how old that list is."""
        now = self._quotes.get("usd_per_call_now")
        if now and now.cheaper:
            # A price is kept for longer than its model is sold: then nothing is said of today's.
            rows = [row for row in availability_in().vendor if now.cheaper.model in row.current]
            yield from (Small(self._say("next_cheaper", now.cheaper, row)) for row in rows[:1])

    def _others(self) -> bool:
        """Whether there are ways that the year's money does not tell already."""
        return self.found.rivals is not None and any(row.id not in _WAYS for row in self.found.rivals.rows)

    def _name(self, row: "Rival") -> str:
        return self._names.get(row.model, row.model)

    def rivals(self) -> list[str]:
        """Each way in a line, for where there are no tables, and what else there is to say of them."""
        rows = self.found.rivals.rows if self.found.rivals and self._others() else ()
        return [*(self._say("rival_line", row, self._name(row)) for row in rows), *self._of_rivals()]

    def _of_rivals(self) -> list[str]:
        rivals = self.found.rivals
        if rivals is None:
            return []
        said = [self._cheaper(rivals)] if rivals.cautions else []
        if rivals.first_year and self._others():
            said.append(self._say("on_top", rivals.first_year.cost_usd))
        hits = next((row.hit_rate for row in rivals.rows if row.hit_rate is not None), None)
        if hits is not None:
            said.append(self._say("cache_hits", hits))
        if rivals.shorter_prompt_usd:
            said.append(self._say("shorter_prompt", rivals.shorter_prompt_usd))
        return said

    # ---- what the rules don't weigh

    def unweighed(self) -> list[str]:
        """The motives that were given, and what is known of the models that were named: a vendor once."""
        said = [self._say("motive", motive) for motive in self.found.motives]
        return said + offered(self.found.availability, self._names, self._wording)


def table(rivals: "Rivals", names: Mapping[str, str], wording: Wording) -> Table:
    """A row each way; of what nobody knows anything there is no column."""
    judged = any(row.passes is not None for row in rivals.rows)
    compared = any(row.ratio is not None for row in rivals.rows)
    columns = ("rival", "call", "year", *(("ratio",) if compared else ()), *(("eval",) if judged else ()))
    head = tuple(wording.plainly("beyond", f"{code}_head") for code in columns)

    def cells(row: "Rival") -> tuple[str, ...]:
        said = {
            "rival": wording.plainly("beyond", "rival", row, names.get(row.model, row.model)),
            "call": "" if row.usd_per_call is None else usd(_FOUR.plus(row.usd_per_call)),
            "year": usd(row.usd_per_year),
            "ratio": ""
            if row.ratio is None
            else times(row.ratio if abs(row.ratio) >= _TINY else Decimal(0), wording.rules),
            "eval": wording.plainly("beyond", "passes", row),
        }
        return tuple(said[code] for code in columns)

    right = tuple(place for place, code in enumerate(columns) if code in ("call", "year", "ratio"))
    return Table(head, tuple(map(cells, rivals.rows)), right=right)


def _any_will_do(change: "Change") -> bool:
    """Whether only that it is known counts: nothing or more of it, or as much as can be or less."""
    return (change.bound, change.value) in (("at_least", 0), ("at_most", _MOST))


def offered(
    offers: "Iterable[Offer]", names: Mapping[str, str], wording: Wording, *, sourced: bool = True
) -> list[str]:
    """What vendors offer, one line each; the same of two models once. ``names`` of models, by their ids; ``sourced``:
    with where and when it was looked up."""
    once: dict[str, Offer] = {}
    for offer in offers:
        once.setdefault(offer.vendor.id if offer.vendor else offer.model, offer)
    return [
        str(wording.say("beyond", "offer", offer, names.get(offer.model, offer.model), sourced))
        for offer in once.values()
    ]


def first_year_said(year: "FirstYear", wording: Wording, code: str = "first_year") -> str:
    """The year with what the chapter leaves out; empty where none of that is given."""
    given = year.engineering_usd or year.go_live_months
    return str(wording.say("beyond", code, year, Decimal(_YEAR - year.go_live_months))) if given else ""


def sourced(
    report: Report, quotes: Mapping[str, Quote], derivations: Mapping[str, str], day: str, wording: Wording
) -> list[str]:
    """Where sums come from that were not said as such, a line each: the models and tokens of a price, as old as its
    list is on that ``day`` (of its look-up, where empty), and how others were worked out."""
    answers = report.answers
    said = [
        wording.say("prices", "kept", wording.row(field), quote, date.fromisoformat(day[:10]) if day else quote.day)
        for field, quote in quotes.items()
    ]
    said += [
        wording.say("prices", "worked_out", wording.row(field), getattr(answers, field), how)
        for field, how in derivations.items()
        if answers.known(field) is not None
    ]
    return list(map(str, said))


def named(quotes: Mapping[str, Quote]) -> dict[str, str]:
    """Models as people call them, by their ids."""
    both = (quote for one in quotes.values() for quote in (one, one.cheaper) if quote)
    return {quote.model: quote.name or quote.model for quote in both}


def asked_vendors(question: str, day: str, wording: Wording) -> list[str]:
    """What answers a question about vendors; empty for any other."""
    from advisor.beyond.facts import asked_of_vendors, availability

    models = asked_of_vendors(question)
    return offered(availability(models, _day(day), wording.rules), {}, wording) if models else []


def opinions(report: Report, wording: Wording) -> list[str]:
    """Where published guidance differs from the chapter on what was answered, one line each."""
    from advisor.beyond.facts import second_opinions

    said = [str(wording.say("beyond", "opinion", row)) for row in second_opinions(report.answers)]
    return said or [str(wording.say("beyond", "no_opinion"))]
