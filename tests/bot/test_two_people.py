"""Two people use the bot at once: nothing of one is ever shown to the other, or done by the other."""

import json

from tests.advisor.strategies import PAIRS
from tests.bot.conftest import LINES, AtOnce, Talk, Workspace

ADA, LIN = "U0ADA", "U0LIN"


def seen_by(workspace: Workspace, user: str) -> str:
    return json.dumps([workspace.slack.messages(f"D{user[1:]}"), workspace.slack.ephemerals(user)], ensure_ascii=False)


def test_two_checks_at_once_never_mix(workspace: Workspace, answers: dict[str, str], at_once: AtOnce) -> None:
    hers = {question: LINES.get(value, value) for question, value in answers.items()}
    people = [(ADA, "Ada's tone project", answers), (LIN, "Lin's billing project", hers)]

    def talk(n: int) -> Talk:
        user, idea, said = people[n]
        return workspace.open(idea, user).until_report(said)

    ada, lin = at_once(talk, 2)
    workspace.quiet()
    assert "R. Okafor" in ada.text
    assert "Priya Natarajan" in lin.text
    for canary in ("Ada's tone", "R. Okafor", f"{PAIRS + 200:,}", "$0.03"):
        assert canary not in seen_by(workspace, LIN)
    for canary in ("Lin's billing", "Priya", f"{PAIRS + 777:,}", "$0.07", "$613"):
        assert canary not in seen_by(workspace, ADA)
    owners = "SELECT owner, count(*) FROM answers JOIN sessions ON id = session GROUP BY owner ORDER BY owner"
    assert workspace.rows(owners) == [(ADA, 1 + ada.moves), (LIN, 1 + lin.moves)]


def test_nobody_can_press_on_somebody_elses_card(workspace: Workspace) -> None:
    ada = workspace.open("Ada's secret project").up_to("eval_pairs")
    lin = workspace.open("Lin's project", LIN).up_to("prompt_tried")
    workspace.quiet()
    seen = [d.payload for d in workspace.slack.deliveries("interactive") if d.payload["user"]["id"] == ADA]
    before = (workspace.rows("SELECT * FROM answers"), ada.messages())
    for n, payload in enumerate(seen):
        forged = payload | {"user": payload["user"] | {"id": LIN}, "response_url": ""}
        forged |= {"channel": {"id": lin.channel}, "container": payload["container"] | {"channel_id": lin.channel}}
        forged |= {"actions": [payload["actions"][0] | {"action_ts": f"9.{n:06d}"}]}
        assert workspace.slack.deliver(forged).ok
    workspace.quiet()
    assert (workspace.rows("SELECT * FROM answers"), ada.messages()) == before
    told = workspace.slack.ephemerals(LIN)
    assert len(told) == len(seen)
    assert all("belongs to somebody else" in each["text"] for each in told)
    assert "secret" not in seen_by(workspace, LIN)


def test_a_check_named_by_a_button_is_resumed_by_its_owner_only(workspace: Workspace) -> None:
    workspace.open("Ada's secret project").up_to("prompt_tried")
    [(check,)] = workspace.rows("SELECT id FROM sessions")
    lin = workspace.open("help", LIN)
    workspace.slack.click(LIN, lin.card["ts"], "session:resume")
    workspace.quiet()
    seen = workspace.slack.deliveries("interactive")[-1].payload
    forged = seen | {"actions": [seen["actions"][0] | {"value": check, "action_ts": "9.1"}]}
    assert workspace.slack.deliver(forged).ok
    workspace.quiet()
    assert "secret" not in seen_by(workspace, LIN)
    assert "answer:" not in seen_by(workspace, LIN)
    assert workspace.rows("SELECT owner FROM sessions") == [(ADA,)]


def test_another_workspaces_request_is_turned_away_unread(workspace: Workspace) -> None:
    talk = workspace.open()
    workspace.quiet()
    before = workspace.rows("SELECT * FROM answers")
    said = workspace.first_said()
    foreign = said | {"team_id": "T0OTHER", "event_id": "EvFOREIGN"}
    foreign["event"] = said["event"] | {"team": "T0OTHER", "thread_ts": talk.root, "text": "classification"}
    foreign.pop("authorizations", None)
    workspace.impatient()
    assert not workspace.slack.deliver(foreign).ok
    assert workspace.rows("SELECT * FROM answers") == before


def test_the_same_words_from_two_people_at_once_open_two_checks(workspace: Workspace, at_once: AtOnce) -> None:
    at_once(lambda n: workspace.open("should we fine-tune?", (ADA, LIN)[n]), 2)
    workspace.quiet()
    assert sorted(workspace.rows("SELECT owner, channel FROM sessions")) == [(ADA, "D0ADA"), (LIN, "D0LIN")]
