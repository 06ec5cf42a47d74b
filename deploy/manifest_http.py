"""Print manifest.yml as HTTP mode needs it (``make manifest-http URL=https://advisor.example.com``); with ``MANY=yes``
for workspaces and organisations that install the bot themselves."""

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

PATH, REDIRECT = "/slack/events", "/slack/oauth_redirect"
ADDED = (
    (r"(?m)^(    - command: .*\n)", "      url: {url}\n"),
    (r"(?m)^(  event_subscriptions:\n)", "    request_url: {url}\n"),
    (r"(?m)^(  interactivity:\n    is_enabled: true\n)", "    request_url: {url}\n"),
)
"""Behind which line what comes in."""


def over_http(manifest: str, url: str, *, many: bool = False) -> str:
    """The same manifest with Socket Mode off and this address in the three places Slack calls; for many workspaces
    also where it sends people back to, and open to organisations."""
    for place, added in ADDED:
        manifest = _once(place, lambda found, added=added: found[0] + added.format(url=url), manifest)
    if many:
        back = url.removesuffix(PATH) + REDIRECT
        place = r"(?m)^(oauth_config:\n)"
        manifest = _once(place, lambda found: f"{found[0]}  redirect_urls:\n    - {back}\n", manifest)
        manifest = _once(r"(?m)^(  org_deploy_enabled:) false$", lambda found: f"{found[1]} true", manifest)
    return _once(r"(?m)^(  socket_mode_enabled:) true$", lambda found: f"{found[1]} false", manifest)


def _once(pattern: str, become: object, text: str) -> str:
    changed, times = re.subn(pattern, become, text)  # type: ignore[call-overload]
    if times != 1:
        raise SystemExit(f"manifest.yml has {times} places like {pattern!r}: this script and it must change together")
    return str(changed)


def main(words: list[str]) -> int:
    many = words[1:] == ["--many"]
    given = urlsplit(words[0]) if len(words) == 1 + many else None
    if given is None or given.scheme != "https" or not given.hostname or given.query or given.fragment:
        print("Say where Slack can reach the bot: make manifest-http URL=https://advisor.example.com", file=sys.stderr)
        return 2
    url = words[0].rstrip("/").removesuffix(PATH) + PATH
    manifest = Path(__file__).resolve().parent.parent / "manifest.yml"
    print(over_http(manifest.read_text(encoding="utf-8"), url, many=many), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
