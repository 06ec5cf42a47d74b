"""A decision taken along, as files or as text, and brought back as the same answers."""

import json
import re
from decimal import Decimal
from html import unescape
from typing import Any

from advisor import decide, load_rules
from bot.decision import document
from bot.decision.record import Decision
from bot.messages import Request
from bot.render.wording import Wording
from tests.advisor.cases import CASES, answers_of
from tests.bot.conftest import DECIDED, Decide, Decided, Workspace, buttons

ADA, LIN = "U0ADA", "U0LIN"


def exported(check: Decided) -> dict[str, str]:
    """The files of an export, by name."""
    check.press("report:export")
    files = check.slack.messages(check.channel)[-1]["files"]
    return {each["name"]: check.slack.file(each["id"]).decode() for each in files}


def test_the_drawing_of_a_document_has_the_report_s_numbers() -> None:
    """What Mermaid draws is worked out again from each report; who renders it sees what the sentences say."""
    wording, rules = Wording(load_rules()), load_rules()
    for case in CASES:
        report = decide(answers_of(case), rules)
        made = Decision("1" * 32, 1, "U0ADA", "ada", "Tone", "", report, "2026-11-23T10:00:00Z", costs=True)
        text = document.markdown(made, wording)
        drawn = re.findall(r'^~~~mermaid\nxychart-beta\n    title "(.*)"\n((?:    .*\n)+)~~~$', text, re.MULTILINE)
        values = {
            title.split(":")[0]: [json.loads(row) for row in re.findall(r"(?:bar|line) (\[.*\])", rows)]
            for title, rows in drawn
        }
        roi, answers = report.roi, report.answers
        assert ("The year" in values) == (roi is not None)
        if roi:
            assert values["The year"] == [[round(roi.cost_usd), round(roi.savings_usd)]]
        if roi and roi.payback_months is not None and roi.payback_months <= 12:
            costs, savings = values["The year by month"]
            once = roi.lines.labelling_usd + roi.lines.training_usd
            assert (costs[0], costs[12], savings[0], savings[12]) == (
                round(once), round(roi.cost_usd), 0, round(roi.savings_usd)
            )  # fmt: skip
            assert len(costs) == len(savings) == 13
        if report.poc:
            (bars,) = values["The trial, against the target"]
            rates = (answers.poc_baseline_pass_rate, answers.poc_tuned_pass_rate, answers.known("target_pass_rate"))
            assert bars == [float(100 * Decimal(str(rate))) for rate in rates if rate is not None]
        if answers.known("eval_pairs") is not None:
            assert values["Eval pairs, against those wanted"] == [[answers.eval_pairs, rules.gate(2).threshold]]
        for rows in values.values():  # the facts stand in words as well
            for value in rows[0]:
                assert f"= {value:,}" in text
        quiet = document.markdown(made._replace(costs=False), wording)
        assert "The year" not in re.findall(r'title "(The year)', quiet)


