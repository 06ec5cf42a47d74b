"""What a model adds to a report, end to end: after the card, in place, labelled, and never needed."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from bot.check.rewording import ALL_A_DAY, PERSON_A_DAY, WORKSPACE_A_DAY
from bot.messages import OutgoingMessage
from bot.store.database import Connection
from bot.store.queue import write
from bot.store.sqlite import sqlite3
from tests.bot.conftest import Decide, Talk, Words, Workspace, as_written
from tests.wording.model import CANARY, FAULTS, Exchange, ScriptedModel, hang, honest

ADA, LIN, TEAM = "U0ADA", "U0LIN", "T0LOCAL"
MODEL = "claude-haiku-5-5"


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel().up() as made:
        yield made


WithModel = Callable[..., Workspace]


@pytest.fixture
def with_model(model: ScriptedModel, over_http_with: Callable[..., Workspace]) -> WithModel:
    """A workspace whose bot has a model behind it."""

    def make(mode: str = "prose") -> Workspace:
        return over_http_with(ANTHROPIC_API_KEY="sk-test", ANTHROPIC_BASE_URL=model.url, ADVISOR_WORDING=mode)

    return make


def worded(talk: Talk) -> str:
    """What stands below "In other words" on the card."""
    return talk.text.partition("In other words")[2]


def blocks_of(talk: Talk) -> list[dict[str, Any]]:
    """What the card shows; ids are new with every edition."""
    return list(json.loads(re.sub(r'"block_id": "[^"]*"', '"block_id": ""', json.dumps(talk.card["blocks"]))))


def said_last(talk: Talk) -> str:
    return str(talk.said_by_bot()[-1]["text"])


def home_of(workspace: Workspace) -> str:
    """The Home tab, opened."""
    workspace.slack.open(ADA, "home")
    workspace.quiet()
    return json.dumps(workspace.slack.home(ADA))


def press_home(workspace: Workspace, action_id: str) -> None:
    view = workspace.home(ADA)
    assert workspace.slack.click(ADA, action_id=action_id, view_id=view["id"]) == 200
    workspace.quiet()


# ---- the reasons in other words


def test_the_card_is_complete_before_the_model_is_asked_and_its_words_come_in_place(
    with_model: WithModel, model: ScriptedModel
) -> None:
    asked_after: list[Any] = []

    def behave(exchange: Exchange) -> None:
        asked_after.append(blocks_of(talk))
        honest(exchange)

    model.behave = behave
    workspace = with_model()
    talk = workspace.open()
    talk.until_report()
    card = talk.card["ts"]
    talk.slack.wait_for(lambda: "In other words" in talk.text)
    (before,) = asked_after
    assert "Yes, start small: run a trial" in json.dumps(before)
    assert "In other words" not in json.dumps(before)
    assert talk.card["ts"] == card, "edited in place"
    assert "The year comes to ROI 3.67x (savings / cost), with $29,000 saved a year and $7,900 of cost" in worded(talk)
    assert f"Worded by a model ({MODEL}); the verdict and the numbers are computed." in worded(talk)
    assert blocks_of(talk)[: len(before)] == before, "nothing above it has changed"


def test_a_sentence_that_may_not_stand_is_ours_and_the_report_notes_how_many_stood(
    with_model: WithModel, model: ScriptedModel
) -> None:
    model.behave = lambda exchange: exchange.word(exchange.briefs | {"gate_3": f"Start today, {CANARY}."})
    workspace = with_model()
    talk = workspace.open().until_report()
    talk.slack.wait_for(lambda: "In other words" in talk.text)
    assert "The year returns 3.67x what it costs" in worded(talk)
    assert CANARY not in talk.text
    noted = workspace.rows("SELECT model, prompt, asked, kept FROM wordings")
    assert noted == [(MODEL, "prose 2", 5, 4)]


def test_what_is_kept_of_a_model_has_no_figure_in_it(with_model: WithModel) -> None:
    """The sentences lie in the database with their placeholders open; figures come from the report when it is drawn."""
    workspace = with_model()
    talk = workspace.open().until_report()
    talk.slack.wait_for(lambda: "In other words" in talk.text)
    kept = json.loads(workspace.rows("SELECT sentences FROM wordings")[0][0])
    assert kept
    assert not any(re.search(r"\d", text) for text in kept.values())


@pytest.mark.parametrize("fault", ["broken", "no json", "refusal", "cut"])
def test_without_a_good_answer_the_card_stays_as_it_was(
    with_model: WithModel, model: ScriptedModel, fault: str
) -> None:
    model.behave = FAULTS[fault]
    workspace = with_model()
    talk = workspace.open().until_report()
    before = talk.card
    workspace.quiet()
    assert talk.card == before
    assert "In other words" not in talk.text
    assert workspace.rows("SELECT * FROM wordings") == []


def test_a_report_that_was_revised_meanwhile_is_not_drawn_over(with_model: WithModel, model: ScriptedModel) -> None:
    """The words of the first report come when another one stands already."""
    workspace = with_model()
    held: list[Exchange] = []

    def behave(exchange: Exchange) -> None:
        held.append(exchange)
        if len(held) == 1:
            talk.slack.wait_for(lambda: "Not yet: somebody has to keep it trained" in talk.text)
        exchange.word({id: text for id, text in exchange.briefs.items() if len(held) > 1 or id != "gate_4"})

    model.behave = behave
    talk = workspace.open()
    talk.until_report()
    talk.click("report:change").click("session:edit", "retrain_budget").click("answer:retrain_budget:no")
    talk.slack.wait_for(lambda: len(held) == 2 and "In other words" in talk.text)
    assert "For retraining each quarter this is missing: retraining budget." in worded(talk)


@pytest.mark.parametrize(("typed", "shown"), [("change", "session:edit"), ("review", "Your answers so far")])
def test_words_that_come_while_something_else_is_looked_at_wait_for_the_next_card(
    with_model: WithModel, model: ScriptedModel, typed: str, shown: str
) -> None:
    workspace, free = with_model(), threading.Event()

    def behave(exchange: Exchange) -> None:
        assert free.wait(60)
        exchange.word(exchange.briefs)

    model.behave = behave
    talk = workspace.open().until_report().type(typed)
    before = talk.card
    free.set()
    workspace.quiet()
    assert talk.card == before
    assert shown in json.dumps(talk.card)
    assert workspace.rows("SELECT kept > 0 FROM wordings") == [(1,)]
    assert "In other words" in talk.type("report").text


def test_words_come_for_a_check_that_begins_with_all_its_answers(
    with_model: WithModel, decided: Decide, words: Words
) -> None:
    """Its thread is known only when Slack has taken its card."""
    made = decided(with_model())
    made.slack.wait_for(lambda: "In other words" in words(made.card))


def test_a_start_without_the_model_shows_nothing_of_it_and_takes_up_what_it_left(with_model: WithModel) -> None:
    workspace = with_model()
    talk = workspace.open().until_report()
    talk.slack.wait_for(lambda: "In other words" in talk.text)
    told = {"user": ADA, "name": "ada", "check": "", "version": 1, "question": "why?"}
    row = {"method": "chat.postMessage", "args": {"channel": "D0ADA", "text": "so"}, "lane": ADA, "team": TEAM}
    said = json.dumps(row | {"after": "followed", "context": told})
    insert = (
        "INSERT INTO outbox (enterprise, team, lane, said, at) VALUES ('', :team, :lane, :said, '2026-01-01T00:00:00Z')"
    )
    workspace.slack.wait_idle()
    workspace.bot.store.turn(lambda conn: conn.execute(insert, {"team": TEAM, "lane": ADA, "said": said}))
    workspace.stop()
    workspace.environ = {}
    workspace.start()
    workspace.quiet()
    assert [message["text"] for message in talk.slack.messages("D0ADA")].count("so") == 1
    assert "In other words" not in talk.type("checklist").text


def test_who_turned_it_off_does_not_see_what_was_worded_before(with_model: WithModel) -> None:
    workspace = with_model()
    talk = workspace.open().until_report()
    talk.slack.wait_for(lambda: "In other words" in talk.text)
    home_of(workspace)
    press_home(workspace, "home:wording")
    assert "In other words" not in talk.type("checklist").text


def test_an_old_report_that_is_looked_at_under_newer_rules_is_not_worded_again(
    with_model: WithModel, model: ScriptedModel
) -> None:
    workspace = with_model()
    talk = workspace.open().until_report()
    workspace.quiet()
    older = 'UPDATE reports SET body = replace(body, \'"rules_version":"1.0"\', \'"rules_version":"0.9"\')'
    workspace.bot.store.turn(lambda conn: (conn.execute(older), as_written(conn)))
    talk.type("checklist").type("review").type("checklist")
    workspace.quiet()
    assert len(model.requests) == 1
    assert "0.9" in str(workspace.rows("SELECT body FROM reports")), "what was decided stays as it was decided"


def test_a_record_and_an_export_have_no_word_of_the_model(with_model: WithModel, decided: Decide, words: Words) -> None:
    workspace = with_model()
    made = decided(workspace)
    made.slack.wait_for(lambda: "In other words" in words(made.card))
    assert "In other words" not in json.dumps(made.share())
    made.press("report:export")
    workspace.quiet()
    files = [made.slack.file(one["id"]).decode() for one in made.slack.messages("D0ADA")[-1]["files"]]
    assert len(files) == 3
    assert not any("In other words" in text or "of cost a year" in text for text in files)


def test_nothing_a_person_wrote_goes_to_the_model(with_model: WithModel, model: ScriptedModel) -> None:
    """Not the description, the title, the owner's name; of a report only codes and sentences of ours, figures open."""
    workspace = with_model()
    talk = workspace.open("Operation Bluebird: our support tone")
    talk.until_report()
    talk.slack.wait_for(lambda: "In other words" in talk.text)
    talk.type("rename").type("Bluebird two")
    workspace.quiet()
    sent = json.dumps(model.requests)
    assert "Bluebird" not in sent
    assert "Okafor" not in sent
    assert "R. Okafor" in worded(talk), "the name is put in here"
    told = " ".join(request["messages"][0]["content"] for request in model.requests)
    assert re.findall(r"\d", re.sub(r"gate_\d", "", told)) == []


