"""What people thought of a report: the last word of each counts."""

from tests.bot.conftest import Decide, Workspace

ADA = "U0ADA"


class TestFeedback:
    def test_the_last_word_of_a_person_counts_once_a_version(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        for action in ("feedback:up", "feedback:up", "feedback:down"):
            check.press(action)
        assert over_http.slack.submit(ADA, {"note": "no word on latency"}) == {}
        check.settle()
        check.press("feedback:down")
        rows = "SELECT person, good, note FROM feedback ORDER BY version"
        assert over_http.rows(rows) == [("T0LOCAL:U0ADA", 0, "no word on latency")]
        check.change("eval pairs", "900")
        check.press("feedback:up")
        assert [good for _, good, _ in over_http.rows(rows)] == [0, 1]

    def test_an_empty_line_closes_the_dialog(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        check.press("feedback:down")
        over_http.slack.submit(ADA, {})
        check.settle()
        assert over_http.slack.modals(ADA) == []
        assert over_http.rows("SELECT good, note FROM feedback") == [(0, "")]
