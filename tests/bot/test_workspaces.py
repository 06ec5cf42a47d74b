"""Many workspaces with one bot: installed through the browser page, let go of, back again, and never mixed up."""

import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.client import HTTPConnection
from itertools import permutations
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from bot import settings
from bot.app import Bot, build
from bot.commands.doctor import doctor
from bot.local import LocalSlack
from bot.messages import stamp
from bot.slack.server import serve
from bot.store import retention
from tests.bot.conftest import ADA, LIN, Hands, Talk, Workspace, _kept_in
from tests.bot.test_isolation import ACTIONS, CALLBACKS, OWN_ONLY, entered

PUBLIC = "https://advisor.example.com"
OTHER, NORTH, ORG = "T0OTHER", "T0NORTH", "E0ORG"
REQUIRED = {"app_mentions:read", "assistant:write", "chat:write", "commands", "im:history", "im:write"}


class Many(Workspace):
    """A bot that whoever likes installs; ``slack`` is the first workspace, ``other`` a second, ``north`` one of an
    organisation."""

    def __init__(self, slack: Hands, db: Path, **environ: str) -> None:
        super().__init__(slack, db, "http", **environ)
        self.key = settings.new_key()
        self.other = slack.another(OTHER, "Other Ltd")
        self.north = slack.another(NORTH, "North", enterprise=ORG)
        for one in (self.other, self.north):
            one.workspace.clock, one.workspace.tickets = self.clock.time, slack.workspace.tickets

    def start(self) -> "Many":
        self.bot = build(replace(settings.load(self.given()), port=0), self.clock)
        self.bot.ready()
        self._ends.callback(self.bot.close)
        self._listen()
        return self

    def given(self) -> dict[str, str]:
        return {
            "SLACK_CLIENT_ID": self.slack.app.client_id,
            "SLACK_CLIENT_SECRET": self.slack.app.client_secret,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "ADVISOR_SECRET_KEY": self.key,
            "PUBLIC_URL": PUBLIC,
            "SLACK_API_URL": self.slack.api_url,
            **_kept_in(self.db),
            **self.environ,
        }

    def visit(self, url: str, cookie: str = "", method: str = "GET") -> tuple[int, str, dict[str, str]]:
        """What a browser gets: status, page and headers."""
        parts = urlsplit(url)
        http = HTTPConnection(str(parts.hostname), parts.port, timeout=20)
        try:
            http.request(method, f"{parts.path}?{parts.query}", headers={"Cookie": cookie} if cookie else {})
            said = http.getresponse()
            return said.status, said.read().decode(), {name.lower(): value for name, value in said.getheaders()}
        finally:
            http.close()

    def begin(self) -> tuple[dict[str, str], str]:
        """Somebody opens the page: what its link asks Slack for, and their cookie."""
        status, page, headers = self.visit(f"{self.address}/slack/install")
        assert status == 200
        link = re.search(r'class="go" href="([^"]+)"', page)
        assert link
        asked = parse_qs(urlsplit(link[1].replace("&amp;", "&")).query)
        return {name: value[0] for name, value in asked.items()}, headers["set-cookie"].partition(";")[0]

    def install(self, where: str, scopes: set[str] | None = None) -> tuple[int, str]:
        """Somebody installs it in a workspace or an organisation; the page they end on."""
        asked, cookie = self.begin()
        code = self.slack.app.allow(where, scopes or set(asked["scope"].split(",")), asked["redirect_uri"])
        query = urlencode({"code": code, "state": asked["state"]})
        status, page, _ = self.visit(f"{self.address}/slack/oauth_redirect?{query}", cookie)
        return status, page

    def tokens(self) -> list[str]:
        return list(self.slack.app.tokens)


def check_in(many: Many, slack: LocalSlack, text: str, user: str = ADA) -> Talk:
    """Somebody begins a check in a workspace."""
    talk = Talk(many, user, slack.say(user, text))
    talk.slack = slack
    slack.wait_for(lambda: talk.card)
    return talk


@pytest.fixture
def many_with(tmp_path: Path) -> Iterator[Callable[..., Many]]:
    with Hands() as slack:
        made: list[Many] = []

        def make(**environ: str) -> Many:
            made.append(Many(slack, tmp_path / "advisor.db", **environ).start())
            return made[-1]

        yield make
        for one in made:
            one.stop()


