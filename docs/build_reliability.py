"""Writes docs/reliability.md: each promise and each finding with its test, and what became of each fault of Slack.

Run with ``make faults``: it plays every journey with every fault (about two minutes on two cores), runs the tests named
there, and writes what it saw. The figures of the last long run are those of ``make soak``, and stay.
"""

import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.bot.conftest import Hands  # noqa: E402 - after the path
from tests.bot.journeys import FAULTS, JOURNEYS, end_of, journey_without_faults  # noqa: E402

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- make soak writes from here -->", "<!-- to here -->"
NOTHING = ("lost", "doubled", "500s", "canaries", "memory", "journal")
"""What is said of a long run beside what was acknowledged."""

HEAD = """# Reliability: what is promised, and what was done to it

Written by `make faults` from what it saw, but for the figures of the long run, which `make soak MINUTES=40
SOAK=--write` puts here; do not edit. Whatever was run, was run against the local workspace, which knows what Slack
documents.

## Promises
"""
LONG_RUN = """
## The long run

`make soak MINUTES=n` does five things in turn: it kills the bot under load, signs garbage, types garbage, lets
Hypothesis choose among people, deliveries, faults of Slack and ends of the process, and has thousands of
conversations in one process. Lost: acknowledged and not in the file. Doubled: a post that stands twice. Canaries:
what somebody typed, found in a log, before somebody else, or in the file after it was deleted. A refusal for
overload (503) is an answer; any other 5xx is a fault. CI plays two minutes of it for each change. `kill -9` takes
what the process had in memory and leaves what the kernel has; it is no loss of power.
"""
FAULTS_HEAD = """
## What Slack's bad days do

A fault is scripted at one call of a journey, all others go well. Time is the bot's own clock, which the test moves.
A journey ends well when every post stands once, every record is noted, no restart was needed, and nobody waited
longer than 90 seconds without being told in Slack.

The ends: **=** as without the fault · **told** as without it, and who waited was told after 60 s that Slack is slow
· **asked** whoever wanted the post was asked whether it is there (the bot may not read channels), then as without
it · **again** they were told to press again, then as without it · **uncut** as without it, but the card above keeps
its buttons (cutting it down is decoration, given up after a minute; pressed, it says that the step has moved on) ·
**text** the files are said as text in the thread, after ten minutes at the latest · **untold** as without it, but
the line below the record that the verdict changed is missing (rather than there twice).
"""
SHORT = {
    "as without it": "=",
    "asked whether it is there, then as without it": "asked",
    "told to press again, then as without it": "again",
    "as without it, but the card above is not cut down to its line": "uncut",
    "the files are said as text": "text",
    "as without it, but the thread below the record is not told that the verdict changed": "untold",
}

PROMISES = (
    ("no acknowledged answer is lost, nothing is said twice", "`kill -9` twenty times while two people press and type",
     "tests/bot/test_crash.py", "kill"),
    ("so in any order of what people do, how it is delivered, what Slack makes of it and where the process ends",
     "a state machine of all four", "tests/bot/test_machine.py", "machine"),
    ("a failure of Slack is made good, or told", "each of nine at each call of six journeys",
     "tests/bot/test_faults.py", "faults"),
    ("no request is answered with a fault of ours",
     "10,000 requests with something wrong in their values, bytes or headers",
     "tests/bot/test_http.py -k hostile", "requests"),
    ("no text does anything but be text", "markup, controls and halves of both, wherever one can type",
     "tests/bot/test_view.py", "texts"),
    ("nobody sees or does anything of somebody else's", "every button, dialog and command with their ids",
     "tests/bot/test_isolation.py", ""),
    ("slow and hostile clients keep nobody waiting", "hundreds of connections that drip",
     "tests/bot/test_slow_clients.py", ""),
    ("one process stays as it was: memory, files, journal, queue", "conversations without end",
     "tests/bot/test_long_life.py", "life"),
    ("told to end it ends with status 0, in every mode", "SIGTERM while eight start checks as fast as they can",
     "tests/bot/test_main.py -k told_to_end", ""),
    ("a file of any layout there was opens with all that was in it", "a released file, brought up to each layout since",
     "tests/bot/test_released.py", ""),
    ("a file of a newer release is refused and left as it is", "a layout we don't know",
     "tests/bot/test_store.py -k newer", ""),
    ("a backup is one moment, and its restore equals the source", "four writers while it is made",
     "tests/bot/test_copies.py", ""),
    ("a damaged answer is noticed, set aside and quoted nowhere", "bytes changed in the file",
     "tests/bot/test_damage.py", ""),
    ("a full disk or a locked file loses nothing acknowledged", "no page left; a transaction held for seconds",
     "tests/bot/test_store.py -k 'full_disk or locked'", ""),
    ("what was deleted is gone from the file's bytes", "a search of file and journal", "tests/bot/test_leaving.py", ""),
    ("a wrong configuration is named", "half a one, wrong tokens, missing scopes, a clock that is off",
     "tests/bot/test_doctor.py -k WrongConfigurations", ""),
    ("the image's steps are enough, and it writes to its volume alone",
     "done in an empty directory for an ordinary user under a root mounted read-only",
     "tests/test_deploy.py -k image", ""),
    ("the unit is one systemd takes", "`systemd-analyze verify`", "tests/test_deploy.py -k systemd", ""),
)  # fmt: skip
"""Promise, what is done to it, the test, and where its last figure is beside that the test passes."""

