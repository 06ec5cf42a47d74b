"""What the card model costs: a message through `View` and `message` against the same dicts written out by hand.

pytest tests/benchmarks/test_message.py -p no:xdist --benchmark-enable -s
"""

from collections.abc import Callable
from timeit import repeat
from typing import Any

import pytest
from jinja2 import Environment
from pytest_benchmark.fixture import BenchmarkFixture

from bot.render.blockkit import message
from bot.render.view import (
    Actions,
    Button,
    Chart,
    Divider,
    Facts,
    Feedback,
    Folded,
    Header,
    Option,
    Part,
    Select,
    Series,
    Small,
    Text,
    View,
)

SAY = Environment(autoescape=False)  # noqa: S701 - mrkdwn, not HTML; the words are ours
WHY = SAY.from_string("Without {{ what }} nobody knows whether {{ model }} got *better*; it only costs ${{ cost }}.")
STEP = SAY.from_string(
    "*{{ n }}.* {% if n > 2 %}Then{% else %}First{% endif %} measure {{ what }} on {{ pairs }} pairs"
)
SUM = SAY.from_string("{{ verdict }}: {{ pairs }} evaluation pairs, ${{ cost }} a month")
WORDS = {"what": "the error rate", "model": "the small model", "cost": "1,240", "pairs": 200, "verdict": "Not yet"}
OPTIONS = [(f"Option number {i}", f"option_{i}") for i in range(6)]


def rendered() -> tuple[str, list[str], str]:
    return WHY.render(WORDS), [STEP.render(WORDS, n=n) for n in range(1, 6)], SUM.render(WORDS)


def report_rendered() -> tuple[str, list[str], str]:
    """Three steps, and two sentences of its own for each fold."""
    sentences = [STEP.render(WORDS, n=n) for n in range(1, 4 + len(FOLDS))] + [WHY.render(WORDS) for _ in FOLDS]
    return WHY.render(WORDS), sentences, SUM.render(WORDS)


def as_view(why: str, steps: list[str], summary: str) -> View:
    return View(
        (
            Header("Not yet: the problem is not measured"),
            Text(why),
            Facts((("Cost", "$1,240"), ("Pairs", "200"), ("Savings", "$310"), ("Pays back", "never"))),
            Divider(),
            *map(Text, steps),
            Divider(),
            Actions((Select("answer:goal:pick", "Choose one", tuple(Option(*o) for o in OPTIONS), "option_2"),)),
            Actions(
                (
                    Button("See the verdict", "report:show", "s1", "primary"),
                    Button("Back", "session:back", "s1", label="Back to the question before"),
                    Button("I don't know", "answer:goal:unknown", "s1"),
                )
            ),
            Divider(),
            Text(why),
            Small(summary),
        ),
        summary,
    )


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
GAINED = tuple(range(-7_900, 4_100, 1_000))
FOLDS = ("Why: the four gates", "The money in detail", "What stands against it", "Our plan", "Sources")


def as_report(why: str, steps: list[str], summary: str) -> View:
    """As a report has them: a line chart, five folds, three buttons and two thumbs."""
    parts: list[Part] = [Header("Not yet: the problem is not measured"), Text(why), Small(summary)]
    parts += map(Text, steps[:3])
    parts.append(Chart("line", "The year", MONTHS, (Series("Net", GAINED),), "month", "dollars"))
    parts += [Folded(title, (Text(steps[3 + n]), Text(steps[-1 - n]))) for n, title in enumerate(FOLDS)]
    buttons = [Button("Share", "report:share", style="primary"), Button("Change an answer", "report:change")]
    parts.append(Actions((*buttons, Button("Answer the rest anyway", "report:rest"))))
    parts.append(Feedback("feedback:thumb", Option("Helpful", "up"), Option("Not helpful", "down")))
    return View(tuple(parts), summary)


def report_by_hand(words: Callable[[], tuple[str, list[str], str]]) -> dict[str, Any]:
    why, steps, summary = words()

    def section(text: str) -> dict[str, Any]:
        return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}

    def thumb(text: str, value: str) -> dict[str, Any]:
        return {"text": {"type": "plain_text", "text": text}, "value": value}

    points = [{"label": month, "value": value} for month, value in zip(MONTHS, GAINED, strict=True)]
    buttons = [
        ("Share", "report:share"), ("Change an answer", "report:change"), ("Answer the rest anyway", "report:rest")
    ]  # fmt: skip
    elements: list[dict[str, Any]] = [
        {"type": "button", "text": {"type": "plain_text", "text": text}, "action_id": action_id}
        for text, action_id in buttons
    ]
    elements[0]["style"] = "primary"
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": "Not yet: the problem is not measured"}},
        section(why),
        {"type": "context", "elements": [{"type": "mrkdwn", "text": summary, "verbatim": True}]},
        *map(section, steps[:3]),
        {
            "type": "data_visualization",
            "title": "The year",
            "chart": {
                "type": "line",
                "series": [{"name": "Net", "data": points}],
                "axis_config": {"categories": list(MONTHS), "x_label": "month", "y_label": "dollars"},
            },
        },
        *(
            {
                "type": "container",
                "title": {"type": "plain_text", "text": title},
                "child_blocks": [section(steps[3 + n]), section(steps[-1 - n])],
                "is_collapsible": True,
                "default_collapsed": True,
            }
            for n, title in enumerate(FOLDS)
        ),
        {"type": "actions", "elements": elements},
        {
            "type": "context_actions",
            "elements": [
                {
                    "type": "feedback_buttons",
                    "action_id": "feedback:thumb",
                    "positive_button": thumb("Helpful", "up"),
                    "negative_button": thumb("Not helpful", "down"),
                }
            ],
        },
    ]
    for i, block in enumerate(blocks):
        block["block_id"] = f"s1:4.{i}"
        for place, child in enumerate(block.get("child_blocks", ())):
            child["block_id"] = f"s1:4.{i}.{place}"
    ends = f"{GAINED[0]:,} to {GAINED[-1]:,}"
    return {"text": f"{summary}\nThe year: Net {ends}", "blocks": blocks}


