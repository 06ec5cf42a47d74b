"""The types everybody else speaks: what was answered, what was computed, what was said and heard.

All models are frozen. Money is US dollars, rates are fractions 0 to 1, counts are whole numbers; a field's unit
stands in its name. Exact decimals everywhere: a float never holds money here.
"""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from itertools import groupby
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    StringConstraints,
)

Kind = Literal["choice", "yes_no", "count", "rate", "money", "name"]
Value = bool | int | Decimal | str
"""A known answer as it is stored: bool, whole count, exact rate or money, option id or name."""

UNKNOWN: Literal["unknown"] = "unknown"
Unknown = Literal["unknown"]


class Asked(NamedTuple):
    """How a field is read: its kind, for counts and money the thing or period one unit is for, of a time what it is
    counted ``of``, and the ``most`` a count or a sum can be."""

    kind: Kind
    per: Literal["", "call", "label", "failure", "month", "year"] = ""
    of: Literal["", "month"] = ""
    most: int = 10**12
    options: tuple[str, ...] = ()


def plain(number: Decimal) -> str:
    """Write a decimal without exponent or trailing zeros: ``Decimal("5E+3")`` -> ``"5000"``."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_OUT = Context(prec=28, rounding=ROUND_HALF_EVEN)


def decimal(number: Fraction) -> Decimal:
    """The nearest decimal of at most 28 significant digits, half-even: how every computed number leaves."""
    return _OUT.divide(Decimal(number.numerator), Decimal(number.denominator))


def _exact(number: Decimal) -> Decimal:
    exponent = number.as_tuple().exponent
    # A value such as 1e-999999 is finite yet would make every exact fraction of it a million digits long.
    if isinstance(exponent, int) and (exponent < -60 or len(number.as_tuple().digits) > 60):
        raise ValueError("has more digits than anybody measures: give at most 60")
    return number.copy_abs()  # the range leaves only -0 to mend


Exact = Annotated[Decimal, PlainSerializer(plain, return_type=str, when_used="json")]
_Count = Annotated[int, Field(strict=True, ge=0, le=10**12)]
_Planned = Annotated[int, Field(strict=True, ge=1, le=10**12)]
_YEAR = 12  # months
_Months = Annotated[int, Field(strict=True, ge=0, le=_YEAR)]
_Rate = Annotated[Exact, Field(ge=0, le=1), AfterValidator(_exact)]
_Money = Annotated[Exact, Field(ge=0, le=10**12), AfterValidator(_exact)]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]

Goal = Literal[
    "company_voice", "internal_knowledge", "classification", "structured_output", "refusal_policy",
    "live_facts", "smaller_model", "domain_chat", "other",
]  # fmt: skip
Cause = Literal["facts", "citation", "tone", "format", "classification", "safety_policy", "other"]
Retrieval = Literal["yes", "no", "not_needed"]
Base = Literal["instruct", "base"]

_YES_NO = Asked("yes_no")
_RATE = Asked("rate")
_COUNT = Asked("count")
YesNo = Annotated[StrictBool | Unknown | None, _YES_NO]
Rate = Annotated[_Rate | Unknown | None, _RATE]
Count = Annotated[_Count | Unknown | None, _COUNT]


class Frozen(BaseModel):
    """Base of every model here: immutable, and a misspelt field is an error."""

    # Built at first use: a start then pays only for what it needs, and half a configuration is told at once.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Answers(Frozen):
    """What a person told us, one optional field a question (chapter 32).

    Three states: ``None`` (not asked), ``"unknown"`` (asked; the person does not know), a value. Unknown is never
    read as no. Field names and option values are forever: stored answers carry them.

    Raises:
        pydantic.ValidationError: a value of the wrong type, NaN, infinite, negative or out of range; it names the
            field.
    """

    # Gate 1: are prompt and retrieval exhausted? (§1 ①, §2, §3)
    goal: Annotated[Goal | Unknown | None, Asked("choice", options=get_args(Goal))] = None
    prompt_tried: YesNo = None
    tool_use_tried: YesNo = None
    rag_tried: Annotated[Retrieval | Unknown | None, Asked("choice", options=get_args(Retrieval))] = None
    failure_cause: Annotated[Cause | Unknown | None, Asked("choice", options=get_args(Cause))] = None
    measured_pass_rate: Rate = None
    target_pass_rate: Rate = None
    large_model_meets_target: YesNo = None
    prompt_pass_rate: Rate = None
    # Gate 2: is the eval set solid? (§1 ②)
    eval_pairs: Count = None
    eval_overlaps_training: YesNo = None
    # Gate 3: does the year pay? (§1 ③, §5)
    training_pairs: Annotated[_Planned | Unknown | None, _COUNT] = None
    labeled_pairs: Count = None
    label_budget: YesNo = None
    usd_per_label: Annotated[_Money | Unknown | None, Asked("money", per="label")] = None
    training_usd: Annotated[_Money | Unknown | None, Asked("money")] = None
    upkeep_usd_per_month: Annotated[_Money | Unknown | None, Asked("money", per="month")] = None
    hosting_usd_per_month: Annotated[_Money | Unknown | None, Asked("money", per="month")] = None
    calls_per_year: Annotated[_Count | Unknown | None, Asked("count", per="year")] = None
    usd_per_call_now: Annotated[_Money | Unknown | None, Asked("money", per="call")] = None
    usd_per_call_after: Annotated[_Money | Unknown | None, Asked("money", per="call")] = None
    pass_rate_without_tuning: Rate = None
    usd_per_failure: Annotated[_Money | Unknown | None, Asked("money", per="failure")] = None
    other_savings_usd_per_year: Annotated[_Money | Unknown | None, Asked("money", per="year")] = None
    # Beside gate 3: the first year with what the chapter leaves out; no gate reads these.
    engineering_usd: Annotated[_Money | Unknown | None, Asked("money")] = None
    go_live_months: Annotated[_Months | Unknown | None, Asked("count", of="month", most=_YEAR)] = None
    # Gate 4: is retraining staffed? (§1 ④)
    retrain_pipeline: YesNo = None
    retrain_budget: YesNo = None
    retrain_owner: Annotated[_Name | None, Asked("name")] = None
    # The PoC (§5)
    poc_run: YesNo = None
    poc_training_examples: Count = None
    poc_baseline_pass_rate: Rate = None
    poc_tuned_pass_rate: Rate = None
    poc_eval_items: Count = None
    poc_gained: Count = None
    poc_lost: Count = None
    quality_parity: YesNo = None
    # The plan: data, pitfalls, operations (§5 to §7)
    labelers: Count = None
    label_guidelines: YesNo = None
    agreement_checked: YesNo = None
    domain_metric: YesNo = None
    safety_regression_checked: YesNo = None
    checkpoints_versioned: YesNo = None
    base_choice_documented: YesNo = None
    base_kind: Annotated[Base | Unknown | None, Asked("choice", options=get_args(Base))] = None
    synthetic_share: Rate = None
    label_noise: Rate = None

    def known(self, field: str) -> Any:
        """The field's value, or ``None`` when it was not asked or is not known."""
        value = self.__dict__[field]  # asked three hundred times a decision
        # A decimal that is compared with a text asks the whole tower of numbers first.
        return None if value.__class__ is str and value == UNKNOWN else value