# ---- questions in a person's own words


def test_a_question_after_the_report_is_answered_from_our_own_sentences(over_http: Workspace) -> None:
    talk = over_http.open().until_report({"goal": "live_facts"})
    card = talk.card
    over_http.slack.say(ADA, "but why not now?", thread_ts=talk.root)
    over_http.quiet()
    answer = talk.said_by_bot()[-1]
    assert "No fine-tuning here: answer from live sources" in answer["text"]
    assert "Fixed sentences, found by the words you used." in json.dumps(answer)
    assert talk.messages()[1] == card, "the card stays where it is"


def test_a_question_we_do_not_understand_is_met_with_three_that_can_be_pressed(over_http: Workspace) -> None:
    talk = over_http.open().until_report({"goal": "live_facts"})
    over_http.slack.say(ADA, "lovely weather, isn't it?", thread_ts=talk.root)
    over_http.quiet()
    assert "I don't know what to say to" in said_last(talk)

    def answered_after(seen: int) -> bool:
        return len(talk.said_by_bot()) > seen

    asks = talk.card["blocks"][-1]["elements"]
    assert [ask["text"]["text"] for ask in asks] == ["Why this verdict?", "What would change it?", "What is the trial?"]
    for ask in asks:
        seen = talk.said_by_bot()
        over_http.slack.click(ADA, talk.card["ts"], ask["action_id"], talk.channel)
        talk.slack.wait_for(partial(answered_after, len(seen)))
        assert "I don't know" not in said_last(talk)