FINDINGS = (
    ("A3 after a report the page does not scroll", "answers happen off screen",
     "one's own words and what answers them are scrolled to; a marker tells of news",
     "tests/browser/test_seen.py::test_a_question_below_a_tall_report_and_its_answer_are_scrolled_to"),
    ("A4 hand over can't be used on the page", "`users_select` not drawn", "drawn, and played from Ada to Lin",
     "tests/browser/test_seen.py::test_a_check_is_handed_over_by_mouse_from_one_to_the_other"),
    ("E response_url fails", "silence, a dead button, a post at the next restart",
     "five tries in half an hour, then told; the press works again; nothing is left",
     "tests/bot/test_calculator.py::test_what_slack_did_not_take_is_told_and_can_be_pressed_again"),
    ("E decoration fails", "mutes a person for as long as it fails", "a lane of its own, three tries, a minute",
     "tests/bot/test_faults.py::test_each_call_of_a_journey_may_go_wrong[DM check-hang]"),
    ("E, G12 an answer is lost", "two records, the first wrong for ever",
     "looked for in the DM; in a channel its owner is asked",
     "tests/bot/test_sharing.py::TestOnceAndNeverLost::"
     "test_a_post_whose_answer_was_lost_is_asked_about_and_stands_once"),
    ("E Socket Mode on a silent line", "deaf for 55 to 80 s", "given up and opened anew (9 s with the real figures)",
     "tests/bot/test_socket_mode.py::test_a_line_that_says_nothing_is_given_up_and_opened_anew"),
    ("E fragmented frames", "lost and logged", "put together, logged nowhere",
     "tests/bot/test_socket_mode.py::test_an_envelope_in_several_frames_is_put_together"),
    ("E one invalid_auth", "mutes until a restart", "tried again after 1, 5, 30 minutes, then hourly; resumes",
     "tests/bot/test_outbox.py::test_a_dead_token_is_tried_again_and_sending_resumes_by_itself"),
    ("E a 429 at the start", "ends the start", "retried for five minutes, then exit status 3",
     "tests/bot/test_app.py::test_a_slack_in_trouble_is_not_blamed_on_the_token"),
    ("E missing scopes", "unnoticed", "named at once, exit status 2",
     "tests/bot/test_attacked.py::TestStart::test_scopes_nothing_works_without_are_named_and_stop_the_start"),
    ("E an organisation's token", "turns everyone away", "the start says why it can't be used yet",
     "tests/bot/test_attacked.py::TestStart::"
     "test_a_token_of_a_whole_organisation_is_told_that_it_cannot_be_used_yet"),
    ("E two processes on one file", "both run and post", "the second is refused with the first one's pid",
     "tests/bot/test_main.py::TestRefusals::test_a_second_bot_on_one_file_is_refused_with_the_pid_of_the_first"),
    ("E passing errors", "dropped", "tried until they are taken; only final ones are listed",
     "tests/bot/test_outbox.py::test_what_slack_does_not_know_the_end_of_is_tried_until_it_is_taken"),
    ("E another company's click", "a bare 403", "acknowledged and told",
     "tests/bot/test_attacked.py::TestAnotherCompany::"
     "test_their_click_is_acknowledged_and_told_and_shows_nothing"),
    ("E eight pasted answers", "eight superseded cards under 1 a second", "two posts, each answer read back",
     "tests/bot/test_outbox.py::test_eight_answers_pasted_at_once_are_one_card_with_their_lines_above_it"),
    ("E twenty of 23 decisions", "shown in silence", "counted, with pages",
     "tests/bot/test_sharing.py::test_the_list_of_decisions_says_how_many_there_are_and_pages"),
    ("E unknown events", "404, redelivered three times", "taken",
     "tests/bot/test_slack.py::test_a_kind_of_event_nobody_asked_for_is_taken"),
    ("E one message under two event ids", "two checks", "one",
     "tests/bot/test_slack.py::test_one_message_under_two_event_ids_makes_one_check"),
    ("E a click without a name", '"Owner ,"', "a colleague",
     "tests/bot/test_slack.py::test_a_click_without_a_name_names_a_colleague"),
    ("E `purge` of an unknown team", "nothing, status 0", "asks which was meant, status 1",
     "tests/bot/test_operate.py -k for_a_team_nobody_knows"),
    ("E `--help`, `--version`", "status 2", "answered",
     "tests/bot/test_operate.py::test_help_and_version_are_answered_whatever_is_configured"),
    ("D how it was decided", "in a thread nobody has open", "where it was pressed",
     "tests/bot/test_attacked.py::TestSeenWhereItBelongs"),
    ("G1 an outage longer than the retries", "silent, then old rows over new ones", "said in order, no restart",
     "tests/bot/test_attacked.py::TestAfterAnOutage::"
     "test_what_waited_is_said_in_its_order_once_slack_is_back_without_a_restart"),
    ("G2 health", "ok while every write fails", "`/healthz` writes a byte, `/readyz` knows the token and the age",
     "tests/bot/test_attacked.py::TestHealth"),
    ("G3 a clock set ahead", "deletes everything", "time nobody lived ages nothing",
     "tests/bot/test_leaving.py"),
    ("G5 words become button ids", "503, no reply", "ids are ours, words travel as values",
     "tests/bot/test_conversation_e2e.py::TestReading::test_a_person_s_words_are_no_ids_of_ours"),
    ("G6 a quadratic pattern", "4 s for everybody", "bounded",
     "tests/bot/test_attacked.py::test_a_long_message_that_looks_like_mentions_is_answered_like_any_other"),
    ("G7 a damaged cell", "quoted in the log, 503 for good", "set aside, told, quoted nowhere",
     "tests/bot/test_attacked.py::TestDamage"),
    ("G8 a card refused for good", "stuck until *resume*", "said in words alone, and goes on",
     "tests/bot/test_outbox.py::test_blocks_refused_twice_are_said_in_words_alone_and_the_check_goes_on"),
    ("G8 Retry-After without bound", "believed", "an hour at most, and who waits is told",
     "tests/bot/test_outbox.py::test_who_waits_for_a_minute_is_told_and_the_hour_slack_asks_for_is_kept"),
    ("G8 hash_conflict for ever", "109 publishes in 5 s", "four, the last over whatever Slack has",
     "tests/bot/test_attacked.py::TestHome::"
     "test_a_tab_slack_always_has_another_one_of_is_published_over_it_after_a_few_tries"),
    ("G9 the sweep", "37.7 s for 20,000 checks", "500 at a time, each found by an index",
     "tests/bot/test_attacked.py::TestSweep"),
    ("G9 people outlive retention", "kept for ever", "go as their checks do",
     "tests/bot/test_attacked.py::TestHome::"
     "test_settings_of_people_who_have_nothing_here_any_more_go_as_their_checks_do"),
    ("G10 a refusal to look", "takes figures away for good", "changes nothing, is told",
     "tests/bot/test_sharing.py::TestKeptTrue::"
     "test_a_refusal_to_look_at_the_channel_changes_no_record_and_is_told"),
    ("G10 a channel becomes shared", "figures stay", "looked at daily, figures taken out, owner told",
     "tests/bot/test_attacked.py::TestAnotherCompany::"
     "test_figures_leave_a_record_within_a_day_of_its_channel_being_shared"),
    ("G11 thirty offers", "thirty DMs", "ten a day, one stands", "tests/bot/test_attacked.py::TestOffers"),
    ("G11 a mention in a question", "goes to the model", "is *somebody* there",
     "tests/bot/test_explaining.py::test_the_id_of_a_person_named_in_a_question_does_not_reach_the_model"),
    ("G11 garbled payloads", "27 x 503", "no fault of ours",
     "tests/bot/test_attacked.py::test_a_signed_but_garbled_click_is_no_fault_of_ours"),
    ("G11 garbage to the local page", "70 x 500", "refused",
     "tests/local/test_door.py::test_garbage_to_the_page_s_own_interface_is_a_refusal_and_no_fault"),
    ("G11 a line a refused request", "4 MB for 40,000", "one a minute, counted",
     "tests/bot/test_attacked.py::test_refused_requests_are_counted_and_not_logged_one_by_one"),
    ("G12 75 kills", "134 repeated posts", "none in twenty kills under load",
     "tests/bot/test_crash.py::test_twenty_kills_under_load_lose_no_acknowledged_answer"),
)  # fmt: skip


