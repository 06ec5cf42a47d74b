"""Files from the bot: uploaded as Slack's own client does it, shown in the thread, saved and never run."""

from __future__ import annotations

from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.local import LocalSlack


def test_a_file_is_shown_in_the_thread_and_can_be_fetched(slack: LocalSlack, client: WebClient) -> None:
    root = slack.say("U0ADA", "export")
    client.files_upload_v2(
        channel="D0ADA",
        thread_ts=root,
        content="# Décision",
        filename="décision.md",
        title="Report",
        initial_comment="Here:",
    )
    message = slack.messages("D0ADA", root)[-1]
    assert (message["subtype"], message["text"], message["bot_id"]) == ("file_share", "Here:", "B0BOT")
    (file,) = message["files"]
    assert (file["name"], file["title"], file["size"]) == ("décision.md", "Report", len("# Décision".encode()))
    assert slack.file(file["id"]).decode() == "# Décision"
    with urlopen(file["url_private_download"], timeout=10) as answer:  # noqa: S310
        assert answer.read().decode() == "# Décision"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_outlives_the_server(tmp_path: Path) -> None:
    store = tmp_path / "slack.db"
    with LocalSlack(store=store, retry_waits=()) as slack:
        client = WebClient(token=slack.bot_token, base_url=slack.api_url)
        client.files_upload_v2(channel="C0GENERAL", content="kept", filename="a.txt")
    with LocalSlack(store=store, retry_waits=()) as again:
        (file,) = again.messages("#general")[0]["files"]
        assert again.file(file["id"]) == b"kept"


def test_without_the_scope_nothing_can_be_uploaded() -> None:
    with LocalSlack(scopes=("chat:write",)) as slack:
        client = WebClient(token=slack.bot_token, base_url=slack.api_url)
        assert client.auth_test().headers["x-oauth-scopes"] == "chat:write"
        with pytest.raises(SlackApiError) as caught:
            client.files_getUploadURLExternal(filename="a.txt", length=1)
        answer = caught.value.response
        assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "files:write", "chat:write")


def test_a_file_goes_only_where_the_bot_may_post(slack: LocalSlack, client: WebClient) -> None:
    with pytest.raises(SlackApiError, match="not_in_channel"):
        client.files_upload_v2(channel="C0ELSEWHERE", content="x", filename="a.txt")
    assert slack.messages("#elsewhere") == []


@pytest.mark.parametrize(
    ("length", "code"), [(0, "file_upload_size_restricted"), (2_000_000, "file_upload_size_restricted")]
)
def test_a_file_has_a_size_that_is_allowed(client: WebClient, length: int, code: str) -> None:
    with pytest.raises(SlackApiError, match=code):
        client.files_getUploadURLExternal(filename="a.txt", length=length)


def test_only_a_promised_upload_is_taken_and_only_once(slack: LocalSlack, client: WebClient) -> None:
    promised = client.files_getUploadURLExternal(filename="a.txt", length=1)
    with pytest.raises(SlackApiError, match="file_not_found"):
        client.files_completeUploadExternal(files=[{"id": promised["file_id"]}], channel_id="D0ADA")
    with urlopen(Request(promised["upload_url"], b"x"), timeout=10) as answer:  # noqa: S310
        assert answer.status == 200
    for url in (promised["upload_url"], f"{slack.url}upload/never"):
        with pytest.raises(HTTPError, match="404") as refused:
            urlopen(Request(url, b"x"), timeout=10)  # noqa: S310
        refused.value.close()