def test_a_question_back_to_a_question_is_answered_and_the_question_stays(over_http: Workspace) -> None:
    talk = over_http.open().up_to("eval_pairs")
    talk.type("what is an eval set?")
    assert talk.pending == "eval_pairs"
    talk.type("how would Napoleon count them?")
    assert talk.pending == "eval_pairs"
    said = json.dumps(talk.said_by_bot())
    assert "a fixed list of real questions" in said, "the answer stays when the talk goes on"
    assert "Without a fixed set nobody can tell whether tuning helped" in said
    talk.type("what if labels cost €2?")
    assert "I can't compute that as you put it" in json.dumps(talk.said_by_bot())
    assert talk.pending == "eval_pairs"
    assert talk.type("1.2k").pending == "measured_pass_rate"


def test_the_model_may_choose_better_and_what_it_chose_takes_the_place_of_ours(
    with_model: WithModel, model: ScriptedModel
) -> None:
    workspace = with_model("select")
    model.behave = lambda exchange: exchange.choose("owner", "gate_4")
    talk = workspace.open().until_report()
    workspace.slack.say(ADA, "lovely weather, isn't it?", thread_ts=talk.root)
    talk.slack.wait_for(lambda: "R. Okafor owns the retraining" in said_last(talk))
    assert f"chosen by a model ({MODEL})" in json.dumps(talk.said_by_bot()[-1])
    assert "In other words" not in talk.text, "select words nothing"