def played(name: str) -> list[str]:
    """The table of one journey."""
    with tempfile.TemporaryDirectory() as folder:
        with Hands() as slack:
            calls, well = journey_without_faults(name, slack, Path(folder) / "well.db")
        rows: dict[str, list[str]] = defaultdict(list)
        for n, (method, nth) in enumerate(calls):
            for fault, how in FAULTS.items():
                with Hands() as slack:
                    end = end_of(name, how, method, nth, slack, Path(folder) / f"{n}-{len(fault)}-{fault}.db", well)
                first, _, told = end.partition("; ")
                short = SHORT[first]
                rows[f"`{method}`" + (f" ({nth + 1})" if nth else "")].append(
                    short if not told else "told" if short == "=" else f"{short}, told"
                )
    doc = (JOURNEYS[name].__doc__ or "").strip().splitlines()[0]
    table = [f"### {name}", "", doc, "", "| call | " + " | ".join(FAULTS) + " |", "|---" * (1 + len(FAULTS)) + "|"]
    return [*table, *(f"| {call} | " + " | ".join(ends) + " |" for call, ends in rows.items()), ""]


def passed(test: str) -> bool:
    """Whether a test passes here and now."""
    file, _, only = test.partition(" -k ")
    only = only.strip("'")
    run = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", file, *(["-k", only] if only else [])]
    return subprocess.run(run, cwd=ROOT, check=False, capture_output=True).returncode == 0  # noqa: S603 - ours


