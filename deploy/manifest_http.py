"""Print manifest.yml as HTTP mode needs it (``make manifest-http URL=https://advisor.example.com``)."""

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

PATH = "/slack/events"
ADDED = (
    (r"(?m)^(    - command: .*\n)", "      url: {url}\n"),
    (r"(?m)^(  event_subscriptions:\n)", "    request_url: {url}\n"),
    (r"(?m)^(  interactivity:\n    is_enabled: true\n)", "    request_url: {url}\n"),
)
"""Behind which line what comes in."""


def over_http(manifest: str, url: str) -> str:
    """The same manifest with Socket Mode off and this address in the three places Slack calls."""
    for place, added in ADDED:
        manifest = _once(place, lambda found, added=added: found[0] + added.format(url=url), manifest)
    return _once(r"(?m)^(  socket_mode_enabled:) true$", lambda found: f"{found[1]} false", manifest)


def _once(pattern: str, become: object, text: str) -> str:
    changed, times = re.subn(pattern, become, text)  # type: ignore[call-overload]
    if times != 1:
        raise SystemExit(f"manifest.yml has {times} places like {pattern!r}: this script and it must change together")
    return str(changed)


def main(words: list[str]) -> int:
    given = urlsplit(words[0]) if len(words) == 1 else None
    if given is None or given.scheme != "https" or not given.hostname or given.query or given.fragment:
        print("Say where Slack can reach the bot: make manifest-http URL=https://advisor.example.com", file=sys.stderr)
        return 2
    url = words[0].rstrip("/").removesuffix(PATH) + PATH
    manifest = Path(__file__).resolve().parent.parent / "manifest.yml"
    print(over_http(manifest.read_text(encoding="utf-8"), url), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