def by_hand(words: Callable[[], tuple[str, list[str], str]]) -> dict[str, Any]:
    why, steps, summary = words()
    options = [{"text": {"type": "plain_text", "text": text}, "value": value} for text, value in OPTIONS]
    fields = [("Cost", "$1,240"), ("Pairs", "200"), ("Savings", "$310"), ("Pays back", "never")]
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": "Not yet: the problem is not measured"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": why, "verbatim": True}},
        {
            "type": "section",
            "fields": [{"type": "mrkdwn", "text": f"*{a}*\n{b}", "verbatim": True} for a, b in fields],
        },
        {"type": "divider"},
        *({"type": "section", "text": {"type": "mrkdwn", "text": step, "verbatim": True}} for step in steps),
        {"type": "divider"},
        {
            "type": "actions",
            "elements": [
                {
                    "type": "static_select",
                    "action_id": "answer:goal:pick",
                    "options": options,
                    "placeholder": {"type": "plain_text", "text": "Choose one"},
                    "initial_option": options[2],
                }
            ],
        },
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "text": {"type": "plain_text", "text": "See the verdict"},
                    "action_id": "report:show",
                    "value": "s1",
                    "style": "primary",
                },
                {
                    "type": "button",
                    "text": {"type": "plain_text", "text": "Back"},
                    "action_id": "session:back",
                    "value": "s1",
                    "accessibility_label": "Back to the question before",
                },
                {
                    "type": "button",
                    "text": {"type": "plain_text", "text": "I don't know"},
                    "action_id": "answer:goal:unknown",
                    "value": "s1",
                },
            ],
        },
        {"type": "divider"},
        {"type": "section", "text": {"type": "mrkdwn", "text": why, "verbatim": True}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": summary, "verbatim": True}]},
    ]
    for i, block in enumerate(blocks):
        block["block_id"] = f"s1:4.{i}"
    return {"text": summary, "blocks": blocks}


BOTH = [(rendered, as_view, by_hand), (report_rendered, as_report, report_by_hand)]


@pytest.mark.parametrize(("rendered", "laid_out", "by_hand"), BOTH, ids=["card", "report"])
def test_a_card_costs_at_most_twice_what_its_dicts_written_by_hand_do(
    rendered: Callable[[], tuple[str, list[str], str]],
    laid_out: Callable[..., View],
    by_hand: Callable[[Callable[[], tuple[str, list[str], str]]], dict[str, Any]],
    benchmark: BenchmarkFixture,
) -> None:
    def through_view(words: Callable[[], tuple[str, list[str], str]]) -> dict[str, Any]:
        return message(laid_out(*words()), "s1:4")

    assert len(by_hand(rendered)["blocks"]) >= 14
    assert benchmark(through_view, rendered) == by_hand(rendered)
    if not benchmark.enabled:
        return

    def best(work: Callable[[], object], rounds: int) -> float:
        return min(repeat(work, number=rounds, repeat=1)) / rounds * 1e6

    laps = range(40)  # turn about, so that a busy machine slows both
    words = rendered()
    view = laid_out(*words)
    works: dict[str, tuple[Callable[[], object], int]] = {
        "view": (lambda: through_view(rendered), 200),
        "hand": (lambda: by_hand(rendered), 200),
        "view, no templates": (lambda: through_view(lambda: words), 200),
        "hand, no templates": (lambda: by_hand(lambda: words), 200),
        "message() alone": (lambda: message(view), 200),
    }
    times = dict.fromkeys(works, float("inf"))
    for _ in laps:
        for name, (work, rounds) in works.items():
            times[name] = min(times[name], best(work, rounds))
    ratio = times["view"] / times["hand"]
    benchmark.extra_info |= {"ratio": round(ratio, 2)} | {name: round(us, 1) for name, us in times.items()}
    print(f"\nmessage: {ratio:.2f} times the dicts by hand;", ", ".join(f"{n} {us:.1f} us" for n, us in times.items()))
    assert ratio <= 2
