"""Prices by models and tokens, among people: typed, picked, filled in, and on the quick line."""

from typing import Any

import pytest

from tests.bot.conftest import Words, Workspace, buttons
from tests.bot.test_calculator import asked, dialog
from tests.bot.test_form import form, lines, send

ADA = "U0ADA"
NOW, AFTER = "usd_per_call_now", "usd_per_call_after"


def kept(workspace: Workspace) -> list[tuple[Any, ...]]:
    workspace.quiet()
    return workspace.rows(
        f"SELECT verb, field, json_extract(json_extract(value, '$'), '$.model') FROM answers WHERE verb='quote' AND field IN ('{NOW}', '{AFTER}') ORDER BY n"  # noqa: E501, S608 - names of ours
    )


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The prices of one day, whatever day it is."""
    from bot import quotes
    from tests.prices import PRICES

    monkeypatch.setattr(quotes.Quotes, "today", lambda _: PRICES)


pytestmark = pytest.mark.usefixtures("known")


def test_a_model_and_its_tokens_are_an_answer_that_says_where_it_comes_from(workspace: Workspace) -> None:
    talk = workspace.open().up_to(NOW)
    talk.type("Opus 5.5, 4,500 in, 600 out, 3,500 cached")
    assert talk.pending == AFTER
    assert "as *$0.0167* a call without tuning" in talk.text
    assert "*Claude Opus 5.5*: 4,500 in (3,500 of them from the cache), 600 out" in talk.text
    assert "list price of 9 Nov 2026, genai-prices 0.2.3" in talk.text
    talk.type("haiku 5.5")
    assert "*$0.000435* a call on the tuned model" in talk.text
    assert kept(workspace) == [("quote", NOW, "claude-opus-5-5"), ("quote", AFTER, "claude-haiku-5-5")]
    talk.until_report()
    assert "*Claude Haiku 5.5*: 4,500 in" in talk.text, "the report's money says where its prices come from"


def test_a_name_that_may_be_several_is_picked_from_a_list(workspace: Workspace) -> None:
    talk = workspace.open().up_to(NOW)
    talk.type("opus, 4500 in, 600 out")
    assert talk.pending == NOW
    assert '"opus" may be 9 models' in talk.text
    talk.click(f"answer:{NOW}:pick", "claude-opus-5-5")
    assert "*$0.03* a call without tuning" in talk.text
    assert talk.pending == AFTER
    talk.type("haiku")
    assert f"answer:{AFTER}:claude-haiku-5-5" in buttons(talk.card), "a few are buttons"
    talk.click(f"answer:{AFTER}:claude-haiku-5-5")
    assert "*$0.00075* a call on the tuned model" in talk.text
    assert kept(workspace) == [("quote", NOW, "claude-opus-5-5"), ("quote", AFTER, "claude-haiku-5-5")]


def test_a_model_nobody_sells_is_refused_with_the_nearest_names(workspace: Workspace) -> None:
    talk = workspace.open().up_to(NOW)
    talk.type("gpt-7 mini, 2k in, 300 out")
    assert 'I have no price for "gpt-7 mini"' in talk.text
    assert "*GPT-5 mini*" in talk.text
    talk.click(f"answer:{NOW}:gpt-4.1-mini")
    assert "*gpt-4.1-mini*: 2,000 in, 300 out -&gt; $0.00128 a call" in talk.text


def test_a_form_takes_models_and_tokens_and_complains_at_the_line(workspace: Workspace) -> None:
    talk = workspace.open().up_to(NOW)
    assert {NOW, AFTER} <= set(lines(form(talk)))
    refused = send(talk, **{NOW: "opus, 4500 in, 600 out", AFTER: "haiku 5.5"})
    assert "may be 9 models" in refused["errors"][NOW]
    send(talk, **{NOW: "Opus 5.5, 4,500 in, 600 out", AFTER: "haiku 5.5"})
    assert kept(workspace) == [("quote", NOW, "claude-opus-5-5"), ("quote", AFTER, "claude-haiku-5-5")]


def test_the_quick_line_takes_models_and_a_full_check_takes_them_along(workspace: Workspace, words: Words) -> None:
    line = "1M calls/yr, now Opus 5.5, 4,500 in, 600 out -> haiku 5.5, 5k labels at $1, gpu 500, upkeep 200/mo"
    card = asked(workspace, line)
    assert "*3.7x*" in words(card)  # (0.03 - 0.00075) x 1M / 7,900
    assert "*Claude Opus 5.5*: 4,500 in, 600 out" in words(card)
    assert workspace.slack.click(ADA, card["ts"], "roi:check", channel="C0GENERAL") == 200
    assert kept(workspace) == [("quote", NOW, "claude-opus-5-5"), ("quote", AFTER, "claude-haiku-5-5")]


def test_the_quick_dialog_reads_them_too(workspace: Workspace) -> None:
    slack = workspace.slack
    card = asked(workspace, "1M calls/yr")
    slack.click(ADA, card["ts"], "roi:adjust", channel="C0GENERAL")
    dialog(workspace)
    figures = {
        "calls_per_year": "1M", NOW: "Opus 5.5, 4,500 in, 600 out", AFTER: "haiku 5.5", "training_pairs": "5k",
        "usd_per_label": "$1", "training_usd": "500", "upkeep_usd_per_month": "200",
    }  # fmt: skip
    shown = slack.submit(ADA, figures)
    assert "*3.7x*" in str(shown["view"])


def test_a_check_that_was_priced_goes_on_after_a_restart(workspace: Workspace) -> None:
    talk = workspace.open().up_to(NOW)
    talk.type("opus, 4500 in, 600 out")
    workspace.restart()
    talk.click(f"answer:{NOW}:pick", "claude-opus-5-5")
    assert "*$0.03* a call without tuning" in talk.text