def test_the_question_is_the_only_thing_of_a_persons_that_a_model_sees(
    with_model: WithModel, model: ScriptedModel
) -> None:
    workspace = with_model("select")
    talk = workspace.open("Operation Bluebird: our support tone").until_report()
    assert model.requests == []
    workspace.slack.say(ADA, "why not ask Napoleon?", thread_ts=talk.root)
    workspace.quiet()
    (sent,) = model.requests
    assert sent["messages"] == [{"role": "user", "content": "why not ask Napoleon?"}]
    assert "Bluebird" not in json.dumps(sent)
    assert "Okafor" not in json.dumps(sent)


@pytest.mark.parametrize("text", ["thanks", "Acme Corp signed, call Jane Doe on 555 1234", "noted. next week then"])
def test_what_is_no_question_never_reaches_a_model(with_model: WithModel, model: ScriptedModel, text: str) -> None:
    workspace = with_model("select")
    talk = workspace.open().until_report()
    workspace.slack.say(ADA, text, thread_ts=talk.root)
    workspace.quiet()
    assert model.requests == []
    assert ("Any time." in said_last(talk)) == (text == "thanks")


def test_a_question_that_supposes_other_figures_is_computed_and_not_chosen(
    with_model: WithModel, model: ScriptedModel
) -> None:
    workspace = with_model("select")
    talk = workspace.open().until_report()
    card = talk.card
    workspace.slack.say(ADA, "what if we only had 100k calls a year?", thread_ts=talk.root)
    workspace.quiet()
    answer = json.dumps(talk.said_by_bot()[-1], ensure_ascii=False)
    assert "With calls a year at *100,000* (now 1,000,000) the verdict would be *Not on these numbers" in answer
    assert "ROI *0.37x*" in answer
    assert "nothing was changed" in answer
    assert model.requests == []
    assert talk.card == card
    assert workspace.rows("SELECT value FROM answers WHERE field='calls_per_year'") == [("1000000",)]


def test_a_model_that_chooses_nothing_or_fails_leaves_our_answer(with_model: WithModel, model: ScriptedModel) -> None:
    workspace = with_model("select")
    talk = workspace.open().until_report()
    for behave in (lambda exchange: exchange.choose(), FAULTS["broken"], FAULTS["wrong ids"]):
        model.behave = behave
        workspace.slack.say(ADA, "why?", thread_ts=talk.root)
        workspace.quiet()
        assert "found by the words you used" in json.dumps(talk.said_by_bot()[-1])


