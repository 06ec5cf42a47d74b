"""A decision taken along, as files or as text, and brought back as the same answers."""

import json
from html import unescape

from tests.bot.conftest import Decide, Workspace

ADA, LIN = "U0ADA", "U0LIN"


class TestTakenAlong:
    def test_as_files_where_that_is_allowed(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        check.press("report:export")
        files = over_http.slack.messages("D0ADA")[-1]["files"]
        kept = {each["name"]: over_http.slack.file(each["id"]).decode() for each in files}
        assert kept["decision.md"].startswith("---\nstatus: accepted\n")
        assert json.loads(kept["decision.json"])["answers"]["calls_per_year"] == 1_000_000

    def test_as_text_where_it_is_not_and_both_come_back_as_the_same_answers(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        over_http.slack.scopes -= {"files:write"}
        check = decided(over_http, title="a_b_ *c* `d` <e> & f", usd_per_call_now="1.234567", retrain_owner="J_R_ & Co")
        check.press("report:export")
        blocks = over_http.slack.messages("D0ADA")[-1]["blocks"][1:]
        copied = "\n".join(unescape(block["text"]["text"].strip("`")) for block in blocks)
        over_http.slack.command(LIN, "/finetune", "import")
        over_http.slack.wait_for(lambda: over_http.slack.modals(LIN))
        assert over_http.slack.submit(LIN, {"json": copied}) == {}
        check.settle()
        same = "SELECT field, value FROM answers WHERE verb='answer' AND session IN (SELECT id FROM sessions"
        hers, theirs = (over_http.rows(f"{same} WHERE owner='{user}')") for user in (ADA, LIN))
        assert sorted(hers) == sorted(theirs)
        assert len(hers) == 22
        titles = over_http.rows("SELECT text FROM answers WHERE verb='describe'")
        assert titles[0] == titles[1]

    def test_what_is_no_decision_is_an_error_at_the_field_whose_correction_works(self, over_http: Workspace) -> None:
        slack = over_http.slack
        slack.command(ADA, "/finetune", "import")
        slack.wait_for(lambda: slack.modals(ADA))
        good = {"format": "finetune-advisor/decision", "title": "Brought \ud800", "answers": {"eval_pairs": 900}}
        bad = [
            ("{", "not JSON"),
            ("[1]", "not an exported decision"),
            (json.dumps(good | {"answers": {"eval_pairs": -1, "colour": "red"}}), "colour, eval_pairs"),
        ]
        for text, told in bad:
            assert told in slack.submit(ADA, {"json": text})["errors"]["json"]
        assert over_http.rows("SELECT * FROM sessions") == []
        assert slack.submit(ADA, {"json": json.dumps(good)}) == {}
        over_http.quiet()
        assert over_http.rows("SELECT value FROM answers WHERE field='eval_pairs'") == [("900",)]
