"""Take the gallery's pictures and write build/gallery/index.html (``make gallery``; needs Chromium).

Every card, dialog and page of ``docs/gallery.py``, at two widths, light and dark.
"""

import sys
import time
from html import escape
from pathlib import Path
from typing import Literal

import gallery
from build_screenshot import FLAGS, chromium
from build_transcript import ROOT, at_work
from gallery import DM, LINS, PICTURES, SCENES, Picture, Play, Spot, elements, pictures
from playwright.sync_api import Browser, sync_playwright

OUT = ROOT / "build" / "gallery"
WIDTHS = {1280: 800, 420: 900}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WAIT = 30_000  # ms

# The card on the page says what it said last. A chart is drawn once it knows its width.
SAYS = """([ts, text]) => {
  const item = [...document.querySelectorAll("#list > li")].find((node) => node.dataset.key === ts);
  const charts = [...(item?.querySelectorAll(".chart > svg") ?? [])].filter((svg) => svg.checkVisibility());
  return item && JSON.parse(item.dataset.words)[0] === text && charts.every((svg) => svg.childElementCount > 2);
}"""
SHOWS = """([title, blocks]) => {
  const shown = [...document.querySelectorAll("#modal-body > [data-block-id]")].map((node) => node.dataset.blockId);
  return document.getElementById("modal").open && JSON.stringify(shown) === JSON.stringify(blocks);
}"""
# Home is published anew whenever it is looked at, so it is known by what can be pressed on it.
STANDS = """(actions) => {
  const shown = [...document.querySelectorAll("#home button[data-action]")].map((node) => node.dataset.action);
  return !document.getElementById("home").hidden && JSON.stringify(shown) === JSON.stringify(actions);
}"""
# In one go: a node may be drawn anew at any time.
IN_SIGHT = """(found) => {
  const node = document.querySelector(found);
  node.scrollIntoView({ block: "nearest" });
  const { x, y, width, height } = node.getBoundingClientRect();
  return { x, y, width, height };
}"""
UNFOLD = """(found) => {
  for (const one of document.querySelectorAll(`${found} details.folded`)) one.open = true;
}"""
# A dialog as long as it is, though on a screen it scrolls.
WHOLE = ".modal, .modal form { max-height: none !important } .home-body { padding: 12px }"


class Camera:
    """A page of one width, and the pictures it takes."""

    def __init__(self, browser: Browser, url: str, width: int, out: Path = OUT, style: str = WHOLE) -> None:
        self.width, self.height, self._url, self._out, self._style = width, WIDTHS[width], url, out, style
        size = {"width": width, "height": self.height}
        self.page = browser.new_page(viewport=size, reduced_motion="reduce", bypass_csp=True)  # type: ignore[arg-type]
        self.page.set_default_timeout(WAIT)
        self._tall = False

    def take(self, picture: Picture, spot: Spot) -> None:
        """Go there, and photograph it light and dark."""
        target = self.find(spot)
        for scheme in SCHEMES:
            self.page.emulate_media(color_scheme=scheme)
            path = self._out / file(picture, self.width, scheme)
            clip = self.page.evaluate(IN_SIGHT, target) if target else None
            self.page.screenshot(path=path, animations="disabled", full_page=spot.what == "page", clip=clip)
        self.leave(spot)

    def leave(self, spot: Spot) -> None:
        """Back to where what comes next is seen."""
        if spot.pressed:
            self.page.keyboard.press("Escape")
        if spot.where.startswith(LINS) and not spot.stays:
            self._go(DM)

    def find(self, spot: Spot) -> str:
        """What is to be photographed, as a selector, in a window as tall as it is; empty for all the window."""
        page, window = self.page, spot.what == "window"
        if self._tall:
            page.set_viewport_size({"width": self.width, "height": self.height})
        self._tall = not window
        if spot.what == "page":
            page.goto(f"{self._url}{spot.where}")
            return ""
        whispered = spot.where.partition("?")[2]
        self._go(spot.where.partition("?")[0])
        if whispered:
            page.evaluate("(place) => { location.hash = place }", whispered)
        found = ""
        if spot.message is not None:
            page.wait_for_function(SAYS, arg=[spot.message["ts"], spot.message["text"]])
            found = f'article[data-ts="{spot.message["ts"]}"]'
        elif spot.what == "home" and spot.view:
            page.wait_for_function(STANDS, arg=[e["action_id"] for e in elements(spot.view) if e["type"] == "button"])
            found = ".home-body"
        elif spot.view:
            page.wait_for_function(SHOWS, arg=[spot.view["title"]["text"], _ids(spot.view)])
            found = "#modal"
        if spot.pressed:
            page.locator(spot.pressed).first.click()
        if not found:
            page.locator("#presence[data-state=connected]").wait_for()
            return ""
        if spot.unfold:
            page.evaluate(UNFOLD, found)
        height = page.evaluate(IN_SIGHT, found)["height"] + 400
        page.set_viewport_size({"width": self.width, "height": int(max(self.height, height))})
        if spot.typed:
            page.locator("#modal input[type=text]").first.fill(spot.typed)
            page.locator("#modal-submit").click()
            page.locator(".fault").first.wait_for()
        if spot.message is not None:
            page.wait_for_function(SAYS, arg=[spot.message["ts"], spot.message["text"]])
        return found

    def _go(self, where: str) -> None:
        if not self.page.url.startswith(f"{self._url}#"):
            self.page.goto(f"{self._url}#{where}")
            if self._style:
                self.page.add_style_tag(content=self._style)
        else:
            self.page.evaluate("(place) => { location.hash = place }", where)


