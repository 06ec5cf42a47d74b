"""A check handed over: theirs who accept it, with all that goes with it, and nobody else's."""

import json
from typing import Any

from bot.local import LocalSlack
from bot.messages import Offered, Outcome, OutgoingMessage, Request
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
        assert 'lin took over "Our support tone"' in " ".join(map(words, over_http.slack.messages("D0ADA")))
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
        assert whispered(over_http.slack, ADA, words).startswith("You handed this check over")

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
        assert "would rather not take it" in " ".join(map(words, over_http.slack.messages("D0ADA")))
        accept = declined["actions"][0] | {"action_id": "record:accept", "action_ts": "9.2"}
        assert over_http.slack.deliver(declined | {"actions": [accept]}).ok
        check.settle()
        assert over_http.rows("SELECT owner FROM sessions") == [(ADA,)]
        assert 'left "Our support tone" with its owner already' in whispered(over_http.slack, LIN, words)

    def test_both_sides_read_in_place_of_the_buttons_what_became_of_which_check(
        self, over_http: Workspace, decided: Decide, words: Words, pressable: Pressable
    ) -> None:
        check = decided(over_http)
        record = check.share()
        offer = self.offer(check)
        asked = next(m for m in over_http.slack.messages("D0ADA") if "record:withdraw" in pressable(m))
        over_http.slack.click(LIN, offer["ts"], "record:accept", "D0LIN")
        check.settle()
        over_http.quiet()
        card = over_http.slack.messages("D0LIN")[-1]
        theirs = next(m for m in over_http.slack.messages("D0LIN") if m["ts"] == offer["ts"])
        assert pressable(theirs) == {}
        assert 'You took over "Our support tone"' in words(theirs)
        assert f"#D0LIN/{card['ts']}" in words(theirs)
        mine = next(m for m in over_http.slack.messages("D0ADA") if m["ts"] == asked["ts"])
        assert pressable(mine) == {}
        assert words(mine) == 'You offered "Our support tone", and lin took it.'
        assert 'lin took over "Our support tone"' in check.told
        assert f"#C0GENERAL/{record['ts']}" in check.told

    def test_accepted_twice_it_stays_what_was_said_of_it(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        offer = self.offer(check)
        over_http.slack.click(LIN, offer["ts"], "record:accept", "D0LIN")
        accepted = over_http.slack.deliveries("interactive")[-1].payload
        again = accepted["actions"][0] | {"action_ts": "9.2"}
        assert over_http.slack.deliver(accepted | {"actions": [again]}).ok
        over_http.quiet()
        theirs = next(m for m in over_http.slack.messages("D0LIN") if m["ts"] == offer["ts"])
        assert "You took over" in words(theirs)
        assert "taken over" in whispered(over_http.slack, LIN, words)

    def test_taken_back_it_can_t_be_accepted_and_says_so_where_it_was_made(
        self, over_http: Workspace, decided: Decide, words: Words, pressable: Pressable
    ) -> None:
        check = decided(over_http)
        offer = self.offer(check)
        check.press_told("record:withdraw")
        theirs = over_http.slack.messages("D0LIN")[-1]
        assert pressable(theirs) == {}
        assert 'ada took the offer of "Our support tone" back' in words(theirs)
        assert "it stays yours" in check.told
        assert "record:withdraw" not in pressable(over_http.slack.messages("D0ADA")[-1])
        late = over_http.slack.deliveries("interactive")[-1].payload
        action = {"type": "button", "action_id": "record:accept", "block_id": "0.1", "action_ts": "9.3"}
        ((value,),) = over_http.rows("SELECT id FROM handovers")
        there = {"container": late["container"] | {"message_ts": offer["ts"], "channel_id": "D0LIN"}}
        there |= {
            "user": late["user"] | {"id": LIN, "name": "lin"},
            "channel": {"id": "D0LIN", "name": "directmessage"},
        }
        assert over_http.slack.deliver(late | there | {"actions": [action | {"value": value}]}).ok
        over_http.quiet()
        assert over_http.rows("SELECT owner FROM sessions") == [(ADA,)]
        assert "took the offer" in whispered(over_http.slack, LIN, words)

    def test_offered_again_the_earlier_offer_is_over_where_it_was_made(
        self, over_http: Workspace, decided: Decide, words: Words, pressable: Pressable
    ) -> None:
        check = decided(over_http)
        first = self.offer(check)
        second = self.offer(check)
        now = {m["ts"]: m for m in over_http.slack.messages("D0LIN")}
        assert pressable(now[first["ts"]]) == {}
        assert set(pressable(now[second["ts"]])) == {"record:accept", "record:decline"}

    def test_taken_back_before_it_is_known_to_be_sent_it_is_over_once_it_is(
        self, over_http: Workspace, decided: Decide, words: Words, pressable: Pressable
    ) -> None:
        check = decided(over_http)
        offer = self.offer(check)
        over_http.rows("UPDATE handovers SET ts='', channel='' RETURNING id")
        check.press_told("record:withdraw")
        ((offer_id, check_id),) = over_http.rows("SELECT id, session FROM handovers")
        told = Offered(user=ADA, name="ada", check=check_id, offer=offer_id)
        late = OutgoingMessage("chat.postMessage", {}, LIN, person=ADA, team="T0LOCAL", on_result=told)
        sent = Outcome({"ok": True, "channel": "D0LIN", "ts": offer["ts"]})
        turns = over_http.bot.turns
        turns.take(
            Request(key="late", team="T0LOCAL", user=ADA, channel="D0ADA"), lambda conn: turns.after(conn, late, sent)
        )
        over_http.quiet()
        assert pressable(over_http.slack.messages("D0LIN")[-1]) == {}
        assert "took the offer" in words(over_http.slack.messages("D0LIN")[-1])

    def test_with_a_deleted_check_the_offer_goes_and_names_it_no_more(
        self, over_http: Workspace, decided: Decide, words: Words, pressable: Pressable
    ) -> None:
        check = decided(over_http)
        self.offer(check)
        root = over_http.slack.say(ADA, "delete my data")
        (sure,) = over_http.slack.wait_for(lambda: over_http.slack.messages("D0ADA", root)[1:])
        over_http.slack.click(ADA, sure["ts"], "home:forget")
        over_http.quiet()
        (theirs,) = over_http.slack.messages("D0LIN")
        assert pressable(theirs) == {}
        assert "Our support tone" not in str(theirs)

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
        assert "Slack does not let me write to them" in check.told
        assert over_http.rows("SELECT * FROM handovers") == []