def _asked(name: str) -> Asked:
    return next(mark for mark in Answers.model_fields[name].metadata if isinstance(mark, Asked))


FIELDS: Mapping[str, Asked] = MappingProxyType({name: _asked(name) for name in Answers.model_fields})
"""Field name -> how it is read; the one owner of kinds, units and option ids."""

Problem = Literal[
    "not_a_number", "two_numbers", "range_given", "bound_given", "ambiguous", "other_currency", "per_token",
    "unit_slip", "needs_period", "out_of_range", "not_a_name", "not_an_option",
    "which_model", "unknown_model", "needs_model", "needs_tokens", "more_cached", "no_cache_price",
]  # fmt: skip

_Usd = Annotated[Exact, Field(ge=0)]
_Tokens = Annotated[int, Field(ge=0, le=10**12)]


class Month(Frozen):
    """What one model costs in one month, USD a token. ``cache_write`` not known: a miss costs what any input does."""

    input: _Usd
    output: _Usd
    cache_read: _Usd | None = None
    cache_write: _Usd | None = None
    batch_input: _Usd | None = None
    batch_output: _Usd | None = None


def _spread(months: Any) -> Any:
    """Months that were written with how many follow alike, each by itself."""
    if isinstance(months, list) and all(isinstance(one, list) for one in months):
        return [month for many, month in months for _ in range(min(int(many), _YEAR))]
    return months


def _alike(months: tuple[Month, ...]) -> list[tuple[int, dict[str, Any]]]:
    return [(len(list(same)), month.model_dump(mode="json", exclude_none=True)) for month, same in groupby(months)]


_Prices = Annotated[
    tuple[Month, ...],
    Field(min_length=_YEAR, max_length=_YEAR),
    BeforeValidator(_spread),
    PlainSerializer(_alike, when_used="json"),
]


class Quote(Frozen):
    """A call of one model by its tokens, at the prices of the twelve months from ``day`` on.

    ``input_tokens`` hold the ``cached_tokens``, the part of the prompt that every call begins with; ``caches`` says
    that it is read from a cache today. ``version`` names the price data, ``dated`` is the day of them, if it is known.
    ``cheaper`` is the same call of the next cheaper model that its maker sells today; it is kept by itself.
    """

    model: str
    name: str = ""
    provider: str = ""
    input_tokens: _Tokens
    output_tokens: _Tokens
    cached_tokens: _Tokens = 0
    caches: bool = False
    months: _Prices
    cache_seconds: Annotated[int, Field(gt=0)] = 300
    version: str
    dated: date | None = None
    day: date
    cheaper: "Quote | None" = Field(default=None, exclude=True)


Ends = tuple[int | Exact, int | Exact]
"""The low and the high end of a range, as values of its field."""


class Reading(Frozen):
    """What a typed answer was read as.

    Exactly one of ``value`` and ``problem`` is set. ``shown`` is the reading to echo ("1.2k" -> "1,200"), without
    the question's unit. ``candidates`` are texts, each of which reads without a problem: what the person may have
    meant, to offer as buttons. ``also`` are readings of other fields that the text names ("82 % of 620 pairs").
    ``derived`` says of each candidate, or of the value, how it was worked out ("$7 x 24 x 365 / 12"), empty where it
    was said. ``quote`` is where a price comes from that was said by a model and tokens, and ``models`` (id and name)
    are those the words may mean. ``ends`` are those of the range that was given: whichever of the candidates is
    meant, it lies between them, and so does a value that was told with its range ("6k (5k-8k)").
    """

    value: Value | None = None
    problem: Problem | None = None
    shown: str = ""
    candidates: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
    also: "tuple[tuple[str, Reading], ...]" = ()
    quote: Quote | None = None
    models: tuple[tuple[str, str], ...] = ()
    ends: Ends | None = None
