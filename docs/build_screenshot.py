"""Take the README's pictures anew, of a whole check's report and its record on the local page (``make screenshot``;
needs Chromium)."""

import os
import shutil
import sys

from build_transcript import ADA, DM, ROOT, at_work, converse
from playwright.sync_api import FloatRect, Page, sync_playwright

DOCS, CHANNEL = ROOT / "docs", "C0GENERAL"

OPENING = "We pay for the large model because only it keeps our support tone. Tune a small one?"
ANSWERS = {
    "goal": "[smaller_model]", "prompt_tried": "[yes]", "rag_tried": "[yes]", "failure_cause": "[tone]",
    "eval_pairs": "1.2k", "measured_pass_rate": "82%", "target_pass_rate": "90%", "large_model_meets_target": "[yes]",
    "eval_overlaps_training": "[no]", "calls_per_year": "1M", "usd_per_call_now": "$30 per 1,000 calls",
    "usd_per_call_after": "$0.001", "pass_rate_without_tuning": "90 %",
    "usd_per_failure": "no idea", "other_savings_usd_per_year": "0",
    "training_pairs": "5k", "labeled_pairs": "0", "usd_per_label": "$1", "training_usd": "$500",
    "upkeep_usd_per_month": "200", "hosting_usd_per_month": "0", "retrain_pipeline": "[yes]", "retrain_budget": "[yes]",
    "retrain_owner": "R. Okafor",
}  # fmt: skip
# Chromium stays on this machine: no sandbox (it may run as root in CI), nothing fetched in the background.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip
SIDE = 272  # px, left of the conversation
WIDE = 900  # px, of a picture in the README
MOST = 150_000  # bytes of one


def chromium() -> str:
    """Where the browser is."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    return found or sys.exit("No Chromium here: install it, or name it in CHROMIUM.")


def main() -> None:
    with at_work(int(os.environ.get("PORT", "0")), rules_to_read=True) as (slack, _), sync_playwright() as playwright:
        *_, (_, report) = converse(slack, OPENING, ANSWERS)
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": WIDE + SIDE, "height": 1500}, color_scheme="light")
        page.goto(f"{slack.url}#{DM}/{report['thread_ts']}")
        page.get_by_text("Do next").last.wait_for()
        page.locator(".chart > svg > .nought").first.wait_for(state="attached")
        _shoot(page, "report.png")
        slack.click(ADA, report["ts"], "report:share")
        slack.wait_for(lambda: slack.modals(ADA))
        slack.submit(ADA, {"channel": CHANNEL, "title": "A small model for our support tone"})
        record = slack.wait_for(lambda: [m for m in slack.messages(CHANNEL) if m.get("bot_id")])[-1]
        page.goto(f"{slack.url}#{CHANNEL}")
        page.locator(f'article[data-ts="{record["ts"]}"]').wait_for()
        _shoot(page, "record.png")
        browser.close()


def _shoot(page: Page, name: str) -> None:
    """The last card on the page, as small a file as the README wants."""
    card = page.locator("#list article").last
    card.evaluate("(node) => node.scrollIntoView({ block: 'start' })")
    box = card.bounding_box()
    assert box is not None  # noqa: S101 - it is there: it was just scrolled to
    clip: FloatRect = {"x": SIDE, "y": box["y"], "width": WIDE, "height": box["height"]}
    size = len(page.screenshot(path=DOCS / name, clip=clip))
    print(f"docs/{name}: {size:,} bytes")
    if size > MOST:
        sys.exit(f"docs/{name} is larger than {MOST:,} bytes")


if __name__ == "__main__":
    main()
