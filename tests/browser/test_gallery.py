"""What the gallery shows can be read by everybody: reports, records, Home, dialogs and the rules, in both themes."""

from __future__ import annotations

import gallery
import pytest
from build_gallery import SCHEMES, WIDTHS, Camera
from build_transcript import at_work
from playwright.sync_api import Browser

from tests.browser.conftest import BEYOND, axe
from tests.browser.test_looks import FAINT

READ = {
    "first-screen", "report-unfolded", "report-not_decided", "report-scale_up", "comparison", "roi", "record-unfolded",
    "record-scale_up-costs", "record-turned", "record-down", "home-empty", "home-full", "rules",
    *(picture.name for picture in gallery.PICTURES["Dialogs"]),
}  # fmt: skip


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_axe_finds_nothing_and_every_word_fits_and_can_be_read(browser: Browser) -> None:
    wrong: dict[str, list[str]] = {}
    with at_work(rules_to_read=True) as (slack, bot):
        bot.ready()
        cameras = [Camera(browser, slack.url, width, style="") for width in WIDTHS]
        play = gallery.Play(slack, bot)
        for scene in gallery.SCENES:
            for name, spot in scene(play):
                for camera in cameras:
                    if name in READ:
                        camera.find(spot)
                    for scheme in SCHEMES if name in READ else ():
                        camera.page.emulate_media(color_scheme=scheme)
                        found = [*axe(camera.page), *camera.page.evaluate(FAINT), *camera.page.evaluate(BEYOND)]
                        wrong[f"{name}, {camera.width}, {scheme}"] = found
                    camera.leave(spot)
        for camera in cameras:
            camera.page.close()
    assert len(wrong) == len(READ) * len(WIDTHS) * len(SCHEMES)
    assert {where: what for where, what in wrong.items() if what} == {}