def test_a_question_of_ours_that_was_pressed_needs_no_model(with_model: WithModel, model: ScriptedModel) -> None:
    workspace = with_model("select")
    model.behave = lambda exchange: exchange.choose()
    talk = workspace.open().until_report()
    workspace.slack.say(ADA, "lovely weather, isn't it?", thread_ts=talk.root)
    workspace.quiet()
    assert len(model.requests) == 1
    workspace.slack.click(ADA, talk.card["ts"], "ask:why", talk.channel)
    workspace.quiet()
    assert "found by the words you used" in json.dumps(talk.said_by_bot()[-1])
    assert len(model.requests) == 1


def test_the_answer_to_a_question_back_is_read_out_too(over_http: Workspace) -> None:
    """A screen reader and a notification have the text alone."""
    talk = over_http.open().up_to("eval_pairs").type("what is an eval set?")
    assert any("a fixed list of real questions" in message["text"] for message in talk.said_by_bot())
    assert "How many" in talk.card["text"]


# ---- whether to ask at all


def test_a_days_budget_ends_the_asking_and_nothing_else(with_model: WithModel, model: ScriptedModel) -> None:
    workspace = with_model("select")
    talk = workspace.open().until_report()
    day = time.strftime("%Y-%m-%d", time.gmtime())
    workspace.bot.store.turn(
        lambda conn: conn.execute(
            "INSERT INTO calls VALUES (:day, 'T0LOCAL', :who, :n)", {"day": day, "who": ADA, "n": PERSON_A_DAY - 1}
        )
    )
    for _ in range(3):
        workspace.slack.say(ADA, "why?", thread_ts=talk.root)
        workspace.quiet()
        assert "Yes, start small" in said_last(talk)
    assert len(model.requests) == 1
    assert workspace.rows("SELECT sum(n) FROM calls") == [(PERSON_A_DAY,)]


def test_what_is_not_asked_is_not_counted(with_model: WithModel, model: ScriptedModel) -> None:
    workspace = with_model("select")
    model.behave = FAULTS["overloaded"]
    talk = workspace.open().until_report()
    for _ in range(5):
        workspace.slack.say(ADA, "why?", thread_ts=talk.root)
        workspace.quiet()
    assert len(model.requests) == 3
    assert workspace.rows("SELECT sum(n) FROM calls") == [(3,)]


@pytest.mark.parametrize(
    ("most", "whose"), [(WORKSPACE_A_DAY, ("T0LOCAL", "U0OTHER")), (ALL_A_DAY, ("T0OTHER", "U0OTHER"))]
)
def test_a_budget_that_others_spent_ends_the_asking_too(
    with_model: WithModel, model: ScriptedModel, most: int, whose: tuple[str, str]
) -> None:
    workspace = with_model("select")
    talk = workspace.open().until_report()
    day = time.strftime("%Y-%m-%d", time.gmtime())
    spent = "INSERT INTO calls VALUES (:day, :team, :person, :n)"
    row = {"day": day, "team": whose[0], "person": whose[1], "n": most - 1}
    workspace.bot.store.turn(lambda conn: conn.execute(spent, row))
    for _ in range(2):
        workspace.slack.say(ADA, "why?", thread_ts=talk.root)
        workspace.quiet()
    assert len(model.requests) == 1


def test_turned_off_what_waits_is_not_asked_and_what_comes_changes_nothing(
    with_model: WithModel, model: ScriptedModel
) -> None:
    """Two questions wait for a busy model when the switch is pressed: one is under way, the other is taken back."""
    workspace, free = with_model("select"), threading.Event()

    def behave(exchange: Exchange) -> None:
        assert free.wait(60)
        exchange.choose("owner")

    model.behave = behave
    talk = workspace.open().until_report()
    workspace.slack.open(ADA, "home")
    for question in ("why?", "why not now?"):
        workspace.slack.say(ADA, question, thread_ts=talk.root)
    talk.slack.wait_for(lambda: model.requests and len(talk.said_by_bot()) >= 3)
    workspace.until("SELECT 1 FROM outbox WHERE json_extract(said, '$.args.question')='why not now?'")
    view = workspace.slack.wait_for(lambda: workspace.slack.home(ADA))
    assert workspace.slack.click(ADA, action_id="home:wording", view_id=view["id"]) == 200
    workspace.until("SELECT 1 FROM people WHERE wording=0")
    free.set()
    workspace.quiet()
    assert len(model.requests) == 1
    assert "chosen by a model" not in json.dumps(talk.said_by_bot())
    workspace.until("SELECT 1 WHERE (SELECT sum(n) FROM calls) = 1")