@pytest.fixture
def many(many_with: Callable[..., Many]) -> Many:
    return many_with()


class TestInstalling:
    def test_the_page_asks_for_what_the_manifest_declares_and_shows_no_foreign_asset(self, many: Many) -> None:
        asked, cookie = many.begin()
        _, page, headers = many.visit(f"{many.address}/slack/install")
        assert set(asked["scope"].split(",")) == REQUIRED | {"channels:read", "groups:read", "files:write"}
        assert asked["redirect_uri"] == f"{PUBLIC}/slack/oauth_redirect"
        assert cookie.startswith("slack-app-oauth-state=")
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert not re.findall(r"<script|<img|<link|src=|@import|url\(", page)

    def test_two_workspaces_and_an_organisation_each_have_their_own_conversation(self, many: Many) -> None:
        for where, named in (("T0LOCAL", "Local workspace"), (OTHER, "Other Ltd"), (ORG, "North")):
            status, page = many.install(where)
            assert status == 200, page
            assert f"Added to {named}." in page
        places = {many.slack: "T0LOCAL", many.other: OTHER, many.north: NORTH}
        talks = {team: check_in(many, slack, f"The idea of {team}") for slack, team in places.items()}
        for team, talk in talks.items():
            talk.answer("company_voice")
            assert talk.pending == "prompt_tried"
            assert many.rows(f"SELECT enterprise FROM sessions WHERE team='{team}'") == [  # noqa: S608
                (ORG if team == NORTH else "",)
            ]
        for slack, team in places.items():
            seen = json.dumps(slack.messages("D0ADA"))
            assert f"The idea of {team}" in seen
            assert not [other for other in places.values() if other != team and f"idea of {other}" in seen]

    def test_nothing_of_a_token_stands_in_the_file_or_in_the_log(
        self, many: Many, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        many.install("T0LOCAL")
        many.install(ORG)
        many.stop()
        held = b"".join(path.read_bytes() for path in many.db.parent.glob("advisor.db*"))
        for token in (*many.tokens(), many.slack.app.client_secret, many.key):
            assert token.encode() not in held
            assert token not in caplog.text

    @pytest.mark.parametrize("spoilt", ["other browser", "no cookie", "twice", "late", "made up", "a sealed token"])
    def test_a_state_is_good_once_for_ten_minutes_in_one_browser(self, many: Many, spoilt: str) -> None:
        asked, cookie = many.begin()
        code = many.slack.app.allow("T0LOCAL", REQUIRED, asked["redirect_uri"])
        state = asked["state"]
        if spoilt == "other browser":
            cookie = many.begin()[1]
        if spoilt == "no cookie":
            cookie = ""
        if spoilt == "made up":
            state = "gAAAAAB" + "x" * 90
        if spoilt == "a sealed token":
            assert many.bot.installations
            state = many.bot.installations.seal.shut("not a state")
        if spoilt in ("made up", "a sealed token"):
            cookie = f"slack-app-oauth-state={state}"
        if spoilt == "late":
            many.clock.move(601)
        url = f"{many.address}/slack/oauth_redirect?{urlencode({'code': code, 'state': state})}"
        if spoilt == "twice":
            assert many.visit(url, cookie)[0] == 200
            again = many.slack.app.allow("T0LOCAL", REQUIRED, asked["redirect_uri"])
            url = f"{many.address}/slack/oauth_redirect?{urlencode({'code': again, 'state': state})}"
        status, page, _ = many.visit(url, cookie)
        assert status == 400
        assert "ten minutes" in page
        assert len(many.rows("SELECT team FROM tokens")) == (spoilt == "twice")

    def test_a_state_works_on_another_machine(self, many: Many) -> None:
        asked, cookie = many.begin()
        many.restart()  # which remembers nothing
        code = many.slack.app.allow("T0LOCAL", REQUIRED, asked["redirect_uri"])
        url = f"{many.address}/slack/oauth_redirect?{urlencode({'code': code, 'state': asked['state']})}"
        assert many.visit(url, cookie)[0] == 200

    def test_who_says_no_or_lacks_a_scope_or_comes_with_a_bad_code_is_told_and_nothing_is_kept(
        self, many: Many, caplog: pytest.LogCaptureFixture
    ) -> None:
        asked, cookie = many.begin()
        redirect = f"{many.address}/slack/oauth_redirect"
        status, page, _ = many.visit(f"{redirect}?error=access_denied&state={asked['state']}", cookie)
        assert (status, "Nothing was added" in page) == (200, True)
        status, page = many.install("T0LOCAL", REQUIRED - {"im:history"})
        assert status == 400
        assert "im:history" in page
        query = urlencode({"code": "a-secret-code", "state": many.begin()[0]["state"]})
        asked, cookie = many.begin()
        query = urlencode({"code": "a-secret-code", "state": asked["state"]})
        status, page, _ = many.visit(f"{redirect}?{query}", cookie)
        assert (status, "It was not added" in page) == (400, True)
        status, page, _ = many.visit(f"{redirect}?error=%3Cscript%3Ealert(1)%3C/script%3E")
        assert "<script" not in page
        assert many.rows("SELECT * FROM tokens") == []
        assert "a-secret-code" not in caplog.text
        assert "alert" not in caplog.text

    def test_the_pages_take_get_alone_and_a_team_in_the_query_is_an_id_or_nothing(self, many: Many) -> None:
        assert many.visit(f"{many.address}/slack/install", method="POST")[0] == 405
        _, page, _ = many.visit(f"{many.address}/slack/install?team=T1%26redirect_uri%3Dhttps://evil.example")
        assert "evil" not in page
        _, page, _ = many.visit(f"{many.address}/slack/install?team=T0OTHER")
        assert "team=T0OTHER" in page

    def test_a_name_with_markup_is_shown_as_it_is(self, many: Many) -> None:
        many.other.workspace.name = "<b>Other</b>"
        assert "Added to &lt;b&gt;Other&lt;/b&gt;." in many.install(OTHER)[1]

    def test_a_database_that_can_not_be_written_is_told_on_a_page(self, many: Many) -> None:
        asked, cookie = many.begin()
        many.bot.store.close()
        query = urlencode({"code": "x", "state": asked["state"]})
        status, page, _ = many.visit(f"{many.address}/slack/oauth_redirect?{query}", cookie)
        assert (status, "can't be added just now" in page) == (503, True)


class TestLettingGo:
    def test_uninstalled_it_says_nothing_there_and_goes_on_elsewhere_and_a_reinstall_says_what_waited(
        self, many: Many, caplog: pytest.LogCaptureFixture
    ) -> None:
        many.install("T0LOCAL")
        many.install(OTHER)
        ours, theirs = check_in(many, many.slack, "Ours"), check_in(many, many.other, "Theirs")
        many.quiet()
        many.other.uninstall()
        many.other.wait_idle()
        assert many.rows("SELECT team FROM tokens") == [("T0LOCAL",)]
        assert "purge" in caplog.text
        assert ours.answer("company_voice").pending == "prompt_tried"
        before = len(many.other.calls())
        many.other.say(ADA, "company_voice", thread_ts=theirs.root)
        many.other.wait_idle()
        assert len(many.other.calls()) == before
        assert many.install(OTHER)[0] == 200
        assert many.rows("SELECT * FROM installations") == []
        theirs.answer("company_voice")
        assert theirs.pending == "prompt_tried"

    @pytest.mark.parametrize("order", [*permutations(["uninstall", "revoke"]), ("revoke", "revoke")], ids=str)
    def test_both_goodbyes_in_any_order_are_taken_and_an_old_one_does_not_undo_a_reinstall(
        self, many: Many, order: tuple[str, ...]
    ) -> None:
        many.install(OTHER)
        for what in order:
            getattr(many.other, what)()
        many.other.wait_idle()
        assert [d.status for d in many.other.deliveries("events_api")] == [200, 200]
        assert many.rows("SELECT * FROM tokens") == []
        goodbye = many.other.deliveries("events_api")[-1].payload | {"event_time": int(many.clock.time())}
        many.clock.move(3)
        many.install(OTHER)
        assert many.other.deliver(goodbye | {"event_id": "EvLATE"}).ok
        assert many.rows("SELECT team FROM tokens") == [(OTHER,)]

    def test_an_organisation_lets_go_as_a_whole(self, many: Many) -> None:
        many.install(ORG)
        many.install(OTHER)
        check_in(many, many.north, "North's idea")
        many.quiet()
        many.north.uninstall()
        many.north.wait_idle()
        assert many.rows("SELECT enterprise, team FROM tokens") == [("", OTHER)]
        assert many.rows("SELECT enterprise, team FROM installations") == [(ORG, NORTH)]
        many.install(ORG)
        assert many.rows("SELECT * FROM installations") == []
        assert check_in(many, many.north, "and again", LIN).pending == "goal"

    def test_a_command_where_the_bot_is_not_any_more_says_how_to_have_it_again(self, many: Many) -> None:
        body = many.other.command(ADA, "/finetune", "start", channel="C0GENERAL")
        assert f"{PUBLIC}/slack/install" in json.dumps(body)
        assert many.rows("SELECT * FROM sessions") == []


class TestTokens:
    def test_a_refused_one_stops_its_workspace_alone_and_goes_on_by_itself(
        self, many: Many, caplog: pytest.LogCaptureFixture
    ) -> None:
        many.install("T0LOCAL")
        many.install(OTHER)
        ours, theirs = check_in(many, many.slack, "Ours"), check_in(many, many.other, "Theirs")
        many.quiet()
        many.other.workspace.inactive = True
        many.other.say(ADA, "company_voice", thread_ts=theirs.root)
        many.wait_for(lambda: many.bot.outbox.muted)
        assert ours.answer("company_voice").pending == "prompt_tried"
        assert many.bot.fault() is None, "the others have their bot"
        assert "refuses the bot token of T0OTHER" in caplog.text
        assert many.bot.gauges()["workspaces_muted"] == 1
        assert "finetune_advisor_workspaces_muted 1" in many.visit(f"{many.address}/metrics")[1]
        body = many.other.command(ADA, "/finetune", "start", channel="C0GENERAL")
        assert "account_inactive" in json.dumps(body)
        for seconds in (60, 300):
            many.wait_for(lambda: many.clock.sleeping("until_good"))
            before = len(many.other.calls("auth.test"))
            many.clock.move(seconds + 0.001)
            many.wait_for(partial(_asked_more, many.other, before))
        many.other.workspace.inactive = False
        many.wait_for(lambda: many.clock.sleeping("until_good"))
        many.clock.move(1800.001)
        many.other.wait_for(lambda: theirs.pending == "prompt_tried")
        assert many.bot.outbox.muted == 0

    def test_a_reinstall_ends_the_waiting_at_once(self, many: Many) -> None:
        many.install(OTHER)
        theirs = check_in(many, many.other, "Theirs")
        many.quiet()
        many.other.workspace.inactive = True
        many.other.say(ADA, "company_voice", thread_ts=theirs.root)
        many.wait_for(lambda: many.bot.outbox.muted)
        many.install(OTHER)
        many.other.wait_for(lambda: theirs.pending == "prompt_tried")
        many.quiet()
        assert len([m for m in theirs.said_by_bot() if "answer:prompt_tried" in str(m)]) == 1, "and is said once"

    def test_an_old_key_behind_a_new_one_still_opens_and_without_it_they_have_to_reinstall(
        self, many: Many, caplog: pytest.LogCaptureFixture
    ) -> None:
        many.install("T0LOCAL")
        old, many.key = many.key, settings.new_key()
        many.key = f"{many.key},{old}"
        many.restart()
        assert check_in(many, many.slack, "One").pending == "goal"
        many.quiet()
        many.key = many.key.partition(",")[0]
        many.restart()
        assert many.bot.gauges()["workspaces_to_reinstall"] == 0, "the start had sealed it anew"
        many.key = settings.new_key()
        many.restart()
        assert "T0LOCAL can't be read" in caplog.text
        assert many.bot.gauges()["workspaces_to_reinstall"] == 1
        body = many.slack.command(ADA, "/finetune", "start", channel="C0GENERAL")
        assert f"{PUBLIC}/slack/install" in json.dumps(body)
        many.install("T0LOCAL")
        assert check_in(many, many.slack, "Two", LIN).pending == "goal"

    def test_a_row_moved_to_another_workspace_is_none(self, many: Many) -> None:
        many.install("T0LOCAL")
        many.rows(f"UPDATE tokens SET team='{OTHER}' RETURNING team")  # noqa: S608
        many.restart()
        assert many.bot.workspaces.all == []


class TestRotation:
    @pytest.fixture
    def rotating(self, many: Many) -> Many:
        many.slack.app.rotates = True
        many.install("T0LOCAL")
        return many

    def refresh(self, many: Many) -> None:
        assert many.bot.installations
        many.bot.installations.refresh()

    def test_a_token_is_refreshed_within_its_last_hour_and_not_before(self, rotating: Many) -> None:
        (first,) = rotating.tokens()
        rotating.clock.move(10.9 * 3600)
        self.refresh(rotating)
        assert rotating.tokens() == [first]
        rotating.clock.move(0.2 * 3600)
        self.refresh(rotating)
        self.refresh(rotating)
        assert len(rotating.tokens()) == 2
        rotating.clock.move(3600)
        assert check_in(rotating, rotating.slack, "Still here").pending == "goal"

    def test_one_that_expired_while_the_bot_was_off_is_refreshed_at_the_start(self, rotating: Many) -> None:
        talk = check_in(rotating, rotating.slack, "Before a long weekend")
        rotating.quiet()
        rotating.stop()
        rotating.clock.move(3 * 86_400)
        rotating.start()
        rotating.slack.say(ADA, "company_voice", thread_ts=talk.root)
        rotating.slack.wait_for(lambda: talk.pending == "prompt_tried")

    def test_of_two_machines_one_refreshes_and_the_other_hears_of_it(self, rotating: Many) -> None:
        second = build(replace(rotating.bot.settings, port=0), rotating.clock)
        try:
            rotating.clock.move(11.5 * 3600)
            for bot in (rotating.bot, second, rotating.bot, second):
                assert bot.installations
                bot.installations.refresh()
            assert second.installations
            assert len(rotating.tokens()) == 2
            looked(second)
            assert [one.token for one in second.workspaces.all] == [rotating.tokens()[-1]]
        finally:
            second.close()

    def test_an_answer_that_was_lost_ends_in_a_reinstall_and_silences_nobody_before_it_expires(
        self, rotating: Many, caplog: pytest.LogCaptureFixture
    ) -> None:
        rotating.slack.faults.add("oauth.v2.access", {"reset": "after"})
        rotating.clock.move(11.5 * 3600)
        self.refresh(rotating)
        assert "not refreshed" in caplog.text
        talk = check_in(rotating, rotating.slack, "Half an hour is left")
        rotating.clock.move(61)
        self.refresh(rotating)
        assert "(invalid_refresh_token): it has to be installed again" in caplog.text
        rotating.clock.move(3600)
        rotating.slack.say(ADA, "company_voice", thread_ts=talk.root)
        rotating.wait_for(lambda: rotating.bot.outbox.muted)
        rotating.install("T0LOCAL")
        rotating.slack.wait_for(lambda: talk.pending == "prompt_tried")


class TestDoctor:
    def test_it_asks_slack_of_each_token_and_says_whose_can_not_be_read(self, many: Many) -> None:
        many.install("T0LOCAL")
        many.install(OTHER, REQUIRED)
        told = self.told(many)
        assert told[-2] == "ok     workspaces: 2 can be read"
        assert "would take all" in told[-1]
        assert any("T0OTHER left out channels:read, files:write, groups:read" in line for line in told)
        many.other.workspace.inactive = True
        assert any("the token of T0OTHER is not taken (account_inactive)" in line for line in self.told(many))
        many.key = settings.new_key()
        assert sum("can't be read" in line for line in self.told(many)) == 2

    def told(self, many: Many) -> list[str]:
        lines: list[str] = []
        doctor(many.given(), lines.append, now=many.clock.time)
        return lines


class TestAnotherMachine:
    def test_what_one_machine_hears_of_an_installation_the_other_knows_within_a_second(self, many: Many) -> None:
        second = build(replace(many.bot.settings, port=0), many.clock)
        try:
            assert second.installations
            many.install(OTHER)
            looked(second)
            assert [one.team for one in second.workspaces.all] == [OTHER]
            many.other.uninstall()
            many.other.wait_idle()
            looked(second)
            assert second.workspaces.all == []
        finally:
            second.close()

    def test_a_message_that_comes_to_the_other_machine_first_is_answered_there(self, many: Many) -> None:
        second = build(replace(many.bot.settings, port=0), many.clock)
        second.ready()
        server = serve(second.wsgi(), "127.0.0.1", 0)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            assert second.installations
            second.installations._looked = 0.0
            many.install(OTHER)
            many.other.bot_url = f"http://127.0.0.1:{server.port}/slack/events"
            many.other.say(ADA, "We want a classifier")
            many.other.wait_for(lambda: any(m.get("bot_id") for m in many.other.messages("D0ADA")))
        finally:
            server.close()
            thread.join()
            second.close()


class TestAllowed:
    def test_only_named_workspaces_install_it(self, many_with: Callable[..., Many]) -> None:
        many = many_with(ADVISOR_ALLOW=f"T0LOCAL,{ORG}")
        status, page = many.install(OTHER)
        assert (status, "for others" in page) == (400, True)
        assert many.rows("SELECT * FROM tokens") == []
        assert many.install("T0LOCAL")[0] == many.install(ORG)[0] == 200
        assert check_in(many, many.north, "North's idea").pending == "goal"

    def test_whoever_is_not_named_gets_a_kind_no_that_only_they_see_and_nothing_is_kept(
        self, many_with: Callable[..., Many]
    ) -> None:
        many = many_with(ADVISOR_ALLOW="T0LOCAL/U0ADA")
        many.install("T0LOCAL")
        slack = many.slack
        talk = check_in(many, slack, "Ada may")
        slack.say(LIN, "Lin would like to")
        slack.mention(LIN, "C0GENERAL", "and here")
        slack.open(LIN, "home")
        talk.answer("company_voice")
        press = slack.deliveries("interactive")[-1].payload
        press |= {"user": press["user"] | {"id": LIN}, "actions": [press["actions"][0] | {"action_ts": "9.9"}]}
        before = many.rows("SELECT * FROM answers")
        assert slack.deliver(press).ok
        body = slack.command(LIN, "/finetune", "start", channel="C0GENERAL")
        assert "ask" in json.dumps(body).lower()
        assert slack.shortcut(LIN, "start_check") == 200
        slack.wait_for(lambda: len(slack.ephemerals(LIN)) >= 3)
        told = slack.ephemerals(LIN)
        assert all("named the people who may use me" in message["text"] for message in told)
        many.quiet()
        assert many.rows("SELECT * FROM answers") == before
        assert slack.home(LIN) is None

    def test_who_begins_in_a_named_channel_goes_on_in_the_dm(self, many_with: Callable[..., Many]) -> None:
        many = many_with(ADVISOR_ALLOW="T0LOCAL/C0GENERAL")
        many.install("T0LOCAL")
        slack = many.slack
        root = slack.mention(LIN, "C0GENERAL", "should we fine-tune our router?")
        offer = slack.wait_for(lambda: [m for m in slack.messages("C0GENERAL", root) if m.get("bot_id")])[0]
        start = next(
            e["action_id"] for b in offer["blocks"] for e in b.get("elements", ()) if "session:start" in str(e)
        )
        slack.click(LIN, offer["ts"], start, "C0GENERAL")
        card = slack.wait_for(lambda: [m for m in slack.messages("D0LIN") if "answer:" in str(m)])[-1]
        talk = Talk(many, LIN, card.get("thread_ts", card["ts"]))
        assert talk.answer("company_voice").pending == "prompt_tried"
        many.quiet()
        slack.say(ADA, "Ada has not been there")
        slack.wait_for(lambda: slack.ephemerals(ADA))


class TestAnotherCompany:
    def test_their_press_in_a_shared_channel_is_told_to_them_where_the_message_stands(self, many: Many) -> None:
        many.install(ORG)
        check_in(many, many.north, "North's idea").answer("company_voice")
        many.quiet()
        press = many.north.deliveries("interactive")[-1].payload
        theirs = {"id": "T0FAR", "domain": "far", "enterprise_id": "E0FAR"}
        press |= {"team": theirs, "user": press["user"] | {"id": "U0FAR", "team_id": "T0FAR"}}
        press |= {"enterprise": {"id": "E0FAR"}, "actions": [press["actions"][0] | {"action_ts": "9.9"}]}
        before = many.rows("SELECT * FROM answers"), len(many.north.calls("response_url"))
        assert many.slack.deliver(press).ok
        many.north.wait_for(lambda: len(many.north.calls("response_url")) > before[1])
        assert "another company" in json.dumps(many.north.calls("response_url")[-1].args)
        assert many.rows("SELECT * FROM answers") == before[0]

    def test_a_dialog_they_send_does_not_move_a_workspace_to_their_organisation(self, many: Many) -> None:
        many.install(ORG)
        check_in(many, many.north, "North's idea").answer("company_voice")
        many.quiet()
        press = many.north.deliveries("interactive")[-1].payload
        kept = {name: press[name] for name in ("api_app_id", "token", "trigger_id")}
        view: dict[str, Any] = {
            "type": "modal",
            "id": "V9",
            "hash": "1.a",
            "callback_id": "share",
            "private_metadata": "x",
        }
        view |= {"app_installed_team_id": NORTH, "state": {"values": {}}}
        theirs = {"team": {"id": "T0FAR", "enterprise_id": "E0FAR"}, "enterprise": {"id": "E0FAR"}}
        theirs |= {"user": press["user"] | {"id": "U0FAR", "team_id": "T0FAR"}}
        many.restart()
        many.slack.deliver(kept | theirs | {"type": "view_submission", "view": view})
        assert check_in(many, many.north, "and another", LIN).pending == "goal"


class TestNeverMixed:
    """The same person, channel and bot ids in each: only the workspace tells them apart."""

    @pytest.mark.slow
    @pytest.mark.timeout(400)
    def test_over_all_pairs_and_every_table_nothing_of_one_changes_by_what_another_does(
        self, many: Many, answers: dict[str, str]
    ) -> None:
        where = {"T0LOCAL": many.slack, OTHER: many.other, NORTH: many.north}
        for place in ("T0LOCAL", OTHER, ORG):
            many.install(place)
        talks = {
            team: check_in(many, slack, f"Canary of {team}").until_report(answers) for team, slack in where.items()
        }
        for team, slack in where.items():
            slack.open(ADA, "home")
            slack.wait_for(partial(slack.home, ADA))
            assert slack.click(ADA, talks[team].card["ts"], "report:share") == 200
            slack.wait_for(partial(slack.modals, ADA))
            slack.submit(ADA, {"channel": "C0GENERAL", "note": f"Note of {team}"})
            many.until(f"SELECT 1 FROM shares WHERE team='{team}' AND link != ''")  # noqa: S608
        many.quiet()
        for actor, victim in permutations(where, 2):
            for table in SELDOM.keys() & many.columns():
                more = f"INSERT INTO {table} {SELDOM[table].format(team=victim)} ON CONFLICT DO NOTHING RETURNING 1"
                many.rows(more)
            before = _all_of(many, victim)
            assert [table for table, rows in before.items() if not rows] == [], "in each there is something to be seen"
            seen = next(
                d.payload for d in reversed(where[actor].deliveries("interactive"))
                if d.payload["type"] == "block_actions"
            )  # fmt: skip
            check, share = before["sessions"][0][0], before["shares"][0][0]
            for n, press in enumerate(press for press in ACTIONS if press not in OWN_ONLY):
                value = share if press.startswith("record:") else check
                action = seen["actions"][0] | {"action_id": press, "action_ts": f"{actor}{victim}{n}", "value": value}
                action |= {"block_id": f"{check}-3-abc.1", "selected_option": {"value": value}}
                nothing_of(victim, where[actor].deliver(seen | {"actions": [action]}).body)
            for n, callback_id in enumerate(CALLBACKS):
                value = share if callback_id.startswith("record") else check
                view: dict[str, Any] = {
                    "type": "modal",
                    "id": f"V{actor}{victim}{n}",
                    "hash": "1.a",
                    "callback_id": callback_id,
                }
                view |= {"private_metadata": value, "state": {"values": entered(ADA, callback_id)}}
                view |= {"app_installed_team_id": actor}
                kept = {name: seen[name] for name in seen if name not in ("actions", "container", "message", "channel")}
                nothing_of(victim, where[actor].deliver(kept | {"type": "view_submission", "view": view}).body)
            said = next(d.payload for d in where[actor].deliveries("events_api") if d.payload["event"].get("text"))
            event = said["event"] | {
                "thread_ts": talks[victim].root,
                "text": "edit training cost",
                "ts": "1999999999.1",
            }
            assert where[actor].deliver(said | {"event": event, "event_id": f"Ev{actor}{victim}"}).ok
            body = where[actor].command(ADA, "/finetune", "decisions", channel="C0GENERAL")
            nothing_of(victim, body)
            many.quiet()
            assert _all_of(many, victim) == before
            for place in ("D0ADA", "C0GENERAL"):
                nothing_of(victim, where[actor].messages(place))
            nothing_of(victim, [where[actor].home(ADA), where[actor].modals(ADA), where[actor].ephemerals(ADA)])

    def test_purging_one_leaves_the_others_everything_and_takes_its_token(self, many: Many) -> None:
        many.install("T0LOCAL")
        many.install(OTHER)
        check_in(many, many.slack, "Ours")
        check_in(many, many.other, "Theirs")
        many.quiet()
        kept = _all_of(many, "T0LOCAL")
        many.bot.store.turn(lambda conn: retention.workspace(conn, OTHER))
        assert _all_of(many, "T0LOCAL") == kept
        assert not any(rows for table, rows in _all_of(many, OTHER).items())
        looked(many.bot)
        assert [one.team for one in many.bot.workspaces.all] == ["T0LOCAL"]


def looked(bot: Bot) -> None:
    """A second has passed."""
    assert bot.installations
    bot.installations._looked = 0.0
    bot.installations.look()


def _asked_more(slack: LocalSlack, than: int) -> bool:
    return len(slack.calls("auth.test")) > than


def nothing_of(victim: str, told: Any) -> None:
    assert f"Note of {victim}" not in json.dumps(told)
    assert f"Canary of {victim}" not in json.dumps(told)


def _all_of(many: Many, team: str) -> dict[str, list[Any]]:
    """All rows of a workspace in every table there is, its organisation's token with them."""
    mine = f"(SELECT id FROM sessions WHERE team='{team}')"  # noqa: S608
    found = dict[str, list[Any]]()
    for table, columns in many.columns().items():
        if table in NOBODYS:
            continue
        if table == "tokens":
            its = f"team='{team}'" + (f" OR (team='' AND enterprise='{ORG}')" if team == NORTH else "")
        elif table == "seen":
            its = f"substr(key, 1, {len(team) + 1})='{team}:'"
        else:
            its = f"team='{team}'" if "team" in columns else f"session IN {mine}" if "session" in columns else ""
        assert its, f"{table} has no workspace: say in NOBODYS why that is right"
        found[table] = sorted(many.rows(f"SELECT * FROM {table} WHERE {its}"), key=repr)  # noqa: S608
    return found


NOBODYS = {"_sqlite_migrations", "migrations", "looks", "gaps", "pulse", "tokens_version", "lanes"}
"""They say nothing of anybody, or, as lanes, who speaks to somebody for the moment."""
SELDOM = {
    "readers": "(share, team, person, follows) SELECT id, team, 'U0LIN', 1 FROM shares WHERE team='{team}' AND true",
    "handovers": "(id, team, session, owner, offered_to, at) SELECT substr(id, 2) || 'e', team, id, owner, 'U0LIN', ''"
    " FROM sessions WHERE team='{team}'",
    "feedback": "SELECT session, version, '{team}:U0ADA', 1, 'Note of {team}', '' FROM reports"
    " JOIN sessions ON id=session WHERE team='{team}'",
    "outbox": "(enterprise, team, lane, session, said, at, due, person) SELECT '', team, owner, id, '{{}}', created_at,"
    " '2999-01-01T00:00:00Z', owner FROM sessions WHERE team='{team}'",
    "calls": "(day, team, person, n) VALUES ('2999-01-01', '{team}', 'U0ADA', 7)",
    "wordings": "SELECT session, version, 'm', 'p', 7, 7, '' FROM reports"
    " JOIN sessions ON id=session WHERE team='{team}'",
    "memberships": "(team, person, channel, at) VALUES ('{team}', 'U0ADA', 'C0GENERAL', '2999-01-01T00:00:00Z')",
    "installations": "(enterprise, team, stopped_at) VALUES ('', '{team}', '2999-01-01T00:00:00Z')",
    "refusals": "(enterprise, team, at) VALUES ('', '{team}', '2999-01-01T00:00:00Z')",
}
"""What this day does not lead to, put there by hand."""


def test_the_time_of_an_installation_is_to_the_second(many: Many) -> None:
    many.install("T0LOCAL")
    ((at,),) = many.rows("SELECT installed_at FROM tokens")
    assert at <= stamp(many.clock.time())
