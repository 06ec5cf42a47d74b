"""The bot as a process, a Chromium, and hands on its page."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Page, expect

from tests.bot.conftest import HandClock
from tests.ports import free_port

sys.path.append(str(Path(__file__).parents[2] / "docs"))  # last: one of its scripts has the name of a standard module

from build_transcript import at_work

ROOT = Path(__file__).parents[2]
SCREENSHOTS = Path(os.environ.get("SCREENSHOTS") or ROOT / "screenshots")
OURS = ("ADVISOR_", "SLACK_", "ANTHROPIC_", "PORT", "HOST", "LOG_LEVEL")
GIVE_UP = 60_000  # ms; on a busy machine too

# Everything a person needs to be led to "run a trial"; what is not in here is answered with "I don't know".
TRIAL = {
    "goal": "Answer in our voice",
    "prompt_tried": "Yes",
    "rag_tried": "Not needed",
    "failure_cause": "Wrong tone or style",
    "eval_pairs": "1.2k",
    "measured_pass_rate": "82%",
    "target_pass_rate": "90%",
    "large_model_meets_target": "Yes",
    "eval_overlaps_training": "No",
    "calls_per_year": "1M",
    "usd_per_call_now": "$0.03",
    "usd_per_call_after": "0.001",
    "pass_rate_without_tuning": "90%",
    "training_pairs": "5k",
    "labeled_pairs": "0",
    "usd_per_label": "$1",
    "training_usd": "500",
    "upkeep_usd_per_month": "200",
    "hosting_usd_per_month": "0",
    "retrain_pipeline": "Yes",
    "retrain_budget": "Yes",
    "retrain_owner": "R. Okafor",
}


class Bot:
    """`python -m bot` in local mode, on one port and one database however often it is started."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.url = folder, free_port(), ""
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> Bot:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        env = kept | {"ADVISOR_DB": str(self.folder / "advisor.db"), "PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
        with (self.folder / "bot.log").open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot"], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/", said)
        if found is None:
            self.end(signal.SIGKILL)
            raise AssertionError(f"the bot did not start: {said!r}\n{self.log}")
        self.url = found[0]
        return self

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop it; its exit status (negative: the signal it died of)."""
        if self._process is None:
            return 0
        self._process.send_signal(how)
        status = self._process.wait(60)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None
        return status

    @property
    def log(self) -> str:
        return (self.folder / "bot.log").read_text()


class HomePage:
    """One browser page, and what a person does on it. `moves` counts presses and sent messages."""

    def __init__(self, page: Page, url: str, owner: str = "D0ADA") -> None:
        self.page, self.owner, self.moves = page, owner, 0
        self.trouble: list[str] = []  # what a person must never meet: dialogs, script errors, refused requests
        page.on("dialog", self._asked)
        page.on("pageerror", lambda error: self.trouble.append(f"script: {error}"))
        page.on("console", self._heard)
        page.set_default_timeout(GIVE_UP)
        page.goto(f"{url}#{owner}")
        expect(page.locator("#prompts button").first).to_be_visible()

    def _asked(self, dialog: Dialog) -> None:
        self.trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _heard(self, message: ConsoleMessage) -> None:
        # A stream that breaks while the bot is away is told to the console by the browser itself.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.trouble.append(f"console: {message.text}")

    # --- what is on the screen ----------------------------------------------------------------------------

    @property
    def box(self) -> Locator:
        return self.page.locator("#box")

    @property
    def card(self) -> Locator:
        """The newest card with something to press."""
        return self.page.locator("#list article").filter(has=self.page.locator(".actions")).last

    @property
    def live(self) -> Locator:
        return self.page.locator("#live")

    def asks(self, field: str) -> Locator:
        """What every card that asks about a field has: the button for not knowing it."""
        return self.page.locator(f'#list [data-action="answer:{field}:unknown"]')

    @property
    def asked(self) -> str:
        """The field being asked about; empty on a report."""
        actions = self.page.locator('#list [data-action^="answer:"][data-action$=":unknown"]').evaluate_all(
            "nodes => nodes.map((node) => node.dataset.action)"
        )
        return actions[-1].split(":")[1] if actions else ""

    def expect_question(self, field: str) -> None:
        expect(self.asks(field)).to_have_count(1)

    def expect_report(self, headline: str | re.Pattern[str] = re.compile(".")) -> None:
        expect(self.page.locator('#list [data-action="report:change"]')).to_have_count(1)
        expect(self.card.get_by_role("heading", name=headline)).to_be_visible()

    # --- hands --------------------------------------------------------------------------------------------

    def press(self, name: str, *, inside: Locator | None = None) -> None:
        """A mouse click on what has this name: a button, or the label of a choice."""
        at = inside or self.card
        at.get_by_role("button", name=name, exact=True).or_(at.get_by_label(name)).first.click()
        self.moves += 1

    def pick(self, name: str) -> None:
        """What stands behind *More*, or behind the three dots."""
        more = self.card.get_by_role("combobox", name="More")
        if more.count():
            more.select_option(label=name)
        else:
            self.card.get_by_label("More actions").first.click()
            self.card.get_by_role("button", name=name, exact=True).click()
        self.moves += 1

    def send(self, text: str) -> None:
        """Type into the box and press Enter."""
        self.box.fill(text)
        self.box.press("Enter")
        self.moves += 1
        expect(self.box).to_have_value("")

    def open(self, text: str) -> None:
        """Begin a conversation with these words."""
        self.send(text)
        self.expect_question("goal")

    def answer(self, text: str) -> None:
        """Answer the question on the card, with its button if it has one, and see that it has moved on."""
        field = self.asked
        button = self.card.get_by_role("button", name=text, exact=True)
        radio = self.card.get_by_role("radio", name=text)
        if radio.count():  # not the box of the same words, where the opening said so already
            radio.first.click()
            self.moves += 1
        elif button.count():
            self.press(text)
        else:
            self.send(text)
        expect(self.asks(field)).to_have_count(0)

    def answer_all(self, plan: dict[str, str], until: str = "") -> None:
        """Answer until there is a report, or until a field is asked about."""
        while (field := self.asked) and field != until:
            self.answer(plan.get(field, "I don't know"))
        assert self.asked == until

    # --- keeping what it looks like -----------------------------------------------------------------------

    def shoot(self, name: str) -> None:
        """A picture of the page with the whole of the newest card in it, however long that is."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        size = self.page.viewport_size
        assert size is not None
        hidden = self.page.evaluate(TOO_TALL)
        self.page.set_viewport_size({"width": size["width"], "height": size["height"] + max(0, hidden)})
        self.page.evaluate("() => { document.getElementById('scroll').scrollTop = 1e9 }")
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")
        self.page.set_viewport_size(size)