def result(test: str, good: dict[str, bool]) -> str:
    return f"{('**fails**', 'passes')[good[test]] if test in good else '**not run**'}: `{test}`"


def figures(long_run: str, tables: list[str]) -> dict[str, str]:
    """What a promise's last figure is, by what it is called above."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in long_run.splitlines() if "|" in line]
    rows = {row[0]: dict(zip(cells[0], row, strict=True)) for row in cells[2:]}
    kinds = {
        "kill": "kill -9",
        "machine": "the state machine",
        "requests": "hostile requests",
        "texts": "hostile texts",
    }
    kinds |= {"life": "long life"}
    found = dict.fromkeys(kinds, "")
    for kind, words in kinds.items():
        for did, row in rows.items():
            if did.startswith(words):
                told = [f"{name} {row[name]}" for name in ("acknowledged", *NOTHING) if row[name] != "–"]
                found[kind] = f"{did}: {', '.join(told)}"
    calls = sum(line.count("|") - 2 for line in tables if line.startswith("| `"))
    return found | {"faults": f"{calls} failures", "": ""}


def page(tables: list[str], long_run: str, good: dict[str, bool]) -> str:
    """All of it, from the tables of the journeys, the figures of the long run, and which tests pass."""
    last = figures(long_run, tables)
    lines = [HEAD, "| promise | what is done to it | its test | last figure |", "|---|---|---|---|"]
    for promise, done, test, kind in PROMISES:
        lines.append(f"| {promise} | {done} | {result(test, good)} | {last[kind]} |")
    lines += [LONG_RUN, f"{BEGIN}{long_run}{END}", FAULTS_HEAD, *tables, "## What was found, and what became of it", ""]
    lines += ["| finding | before | after | its test |", "|---|---|---|---|"]
    for finding, before, after, test in FINDINGS:
        lines.append(f"| {finding} | {before} | {after} | {result(test, good)} |")
    return "\n".join(lines) + "\n"


def parts(text: str) -> tuple[list[str], str, dict[str, bool]]:
    """What ``page`` was made of."""
    tables = [*text[text.index("\n### ") + 1 : text.index("\n## What was found")].splitlines(), ""]
    good = {test: how == "passes" for how, test in re.findall(r"\| (passes|\*\*fails\*\*): `([^`]+)` \|", text)}
    return tables, text.split(BEGIN)[1].split(END, maxsplit=1)[0], good


def with_long_run(told: str) -> None:
    """The page with other figures of a long run, and all else as it stands."""
    tables, _, good = parts(PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(page(tables, f"\n{told}\n", good), encoding="utf-8")


def main() -> None:
    tables = list[str]()
    with ProcessPoolExecutor(2) as pool:
        for table in pool.map(played, JOURNEYS):
            tables += table
        tests = list(dict.fromkeys(row[-1] for row in FINDINGS) | dict.fromkeys(row[2] for row in PROMISES))
        good = dict(zip(tests, pool.map(passed, tests), strict=True))
    _, long_run, _ = parts(PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(page(tables, long_run, good), encoding="utf-8")


if __name__ == "__main__":
    main()
