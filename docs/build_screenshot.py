"""Take docs/screenshot.png anew: a whole check's report on the local page (``make screenshot``; needs Chromium)."""

import os
import shutil
import sys

from build_transcript import DM, ROOT, converse, running
from playwright.sync_api import sync_playwright

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
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def main() -> None:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        sys.exit("No Chromium here: install it, or name it in CHROMIUM.")
    with running(int(os.environ.get("PORT", "0"))) as slack, sync_playwright() as playwright:
        *_, (_, report) = converse(slack, OPENING, ANSWERS)
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1180, "height": 1500})
        page.goto(f"{slack.url}#{DM}/{report['thread_ts']}")
        page.get_by_text("Next steps").last.wait_for()
        page.wait_for_timeout(600)
        page.screenshot(path=str(ROOT / "docs" / "screenshot.png"))
        browser.close()


if __name__ == "__main__":
    main()
