"""The gallery's list is whole, and its page can be read by everybody."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "docs"))  # last: one of its scripts has the name of a standard module

import build_gallery
import gallery


def test_all_that_the_bot_has_is_photographed_or_says_why_not() -> None:
    """A new face, kind of question, verdict, note, step, button, command or dialog needs a picture."""
    shown = {what for picture in gallery.pictures().values() for what in picture.of}
    assert gallery.whole() - shown - gallery.NOT_SHOWN.keys() == set(), "give it a line in docs/gallery.py and a scene"


def test_nothing_is_listed_that_the_bot_does_not_have() -> None:
    shown = {what for picture in gallery.pictures().values() for what in picture.of}
    extra = {"dialog delete", "dialog form_gone", "dialog roi_result"}  # they take nothing, so nobody listens to them
    assert (shown | gallery.NOT_SHOWN.keys()) - gallery.whole() == extra
    assert not shown & gallery.NOT_SHOWN.keys()


def test_every_picture_is_listed_once_and_taken_in_a_scene() -> None:
    listed = Counter(picture.name for group in gallery.PICTURES.values() for picture in group)
    assert [name for name, times in listed.items() if times > 1] == []
    source = Path(gallery.__file__).read_text(encoding="utf-8")
    scenes = source[source.index("# ---- the conversations") :]
    taken = set(re.findall(r'"([a-z][a-z0-9-]+)"', scenes))
    families = ("report-", "record-")  # a verdict's, which one loop takes
    assert [n for n in listed if n not in taken and not n.startswith(families)] == []


def test_every_dialog_the_bot_opens_has_a_picture() -> None:
    """Their names are the third thing a Modal is made of, where they do not stand in a variable."""
    bot = Path(gallery.__file__).parent.parent / "bot"
    trees = [ast.parse(path.read_text("utf-8")) for path in bot.rglob("*.py") if "local" not in path.parts]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) > 2]
    thirds = [call.args[2] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Modal"]
    names = {third.value for third in thirds if isinstance(third, ast.Constant)}
    shown = {what.removeprefix("dialog ") for p in gallery.pictures().values() for what in p.of}
    assert names, "where are they?"
    assert names <= shown


@pytest.fixture
def page(tmp_path: Path) -> str:
    """The gallery's page with two pictures taken."""
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big")
    shown = {name: gallery.pictures()[name] for name in ("greeting", "rules")}
    for picture in shown.values():
        for width in build_gallery.WIDTHS:
            for scheme in build_gallery.SCHEMES:
                (tmp_path / build_gallery.file(picture, width, scheme)).write_bytes(png)
    return build_gallery.page(dict.fromkeys(shown, 'It says "hello" & <more>'), tmp_path)


def test_each_picture_has_a_title_a_size_and_words_for_who_does_not_see_it(page: str) -> None:
    images = re.findall(r"<img [^>]*>", page)
    assert len(images) == 2 * len(build_gallery.WIDTHS) * len(build_gallery.SCHEMES)
    for image in images:
        assert 'loading="lazy" ' in " ".join(image.split())
        assert 'width="640" height="480"' in image
        assert re.search(r'alt="[^"]+It says &quot;hello&quot; &amp; &lt;more&gt;"', image)
    assert page.count("<h3 ") == 2
