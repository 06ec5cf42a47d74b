"""The words for codes. Every sentence stands in ``prompts/say``, what a model is asked in ``prompts/llm``.

Pure but for reading the templates once. Text a person typed is escaped on its way through Jinja (``finalize``), so
no template can forget it.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import cache
from html import unescape
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from advisor.conversation import Note, Reply
from advisor.figures import in_words, short, usd
from advisor.loader import load_rules
from advisor.model import FIELDS, UNKNOWN, Ends, Quote, Reading, decimal, plain
from advisor.pattern import pattern
from advisor.poc import is_cost_project
from advisor.prices import steps, usd_today
from advisor.reading import read, show
from advisor.reading.currency import SIGNS, currency_in
from advisor.reading.stumble import stumble
from advisor.report import Gate, Report
from advisor.roi import RANGED, failures_saved_per_call
from advisor.rulebook import Question, Rules
from bot.render.view import (
    clean,
    escape,
)

_FAMILIES = (
    "reasons", "verdicts", "cautions", "pitfalls", "operations", "checklist", "steps", "problems", "notes", "cards",
    "chrome", "buttons", "form", "quick", "record", "home", "bank", "slots", "rules",
    "prices", "beyond",
)  # fmt: skip
_PERSON = pattern(r"<@[UW][A-Z0-9]{2,20}>")
_SPACES = pattern(r"[^\S\n]+")
_TOGETHER = pattern(r"(?<=\d) (?=%|[①-⑧])|[✅⛔⬜] \d [^·\n]*[^·\s](?: ·)?")
"""What stays on one line: "87 %", "§1 ②", and a gate's mark with its name and the dot behind it."""
STATUS = {"passed": "✅ Passed", "blocked": "⛔ Blocked", "unproven": "⬜ Open"}
MARK = {"done": "✅ done", "open": "⬜ open", "unknown": "❔ not known"}


_TASKS = 3
_RARE = Decimal("0.001")
"""A chance below it has no more digits."""

_CIRCLED = "①②③④⑤⑥⑦⑧"


def anchor_of(cite: str) -> str:
    """Where a section stands among the rules to read: "s1-3" of "§1 ③"."""
    number, _, part = cite.removeprefix("§").partition(" ")
    return f"s{number}-{_CIRCLED.index(part) + 1}" if part else f"s{number}"


def joined(source: str) -> str:
    """A template's text: a line that ends in a backslash goes on in the next one."""
    return source.replace("\\\n", "")


class _Templates(FileSystemLoader):
    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, is_current = super().get_source(environment, template)
        return joined(source), path, is_current