class TestByWhom:
    """Only its owner can answer a check; one that was handed over has had several."""

    def handed(self, check: Decided) -> dict[str, str]:
        """Lin takes it over and answers once more; her export."""
        self.take_over(check)
        card = self.card(check)
        check.slack.say(LIN, "change training cost", thread_ts=card.get("thread_ts") or card["ts"])
        check.settle()
        check.slack.say(LIN, "$613", thread_ts=card.get("thread_ts") or card["ts"])
        check.settle()
        return self.theirs(check)

    def take_over(self, check: Decided) -> None:
        check.press("report:hand_over")
        assert check.slack.submit(ADA, {"person": LIN}) == {}
        check.settle()
        offer = check.slack.messages("D0LIN")[-1]
        check.slack.click(LIN, offer["ts"], "record:accept", "D0LIN")
        check.settle()

    def card(self, check: Decided) -> dict[str, Any]:
        return next(m for m in reversed(check.slack.messages("D0LIN")) if "report:export" in buttons(m))

    def theirs(self, check: Decided) -> dict[str, str]:
        check.slack.click(LIN, self.card(check)["ts"], "report:export", "D0LIN")
        check.settle()
        files = check.slack.messages("D0LIN")[-1]["files"]
        return {each["name"]: check.slack.file(each["id"]).decode() for each in files}

    def test_one_that_never_changed_hands_names_its_owner_once(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        check.change("eval pairs", "1.3k")
        files = exported(check)
        assert "## Figures\n\nAnswered by ada.\n" in files["decision.md"]
        assert " by ada" not in files["decision.json"]

    def test_what_an_earlier_owner_answered_says_so(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        check.change("eval pairs", "1.3k")
        files = self.handed(check)
        text, day = files["decision.md"], r"\d+ \w+ 20\d\d"
        assert re.search(rf"Answered by lin where nobody else is named\. ada had the check until {day}\.\n", text)
        assert re.search(rf'- eval pairs: 1,300 \(typed by ada on {day}: "1\.3k"\)', text)
        assert re.search(rf"- .*: .* \(there from the start, by ada on {day}\)", text)
        assert re.search(rf'- training cost: \$613 \(typed on {day}: "\$613"\)', text)
        came = json.loads(files["decision.json"])["sources"]
        assert [how.split()[-1] for how, names in came.items() if "eval_pairs" in names.split()] == ["ada"]
        assert [how.split()[-2] for how, names in came.items() if "training_usd" in names.split()] != ["by"]

    def test_taken_over_and_not_answered_since_it_is_the_earlier_owner_s(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        self.take_over(check)
        text = self.theirs(check)["decision.md"]
        assert "## Figures\n\nAnswered by ada. ada had the check until" in text

    def test_of_what_was_answered_before_this_was_kept_nothing_is_claimed(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        """Of an earlier release: handed over or not, nobody knows."""
        check = decided(over_http)
        before = "UPDATE sessions SET known_from=(SELECT count(*) FROM answers)"
        over_http.bot.store.turn(lambda conn: conn.execute(before).rowcount)
        text = exported(check)["decision.md"]
        assert "ada decided on these answers; who gave one is said where it was kept." in text
        assert "by ada on" not in text
        check.change("eval pairs", "1.3k")
        text = exported(check)["decision.md"]
        assert text.count("by ada on") == 1
        assert "- eval pairs: 1,300 (typed by ada on" in text

    def test_a_handover_that_an_older_release_noted_leaves_it_open(self, over_http: Workspace, decided: Decide) -> None:
        """It knows nothing of versions: minutes, while both run."""
        check = decided(over_http)
        self.handed(check)
        over_http.bot.store.turn(lambda conn: conn.execute("UPDATE handovers SET version=0").rowcount)
        assert "lin decided on these answers" in self.theirs(check)["decision.md"]

    def test_an_earlier_owner_who_deletes_their_data_is_not_named_any_more(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        check.share()
        self.handed(check)
        over_http.bot.handlers.deletion.forget(Request("once", "T0LOCAL", ADA, ""))
        over_http.quiet()
        text = self.theirs(check)["decision.md"]
        assert "ada" not in re.findall(r"\w+", text)
        assert "- training cost: $613 (typed by lin on" in text, "and who is known is"
        assert over_http.rows("SELECT owner, owner_name, offered_to FROM handovers") == [("", "", LIN)]
        assert over_http.rows("SELECT answered_by FROM shares") == [("",)]


class TestTakenAlong:
    def test_as_files_where_that_is_allowed(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        check.press("report:export")
        files = over_http.slack.messages("D0ADA")[-1]["files"]
        kept = {each["name"]: over_http.slack.file(each["id"]).decode() for each in files}
        assert kept["decision.md"].startswith("---\nstatus: accepted\n")
        assert json.loads(kept["decision.json"])["answers"]["calls_per_year"] == 1_000_000

    def test_it_says_how_each_answer_came_and_draws_what_it_tells(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        check.change("eval pairs", "1.3k")
        check.press("report:plan")
        over_http.slack.wait_for(lambda: over_http.slack.modals(ADA))
        assert over_http.slack.submit(ADA, {"label_budget": "yes", "labelers": "3"}) == {}
        check.settle()
        text = exported(check)["decision.md"]
        day = r"on \d+ \w+ 20\d\d"
        assert re.search(rf'- eval pairs: 1,300 \(typed {day}: "1\.3k"\)', text)
        assert re.search(rf"- labelling paid for: yes \(picked {day}\)", text)
        assert re.search(rf"- people labelling: 3 \(filled in {day}\)", text)
        assert re.search(rf"- training cost: \$500 \(there from the start {day}\)", text)
        assert "Prompt and retrieval stall" in text
        kept = json.loads(exported(check)["decision.json"])
        came = {words.split()[0]: names.split() for words, names in kept["sources"].items()}
        assert "eval_pairs" in came["typed"]
        assert came["picked"] == ["label_budget"]
        assert kept["gates"]["3"] == "passed: pays"
        assert (kept["roi"]["cost_usd"], kept["roi"]["savings_usd"]) == ("7900", "29000")

    def test_it_tells_of_cost_figures_only_where_there_are_some(self, over_http: Workspace, decided: Decide) -> None:
        money = {field: None for field in DECIDED if "usd" in field or field == "calls_per_year"}
        for allowed in (True, False):
            over_http.slack.scopes |= {"files:write"}
            check = decided(over_http, **({} if allowed else money | {"goal": "live_facts"}))
            check.press("report:export")
            said = json.dumps(over_http.slack.messages("D0ADA")[-1])
            assert ("Your cost figures are in it" in said) == allowed

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