def test_the_switch_works_after_all_was_deleted(with_model: WithModel, model: ScriptedModel) -> None:
    workspace = with_model()
    workspace.open()
    home_of(workspace)
    press_home(workspace, "home:forget")
    press_home(workspace, "home:wording")
    assert "Turn wording on" in json.dumps(workspace.slack.home(ADA))
    workspace.open().until_report()
    workspace.quiet()
    assert model.requests == []


def test_a_double_click_on_the_last_answer_loses_no_words(with_model: WithModel, model: ScriptedModel) -> None:
    workspace, free = with_model(), threading.Event()

    def behave(exchange: Exchange) -> None:
        assert free.wait(60)
        exchange.word(exchange.briefs)

    model.behave = behave
    talk = workspace.open().up_to("retrain_owner")
    question = talk.card["ts"]
    presses = [lambda: talk.slack.click(ADA, question, "answer:retrain_owner:nobody", talk.channel)] * 2
    with ThreadPoolExecutor(2) as hands:
        assert [press.result() for press in [hands.submit(press) for press in presses]] == [200, 200]
    workspace.slack.wait_idle()
    free.set()
    talk.slack.wait_for(lambda: "In other words" in talk.text)


def test_words_that_come_after_a_handover_stand_on_the_new_owners_card(
    with_model: WithModel, model: ScriptedModel, words: Words
) -> None:
    workspace, free = with_model(), threading.Event()

    def behave(exchange: Exchange) -> None:
        assert free.wait(60)
        exchange.word(exchange.briefs)

    model.behave = behave
    talk = workspace.open().until_report()
    assert talk.slack.click(ADA, talk.card["ts"], "report:hand_over", talk.channel) == 200
    talk.slack.wait_for(lambda: talk.slack.modals(ADA))
    assert talk.slack.submit(ADA, {"person": LIN}) == {}
    offer = talk.slack.wait_for(lambda: talk.slack.messages("D0LIN"))[-1]
    assert talk.slack.click(LIN, offer["ts"], "record:accept", "D0LIN") == 200
    workspace.until("SELECT 1 FROM sessions WHERE owner='U0LIN' AND card_ts != ''")
    free.set()
    talk.slack.wait_for(lambda: "In other words" in words(talk.slack.messages("D0LIN")[-1]))


def test_what_looks_like_other_figures_and_is_not_understood_is_said_so(over_http: Workspace) -> None:
    talk = over_http.open().until_report()
    over_http.slack.say(ADA, "what if labels cost €2?", thread_ts=talk.root)
    over_http.quiet()
    assert "I can't compute that as you put it" in said_last(talk)
    assert "what if we had 2M calls a year?" in said_last(talk)


def test_a_changed_answer_says_above_the_report_what_it_changed(over_http: Workspace) -> None:
    talk = over_http.open().until_report()
    talk.type("change calls a year").type("800,000")
    head = talk.text.partition("Do next")[0]
    assert head.startswith("Still *Yes, start small*")
    assert "calls a year: 1,000,000 → 800,000" in head
    assert "ROI: 3.67x → 2.94x" in head


def test_home_has_the_switch_before_there_is_anything_on_it(with_model: WithModel) -> None:
    assert "Turn wording off" in home_of(with_model())


def test_who_turned_it_off_on_home_is_left_alone(with_model: WithModel, model: ScriptedModel) -> None:
    workspace = with_model()
    workspace.open("Something else")
    assert "Turn wording off" in home_of(workspace)
    press_home(workspace, "home:wording")
    assert "Turn wording on" in json.dumps(workspace.slack.home(ADA))
    talk = workspace.open().until_report()
    workspace.quiet()
    assert model.requests == []
    assert "In other words" not in talk.text