class Wording:
    """Finds the words for codes."""

    def __init__(self, rules: Rules, model: str = "", *, prose: bool = False, rules_url: str = "") -> None:
        """``model`` is the name of the one that may word things, empty without; ``rules_url`` where the rules can be
        read (``docs/rules.md``), empty where nowhere."""
        from importlib.resources import files

        self.rules, self._rules_url = rules, rules_url
        env = Environment(
            loader=_Templates([str(files("prompts") / folder) for folder in ("say", "llm", "page")]),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_safe,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        env.globals |= {
            "show": show,
            "label": label,
            "within": within,
            "ranged_fields": RANGED,
            "usd": usd,
            "count": count,
            "times": lambda ratio: times(ratio, rules),
            "usd_at_most": usd_at_most,
            "points": lambda delta: points(delta, rules),
            "points_of": lambda delta: points(abs(delta), rules).removeprefix("+"),
            "ship_bar": _ship_bar,
            "tenth": tenth,
            "signed": signed,
            "percent": lambda share: f"{tenth(100 * share)} %",
            "chance_of": chance_of,
            "by_ship_bar": lambda report: _by_ship_bar(report, rules),
            "failures_a_call": lambda report: decimal(failures_saved_per_call(report.answers)),
            "days": days,
            "months": months,
            "words": in_words,
            "short": short,
            "fields": self._fields,
            "lacking": self._fields,
            "listed": lambda names: Markup(_listed([str(name) for name in names])),  # noqa: S704 - sentences of ours
            "tasks": tasks,
            "unknowns": lambda report: [field for field, value in report.answers if value == UNKNOWN],
            "row": self.row,
            "traits": lambda codes: _listed([str(self.say("bank", "trait", code)) for code in codes]),
            "gates": gates_named,
            "method": lambda report: (report.verdict.method or "").upper(),
            "earlier_open": _earlier_open,
            "reason": lambda gate, report: self.say("reasons", gate.reason, gate, gate.values, report),
            "echo": self._echo,
            "problem": self._problem,
            "reading_problem": self._reading_problem,
            "departure_rows": rules.departures,
            "rules": rules,
            "source": rules.source,
            "cited": self.cited,
            "currency": lambda text: SIGNS.get(code := currency_in(text)) or (code and f"{code} "),
            "stumble": stumble,
            "most": lambda field: FIELDS[field].most,
            "has_digit": lambda text: any(map(str.isdigit, text)),
            "insisted": lambda field, text: read(field, text, confirmed=True).shown,
            "date": day,
            "usd_today": lambda quote: decimal(usd_today(quote) or Fraction(0)),
            "price_steps": lambda quote: [(at, decimal(usd)) for at, usd in steps(quote)],
            "first_month": _first_month,
            "usd_mtok": lambda usd_a_token: f"${plain(usd_a_token * 10**6)}",
            "month": lambda at: f"{at:%B %Y}",
            "model_name": model,
            "model_prose": prose,
        }
        env.filters |= {"yaml": _yaml, "channels": _channels, "markdown": _markdown}
        self._env = env
        self._modules = {name: env.get_template(f"{name}.j2").module for name in _FAMILIES}
        self._briefs = env.get_template("briefs.j2").module
        self._always = cache(self._said)  # what is said without facts is always the same
        self._plain = cache(lambda said: unescape(str(said)))

    def say(self, family: str, code: str, *facts: Any) -> Markup:
        """The sentence for a code, its numbers filled in, escaped for mrkdwn.

        Raises:
            AttributeError: no words stand for the code; a test keeps that from happening.
        """
        return self._said(family, code, facts) if facts else self._always(family, code)

    def _said(self, family: str, code: str, facts: tuple[Any, ...] = ()) -> Markup:
        macro: Callable[..., str] = getattr(self._modules[family], code)
        text = _SPACES.sub(" ", str(macro(*facts))).strip()
        text = _TOGETHER.sub(lambda found: found[0].replace(" ", "\u00a0"), text)
        return Markup(text)  # noqa: S704 - the template escaped every fact

    def plainly(self, family: str, code: str, *facts: Any) -> str:
        """The same where Slack takes plain text: nothing escaped."""
        said = self.say(family, code, *facts)
        return unescape(str(said)) if facts else self._plain(said)

    def press(self, code: str, *facts: Any) -> str:
        """What stands on a button, or in the four lines of the question before it."""
        return self.plainly("buttons", code, *facts)

    def titled(self, reply: Reply) -> str:
        """What a check is called: one whose words were dropped has no title of its own."""
        return reply.title or self.plainly("chrome", "untitled")

    def cited(self, cite: str) -> Markup:
        """The sections of a rule ("§5, §7"), each a link to where it can be read if that is known."""
        if not self._rules_url:
            return Markup(escape(cite))  # noqa: S704 - escaped here
        links = (f"<{self._rules_url}#{anchor_of(each)}|{each}>" for each in cite.split(", "))
        return Markup(", ").join(Markup(link) for link in links)  # noqa: S704 - an address of ours

    def document(self, name: str, **facts: Any) -> str:
        """A whole plain-text document; nothing in it is escaped for Slack."""
        text = self._env.overlay(autoescape=False, finalize=str).get_template(name).render(**facts)
        return text.strip() + "\n"

    def prompt(self, name: str, **facts: Any) -> tuple[str, str]:
        """What a model is told for a task, and the version of that text, such as "prose 1"."""
        source = self._env.loader.get_source(self._env, f"{name}.j2")[0]  # type: ignore[union-attr]
        version = re.match(r"\{# version (\d+) #\}", source)
        return self.document(f"{name}.j2", **facts), f"{name} {version[1] if version else 0}"

    def lead(self, report: Report) -> Markup:
        """The sentence below the headline."""
        return self.say("verdicts", "lead", report)

    def headline(self, report: Report) -> Markup:
        """The verdict in one plain line."""
        code = report.verdict.kind
        if report.verdict.blocked_at:
            return self.say("verdicts", report.gates[report.verdict.blocked_at - 1].reason, report)
        return self.say("verdicts", code, report)

    def money(self, report: Report) -> dict[str, str]:
        """The lines of the year's money, by what they are about; those with nothing to say are left out."""
        parts = ("ratio", "savings", "cost", "break_even", "payback", "zero")
        said = {part: str(self.say("cards", f"money_{part}", report)) for part in parts}
        return {part: line for part, line in said.items() if line}

    def brief(self, code: str, gate: Gate | None, report: Report) -> str:
        """What a model is given to say in other words: a reason's sentence, its figures as ``{{placeholders}}``."""
        macro: Callable[..., str] = getattr(self._briefs, code)
        return str(macro(gate, report, "{{{{{}}}}}".format))

    def _problem(self, note: Note, row: Question) -> Markup:
        return self._reading_problem(note.reading, note.text, row)

    def _reading_problem(self, reading: Reading | None, text: str, row: Question) -> Markup:
        """Why a text was not taken; a sum that was worked out of it says how."""
        if reading and reading.derived:
            return self.say("prices", "asked_back", text, reading, row)
        return self.say("problems", (reading and reading.problem) or "not_an_option", text, reading, row)

    def _echo(self, note: Note, row: Question) -> Markup:
        return self.say("cards", "echo", note, row)

    def row(self, field: str) -> Any:
        """A question's row; ``None`` for the title, the description, nothing."""
        return self.rules.question(field) if field in FIELDS else None

    def _fields(self, names: Iterable[str]) -> Markup:
        return Markup(escape(_listed([self.rules.question(name).short for name in names])))  # noqa: S704 - escaped


def _first_month(quote: Quote) -> Decimal:
    """What a call costs before its price changes."""
    return decimal(usd_today(quote.model_copy(update={"months": quote.months[:1]})) or Fraction(0))


def day(stamp: str) -> str:
    """A date for people: "2026-11-23T10:00:00Z" -> "23 Nov 2026"."""
    return f"{date.fromisoformat(stamp[:10]):%-d %b %Y}"


def _channels(places: str | list[str]) -> Markup:
    """Channels and links of ours, kept as Slack marks them: they come from Slack, never from a person."""
    text = places if isinstance(places, str) else ", ".join(places)
    return Markup(text if re.fullmatch(r"(?:(?:<#[A-Z0-9]+>|https?://[^\s<>|]+)(?:, )?)*", text) else escape(text))  # noqa: S704


def _yaml(text: str) -> str:
    return json.dumps(" ".join(clean(text).split()), ensure_ascii=False)


def _markdown(text: str) -> str:
    """A person's words in a document that others render: no HTML of theirs, nothing loaded from elsewhere, no heading,
    list or rule of their own."""
    lines = (re.sub(r"^\s*(?=[#>+*=-]|\d+[.)]\s|`{3}|~{3})", r"\\", line) for line in text.splitlines())
    return re.sub(r"!\[", r"!\\[", "\n".join(lines).replace("&", "&amp;").replace("<", "&lt;"))


def _safe(value: Any) -> Any:
    """What a template prints: escaped for Slack unless it is a sentence of ours already. A person named by mention
    stays one, in the DM of whoever named them; records in channels take it out again."""
    if hasattr(value, "__html__") or (isinstance(value, str) and _PERSON.fullmatch(value)):
        return Markup(value)  # noqa: S704 - ours, or nothing but an id
    return Markup(escape(str(value)))  # noqa: S704 - escaped here


def untouched(gate: Gate, report: Report) -> bool:
    """Whether a gate was left out because another one decides."""
    asked = gate.values or asked_in_vain(gate, report)
    return gate.status == "unproven" and not asked and report.verdict.blocked_at is not None


def asked_in_vain(gate: Gate, report: Report) -> list[str]:
    return [field for field in gate.missing if getattr(report.answers, field) == UNKNOWN]


def tasks(missing: Sequence[str]) -> list[str]:
    """Of what a gate has to be told, what a step names: three, and the eval pairs only where nothing else is missing,
    since counting them is a step of its own."""
    return [field for field in missing if field != "eval_pairs" or len(missing) == 1][:_TASKS]


def label(row: Question, value: Any) -> str:
    """A value as the question's buttons name it, else as it is shown."""
    return next((option.label for option in row.options if option.id == value), show(row.id, value))


def within(field: str, ends: Ends | None) -> str:
    """The range an answer was given with, as it stands behind it."""
    return f" ({'–'.join(show(field, end) for end in ends)})" if ends else ""


def lines(*sentences: object) -> str:
    """Sentences below one another."""
    return "\n".join(str(sentence) for sentence in sentences)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _ship_bar(report: Report) -> Decimal | None:
    """The pass rate from which a trial goes on without five points: a cost project's target."""
    target: Decimal | None = report.answers.known("target_pass_rate")
    return target if is_cost_project(report.answers) else None


def _by_ship_bar(report: Report, rules: Rules) -> bool:
    """Whether a trial that goes on has only its ship bar to go by, since it gained too little."""
    bar, tuned = _ship_bar(report), report.answers.known("poc_tuned_pass_rate")
    return report.poc is not None and report.poc.delta_points < rules.poc.points and bar is not None and tuned >= bar


def _earlier_open(report: Report) -> list[int]:
    blocked = report.verdict.blocked_at or 0
    return [number for number in report.verdict.open_gates if number < blocked]


def gates_named(numbers: list[int]) -> str:
    """Gate numbers in words: [1] -> "gate 1", [1, 2] -> "gates 1 and 2"."""
    return ("gate " if len(numbers) == 1 else "gates ") + _listed([str(number) for number in numbers])


def usd_at_most(amount: Decimal) -> str:
    """The same for a limit: rounded down, so that it holds as it is written."""
    return usd(amount.quantize(Decimal(1) if abs(amount) >= 100 else Decimal("0.01"), ROUND_FLOOR))


def count(number: int | Decimal) -> str:
    """A whole number with thousands separators."""
    return f"{int(number):,}"


def times(ratio: Decimal, rules: Rules | None = None) -> str:
    """A ratio as "3.67x"; more digits where two would round it to or across 0 or a line of the rules (the shipped ones
    if none are given), so that it never contradicts a gate."""
    rules = rules or load_rules()
    across = (0, rules.gate(3).threshold or 0, rules.roi.safe_from_ratio)
    sign = "−" if ratio < 0 else ""
    for places in ("0.01", "0.0001", "0.00000001"):
        rounded = ratio.quantize(Decimal(places), ROUND_HALF_EVEN)
        if all((rounded > line) == (ratio > line) and (rounded >= line) == (ratio >= line) for line in across):
            return f"{sign}{plain(abs(rounded))}x"
    return f"{sign}{plain(abs(ratio))}x"


def points(delta: Decimal, rules: Rules) -> str:
    """Percentage points with their sign: "+4.9 points"; all digits where two would cross what a trial has to gain."""
    wanted, rounded = rules.poc.points, delta.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    rounded = rounded if (delta < wanted) == (rounded < wanted) else delta
    sign = "+" if delta > 0 else "−" if delta < 0 else ""
    return f"{sign}{plain(abs(rounded))} {'point' if abs(rounded) == 1 else 'points'}"


def tenth(number: Decimal) -> str:
    """An estimate, to one place: more would say more than is known."""
    return f"{number:.1f}"


def signed(points: Decimal) -> str:
    """The same of points that are gained or lost, "+4.9"."""
    text = plain(abs(round(points, 1)))
    return text if text == "0" else f"{'+' if points > 0 else '−'}{text}"


def chance_of(share: Decimal) -> str:
    """A chance, to two digits: "8.5 %"; what is next to nothing, or to all, is said to be."""
    if share < _RARE:
        return f"less than {plain(100 * _RARE)} %"
    if share > 1 - 10 * _RARE:
        return f"more than {plain(100 - 1000 * _RARE)} %"
    return f"{100 * share:.2g} %"


def days(number: int) -> str:
    """Working days."""
    return f"{number:,} working day{'' if number == 1 else 's'}"


def months(number: Decimal) -> str:
    """Months, to one place."""
    text = plain(number.quantize(Decimal("0.1"), ROUND_HALF_EVEN))
    return f"{text} month{'' if text == '1' else 's'}"