def _ids(view: dict[str, list[dict[str, str]]]) -> list[str]:
    return [block["block_id"] for block in view["blocks"]]


def file(picture: Picture, width: int, scheme: str) -> str:
    """Its name in the gallery's folder."""
    return f"{picture.name}-{width}-{scheme}.png"


# ---- the page

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2430; --quiet: #566172; --line: #868f9c; --link: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #191d23; --ink: #e6eaf0; --quiet: #a7b1c0; --line: #76808f; --link: #7ab8f5; }
}
body { max-width: 1500px; margin: 0 auto; padding: 1rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
  font: 100%/1.5 system-ui, sans-serif; }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: 0; padding: 0; list-style: none; }
p, figcaption { color: var(--quiet); }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); }
h3 { margin: 2rem 0 .5rem; }
.pictures { display: grid; grid-template-columns: 2.4fr 2.4fr 1fr 1fr; gap: 1rem; align-items: start; }
@media (max-width: 760px) { .pictures { grid-template-columns: 1fr; } }
figure { margin: 0; }
img { display: block; width: 100%; height: auto; border: 1px solid var(--line); }
"""
SHOT = """<figure><a href="{file}"><img src="{file}" width="{wide}" height="{high}" loading="lazy"
 alt="{alt}"></a><figcaption>{width} px, {scheme}</figcaption></figure>"""


def page(said: dict[str, str], out: Path = OUT) -> str:
    """The gallery's page, of the pictures that are there; ``said`` is what each shows, in words."""
    groups = []
    for name, group in PICTURES.items():
        rows = "".join(_row(each, said[each.name], out) for each in group if each.name in said)
        groups.append(
            f'<section aria-labelledby="{_anchor(name)}"><h2 id="{_anchor(name)}">{name}</h2>{rows}</section>'
        )
    links = "".join(f'<li><a href="#{_anchor(name)}">{name}</a></li>' for name in PICTURES)
    without = "".join(f"<li>{escape(what)}: {escape(why)}</li>" for what, why in gallery.NOT_SHOWN.items())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Gallery</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body>'
        f"<header><h1>Everything the bot shows</h1><p>Each at 1280 and 420 px, light and dark; a picture leads to its"
        f' full size.</p><nav aria-label="Groups"><ul>{links}</ul></nav></header><main>{"".join(groups)}'
        f'<section aria-labelledby="without"><h2 id="without">Without a picture</h2><ul>{without}</ul></section>'
        f"</main></body></html>"
    )


def _row(picture: Picture, said: str, out: Path) -> str:
    shots = "".join(_shot(picture, width, scheme, said, out) for width in WIDTHS for scheme in SCHEMES)
    return f'<h3 id="{picture.name}">{escape(picture.title)}</h3><div class="pictures">{shots}</div>'


def _shot(picture: Picture, width: int, scheme: str, said: str, out: Path) -> str:
    name = file(picture, width, scheme)
    with (out / name).open("rb") as png:  # its size stands behind the first sixteen bytes
        head = png.read(24)
    wide, high = (int.from_bytes(head[at : at + 4], "big") for at in (16, 20))
    alt = escape(f"{picture.title}, {width} px wide, {scheme}. {said}", quote=True)
    return SHOT.format(file=name, wide=wide, high=high, alt=alt, width=width, scheme=scheme)


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")


def words(picture: Picture, spot: Spot) -> str:
    """What a picture shows, for who does not see it."""
    if spot.message is not None:
        text = str(spot.message["text"])
    elif spot.view and spot.view["type"] == "modal":
        labels = [b["label"]["text"] for b in spot.view["blocks"] if b["type"] == "input"]
        text = f"Dialog “{spot.view['title']['text']}”. " + " ".join(labels)
    else:
        text = picture.title
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}…"


LONGEST = 300


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.png"):
        old.unlink()
    began, listed, said = time.monotonic(), pictures(), dict[str, str]()
    with at_work(rules_to_read=True) as (slack, bot), sync_playwright() as playwright:
        bot.ready()
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        cameras = [Camera(browser, slack.url, width) for width in WIDTHS]
        play = Play(slack, bot)
        play.note_cards()
        for scene in SCENES:
            for name, spot in scene(play):
                said[name] = words(listed[name], spot)
                for camera in cameras:
                    camera.take(listed[name], spot)
            print(f"{scene.__name__}: {len(said)} of {len(listed)}, {time.monotonic() - began:.0f} s", flush=True)
        browser.close()
    (OUT / "index.html").write_text(page(said), encoding="utf-8")
    claimed = {what for picture in listed.values() for what in picture.of}
    if missing := sorted(listed.keys() - said.keys()) + sorted(claimed - play.met):
        sys.exit(f"The list says so, and it was not met: {', '.join(missing)}")
    print(f"{OUT / 'index.html'}: {len(said)} pictures, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