def test_without_a_model_home_has_no_switch_for_it(over_http: Workspace) -> None:
    over_http.open()
    assert "wording" not in home_of(over_http)


def test_the_bot_says_in_its_help_what_a_model_sees(with_model: WithModel) -> None:
    workspace = with_model()
    workspace.slack.say(ADA, "help")
    workspace.quiet()
    assert "Of your words only such a question reaches it" in json.dumps(workspace.slack.messages("D0ADA"))


def test_a_model_that_hangs_holds_up_nobody(with_model: WithModel, model: ScriptedModel) -> None:
    model.behave = hang
    workspace = with_model()
    talk = workspace.open().until_report()
    other = workspace.open("Another one", LIN).until_report({"goal": "live_facts"})
    assert "Yes, start small" in talk.text
    assert "No fine-tuning here" in other.text
    talk.type("checklist")
    assert "Readiness checklist" in talk.text
    model.let_go.set()


def test_a_stop_does_not_wait_for_a_model_that_hangs(with_model: WithModel, model: ScriptedModel) -> None:
    """The question is given up, and so settled, before the outbox gives up what waits: no row of it is left."""
    model.behave = hang
    workspace = with_model()
    workspace.open().until_report()
    workspace.slack.wait_for(lambda: model.requests)
    workspace.stop()
    left = sqlite3.connect(workspace.db).execute("SELECT count(*) FROM outbox").fetchone()
    assert left == (0,)


def test_a_question_that_waited_too_long_is_not_asked(with_model: WithModel, model: ScriptedModel) -> None:
    workspace = with_model("select")
    args = {"task": "select", "question": "why?", "bank": {"verdict": "No."}}
    ask = OutgoingMessage("model", args, "model:0", team="T0LOCAL")

    def two(conn: Connection) -> list[OutgoingMessage]:
        return [write(conn, ask, workspace.clock.time() - 31), write(conn, ask, workspace.clock.time())]

    workspace.bot.store.turn(two, workspace.bot.outbox.push)
    workspace.quiet()
    assert len(model.requests) == 1


def test_sentences_of_an_earlier_release_are_checked_again_before_they_are_shown(with_model: WithModel) -> None:
    """Their placeholders may be gone by now: then our own sentence stands."""
    workspace = with_model()
    talk = workspace.open().until_report()
    talk.slack.wait_for(lambda: "In other words" in talk.text)
    old = json.dumps({"gate_2": "The eval set holds {{pairs_of_old}} at present.", "gate_9": "Gone."})
    workspace.bot.store.turn(lambda conn: conn.execute("UPDATE wordings SET sentences=:old", {"old": old}))
    assert "In other words" not in talk.type("checklist").text, "nothing of the model's is left"


def test_deleting_takes_the_wording_and_the_counts_along(with_model: WithModel) -> None:
    workspace = with_model()
    talk = workspace.open().until_report()
    talk.slack.wait_for(lambda: "In other words" in talk.text)
    assert workspace.rows("SELECT count(*) FROM calls") == [(1,)]
    home_of(workspace)
    press_home(workspace, "home:forget")
    for table in ("wordings", "sessions"):
        assert workspace.rows(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608 - names of ours
    assert workspace.rows("SELECT person, n FROM calls") == [("", 1)], "counted as nobody's: no budget is won back"


def test_the_id_of_a_person_named_in_a_question_does_not_reach_the_model(
    with_model: WithModel, model: ScriptedModel
) -> None:
    workspace = with_model("select")
    model.behave = lambda exchange: exchange.choose("owner")
    talk = workspace.open().until_report()
    workspace.slack.say(ADA, "would <@U0LIN> in <#C0GENERAL> say why not now?", thread_ts=talk.root)
    workspace.slack.wait_for(lambda: model.requests)
    workspace.quiet()
    sent = json.dumps(model.requests)
    assert "somebody" in sent
    assert not re.search(r"U0LIN|C0GENERAL", sent)
