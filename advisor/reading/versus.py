"""Two models side by side in one line: "opus 5.5 vs haiku 5.5, 4,500 in 600 out, 1M calls/yr" as the quick line has it,
where tokens stand beside the first model and an arrow before the other one.
"""

from advisor.pattern import pattern
from advisor.reading.lexicon import phrase
from advisor.reading.tokens import tidy

_COMMA = pattern(r"[,;]\s+|;")


def as_prices(line: str) -> str:
    """The line with an arrow between the two models and the tokens before it; a line of one model as it is.

    Args:
        line: What was typed, of any length.

    Returns:
        A line for :func:`advisor.reading.line.quick`.
    """
    text = tidy(line)
    parted = phrase("compared_with").split(text, maxsplit=1)
    sides = parted if len(parted) > 1 else phrase("arrow").split(text, maxsplit=1)
    if len(sides) == 1:
        return line
    one, other = (side.strip(" ,;") for side in sides)
    if phrase("call_tokens").search(one.lower()):
        return f"{one} -> {other}"
    named, *rest = _COMMA.split(other)
    if begins := phrase("tokens_begin").search(named.lower()):
        named, rest = named[: begins.start()].strip(), [named[begins.start() :], *rest]
    tokens = [part for part in rest if phrase("call_tokens").search(part.lower())]
    more = [part for part in rest if part not in tokens]
    return f"{', '.join([one, *tokens])} -> {', '.join([named, *more])}"