# How much taller the newest message is than the room for messages.
TOO_TALL = """() => {
  const last = document.querySelector("#list > li:last-child");
  const room = document.getElementById("scroll").clientHeight;
  return last ? Math.ceil(last.getBoundingClientRect().height) + 40 - room : 0;
}"""


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Bot]:
    """For a test that ends it: one takes seconds to start."""
    running = Bot(tmp_path).start()
    yield running
    running.end()


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The page of the test's bot, which is in this process unless the test asks for one that is a process."""
    if "bot" in request.fixturenames:
        yield request.getfixturevalue("bot").url
        return
    with at_work(rules_to_read=True, clock=HandClock()) as (slack, running):
        running.ready()
        running.go_on()
        yield slack.url


Desk = Callable[..., HomePage]


@pytest.fixture
def desk(browser: Browser, url: str) -> Iterator[Desk]:
    """Opens pages, each in a browser profile of its own; in the end none of them has met trouble."""
    opened: list[HomePage] = []

    def sit_down(owner: str = "D0ADA", width: int = 1280, height: int = 900, **more: Any) -> HomePage:
        context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", **more)
        opened.append(HomePage(context.new_page(), url, owner))
        return opened[-1]

    yield sit_down
    for each in opened:
        each.page.context.close()
    assert [trouble for each in opened for trouble in each.trouble] == []


@pytest.fixture
def trial() -> dict[str, str]:
    """Answers that lead to "run a trial"."""
    return dict(TRIAL)


# What sticks out to the right or left, and what is wider than the box it stands in. Boxes that scroll sideways by
# themselves may hold wide things; what only a screen reader finds, and a side that is drawn away, do not count.
BEYOND = """() => {
  const root = document.documentElement;
  const wide = root.clientWidth;
  const found = [];
  if (root.scrollWidth > wide) found.push(`the page is ${root.scrollWidth} wide, the window ${wide}`);
  const scrolls = (node) => {
    if (!node || node === document.body || ["scroll", "threads"].includes(node.id)) return false;
    const sideways = ["auto", "scroll"].includes(getComputedStyle(node).overflowX);
    return (sideways && node.scrollWidth > node.clientWidth) || scrolls(node.parentElement);
  };
  for (const node of document.body.querySelectorAll("*")) {
    if (!node.checkVisibility({ visibilityProperty: true })) continue;
    if (node.closest(".sr, .skip, #box-label, .menu-word, #people input, option")) continue;
    const box = node.getBoundingClientRect();
    const name = `${node.tagName.toLowerCase()}.${node.className} "${node.textContent.trim().slice(0, 30)}"`;
    const outside = box.width && (box.right > wide + 0.5 || box.left < -0.5);
    if (outside && !scrolls(node.parentElement)) found.push(`${name} ends at ${box.right}`);
    const holds = node.clientWidth && node.matches("button, label, h3, .body, .body *, #scroll");
    const short = getComputedStyle(node).textOverflow === "ellipsis";
    if (holds && node.scrollWidth > node.clientWidth + 1 && !short && !scrolls(node)) {
      found.push(`${name} holds ${node.scrollWidth}, has room for ${node.clientWidth}`);
    }
  }
  return found;
}"""


def axe(page: Page) -> list[str]:
    """What axe finds fault with, each with the first place of it."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


Beyond = Callable[[Page], list[str]]


@pytest.fixture
def beyond() -> Beyond:
    """Says what does not fit the page's width."""
    return lambda page: list(page.evaluate(BEYOND))
