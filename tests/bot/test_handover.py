"""A check handed over: theirs who accept it, with all that goes with it, and nobody else's."""

import json
from typing import Any

from bot.local import LocalSlack
from tests.advisor.strategies import PAIRS
from tests.bot.conftest import Decide, Decided, Pressable, Words, Workspace

ADA, LIN = "U0ADA", "U0LIN"


def whispered(slack: LocalSlack, user: str, words: Words) -> str:
    return words(slack.ephemerals(user)[-1])


class TestHandedOver:
    def offer(self, check: Decided) -> dict[str, Any]:
        check.press("report:hand_over")
        assert check.slack.submit(ADA, {"person": LIN}) == {}
        check.settle()
        return check.slack.messages("D0LIN")[-1]

    def test_it_is_theirs_once_they_accept(
        self, over_http: Workspace, decided: Decide, words: Words, pressable: Pressable
    ) -> None:
        check = decided(over_http)
        check.share()
        check.press("report:remind", "30")
        (due,) = over_http.rows("SELECT due FROM outbox WHERE due != ''")
        old_card = check.card
        offer = self.offer(check)
        assert over_http.rows("SELECT owner FROM sessions") == [(ADA,)]
        over_http.slack.click(LIN, offer["ts"], "record:accept", "D0LIN")
        check.settle()
        assert over_http.rows("SELECT owner FROM sessions") == [(LIN,)]
        assert "Owner lin" in words(check.record())
        assert "revised" not in words(check.record())
        assert "report:share" in pressable(over_http.slack.messages("D0LIN")[-1])
        assert "lin took over" in check.told
        left = next(m for m in over_http.slack.messages("D0ADA") if m["ts"] == old_card["ts"])
        assert pressable(left) == {}
        ((said, later),) = over_http.rows("SELECT said, due FROM outbox WHERE due != ''")
        assert (json.loads(said)["to"], later) == (LIN, due[0])
        over_http.slack.click(LIN, check.record()["ts"], "record:how", "C0GENERAL")
        check.settle()
        assert "Answered by ada" in whispered(over_http.slack, LIN, words)

    def test_who_accepts_before_the_offer_is_known_to_be_sent_is_not_told_that_they_were_asked(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        """The answer to our post is lost on its way, and the post is tried again while the other person accepts."""
        check = decided(over_http)
        check.press("report:hand_over")
        over_http.slack.faults.add("chat.postMessage", {"reset": "after"})
        assert check.slack.submit(ADA, {"person": LIN}) == {}
        offer = over_http.slack.wait_for(lambda: over_http.slack.messages("D0LIN"))[-1]
        over_http.slack.click(LIN, offer["ts"], "record:accept", "D0LIN")
        check.settle()
        assert over_http.rows("SELECT owner FROM sessions") == [(LIN,)]
        assert "lin took over" in check.told
        assert "I have asked them" not in " ".join(map(words, over_http.slack.messages("D0LIN")))

    def test_the_old_owner_loses_access(self, over_http: Workspace, decided: Decide, words: Words) -> None:
        check = decided(over_http)
        check.press("report:export")
        seen = over_http.slack.deliveries("interactive")[-1].payload
        offer = self.offer(check)
        over_http.slack.click(LIN, offer["ts"], "record:accept", "D0LIN")
        check.settle()
        again = seen["actions"][0] | {"action_ts": "9.1"}
        over_http.slack.deliver(seen | {"actions": [again]})
        check.settle()
        assert whispered(over_http.slack, ADA, words).startswith("Not found")

    def test_a_version_the_owner_has_not_released_stays_unreleased(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        check.share()
        check.change("eval pairs", "900")
        offer = self.offer(check)
        over_http.slack.click(LIN, offer["ts"], "record:accept", "D0LIN")
        check.settle()
        assert "Yes, start small" in words(check.record())
        assert "Owner lin" in words(check.record())

    def test_what_changed_stands_in_the_record_whoever_owns_it(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        check.share()
        check.change("eval pairs", "900")
        check.press("report:update")
        offer = self.offer(check)
        over_http.slack.click(LIN, offer["ts"], "record:accept", "D0LIN")
        check.settle()
        assert f"eval pairs: {PAIRS + 200:,} → 900" in words(check.record())

    def test_declined_or_answered_twice_it_stays_where_it_is(
        self, over_http: Workspace, decided: Decide, words: Words, pressable: Pressable
    ) -> None:
        check = decided(over_http)
        offer = self.offer(check)
        over_http.slack.click(LIN, offer["ts"], "record:decline", "D0LIN")
        check.settle()
        declined = over_http.slack.deliveries("interactive")[-1].payload
        assert pressable(over_http.slack.messages("D0LIN")[-1]) == {}, "the offer is resolved"
        accept = declined["actions"][0] | {"action_id": "record:accept", "action_ts": "9.2"}
        assert over_http.slack.deliver(declined | {"actions": [accept]}).ok
        check.settle()
        assert over_http.rows("SELECT owner FROM sessions") == [(ADA,)]
        assert whispered(over_http.slack, LIN, words).startswith("Not found")

    def test_oneself_is_an_error_at_the_field_whose_correction_works(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        check.press("report:hand_over")
        assert "person" in over_http.slack.submit(ADA, {"person": ADA})["errors"]
        assert over_http.slack.submit(ADA, {"person": LIN}) == {}
        check.settle()
        assert "hand you the check" in str(over_http.slack.messages("D0LIN"))

    def test_somebody_who_cannot_be_written_to_is_offered_nothing(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        check.press("report:hand_over")
        over_http.slack.faults.add("conversations.open", {"error": "cannot_dm_bot"})
        over_http.slack.submit(ADA, {"person": LIN})
        check.settle()
        assert "nothing was offered" in check.told
        assert over_http.rows("SELECT * FROM handovers") == []
