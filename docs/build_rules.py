"""Write docs/rules.md: the rules in our words with their sections, figures and anchors (``make rules``)."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from advisor import load_rules  # noqa: E402 - the project need not be installed for this
from bot.render.rules import sections  # noqa: E402
from bot.render.wording import Wording  # noqa: E402

HEAD = "<!-- Written by docs/build_rules.py from advisor/rules and prompts/say/rules.j2: `make rules`. -->\n"


def document() -> str:
    """The whole of docs/rules.md."""
    wording = Wording(load_rules())
    return HEAD + wording.document("rules.md.j2", sections=sections(wording))


if __name__ == "__main__":
    (ROOT / "docs" / "rules.md").write_text(document(), encoding="utf-8")
