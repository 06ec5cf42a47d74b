"""What is held against the checker: attacks, honest drafts, and ten thousand mutations of the honest ones."""

import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.answering.verify import fault, tidy

HERE = Path(__file__).parent
Row = dict[str, str]


def rows(name: str) -> list[Row]:
    """``attacks`` (260, ten each of 26 classes, written without a look at the checker), ``insiders`` (204, written
    against the checker with its source at hand, each accepted by an earlier edition of it), ``honest`` (204 drafts
    written to the prompt without a look at the checker)."""
    found: list[Row] = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return found


def stands(row: Row) -> bool:
    """Whether the checker lets a row's text stand for its source."""
    return fault(tidy(row["text"]), row["source"]) is None


# ---- mutations: each makes of a good sentence one that must not stand, whatever the sentence


def _words(text: str) -> list[str]:
    return text.rstrip(".").split(" ")


def _insert(piece: str) -> Callable[[str, random.Random], str]:
    def mutate(text: str, dice: random.Random) -> str:
        words = _words(text)
        words.insert(dice.randrange(1, len(words) + 1), piece)
        return " ".join(words) + "."

    return mutate


def _append(piece: str) -> Callable[[str, random.Random], str]:
    return lambda text, _: text.rstrip(".") + piece


def _slots(text: str) -> list[str]:
    return [word.strip(",.:;") for word in text.split(" ") if "{{" in word]


def _on_slot(change: Callable[[str], str]) -> Callable[[str, random.Random], str]:
    def mutate(text: str, dice: random.Random) -> str:
        slot = dice.choice(_slots(text))
        return text.replace(slot, change(slot), 1)

    return mutate


def _swap_slots(text: str, dice: random.Random) -> str:
    slots = _slots(text)
    if len(slots) < 2:
        return text.replace(slots[0], "{{safe_calls}}")
    one, other = dice.sample(slots, 2)
    return text.replace(one, "\0").replace(other, one).replace("\0", other)


def _look_alike(text: str, dice: random.Random) -> str:
    pairs = {"a": "а", "e": "е", "o": "о", "p": "р", "c": "с", "i": "і", "s": "ѕ"}
    outside = re.sub(r"\{\{.*?\}\}", lambda slot: "\0" * len(slot[0]), text)
    at = dice.choice([place for place, letter in enumerate(outside) if letter in pairs])
    return text[:at] + pairs[text[at]] + text[at + 1 :]


def _shout(text: str, dice: random.Random) -> str:
    words = _words(text)
    places = [n for n, word in enumerate(words) if word.islower() and len(word) > 3 and "{" not in word]
    at = dice.choice(places)
    words[at] = words[at].upper()
    return " ".join(words) + "."


MUTATIONS: dict[str, tuple[Callable[[str, random.Random], str], ...]] = {
    "slots": (
        _on_slot(lambda _: ""), _on_slot(lambda slot: f"{slot} and {slot}"), _on_slot(lambda slot: f"{slot}k"),
        _on_slot(lambda slot: f"x{slot}"), _on_slot(lambda _: "{{made_up}}"), _on_slot(lambda slot: f"-{slot}"),
        _on_slot(lambda slot: slot.strip("{}")), _swap_slots, _insert("{{safe_calls}}"), _insert("{{ratio"),
    ),
    "verdict": tuple(
        _append(f"{link} {verdict}.")
        for link in (", so", " and", ",")
        for verdict in (
            "start the run", "go ahead", "kick off the full training", "it is worth it", "stop the project",
            "approve the budget", "this settles it", "you should tune now", "hold off", "the answer is yes",
        )
    ),
    "figures": tuple(
        _insert(piece)
        for piece in (
            "7", "380", "99 %", "$5", "lOO", "IO", "one hundred", "twenty", "half", "double", "a dozen", "third", "½",
            "②", "Ⅳ", "９", "٣", "3x", "twice", "percent",
        )
    ),
    "turns": tuple(
        _insert(piece)
        for piece in ("not", "never", "no", "hardly", "more than", "less than", "only", "unless", "almost", "barely")
    ),
    "signs": tuple(
        _insert(piece)
        for piece in (
            "<!channel>", "<@U0ADA>", "@here", "https://evil.example", "evil.example/x", "*now*", "_so_", "~no~", "`x`",
            "✅", "🚀", "\u200bword", "\u202eword", "&amp;", "<b>", "#general", "{", "}}", "!", "?", "|", "\\n",
        )
    ),
    "letters": (_look_alike, _shout),
    "words": tuple(map(_insert, ("Bluebird", "Acme", "definitely", "please", "excellent", "competitors"))),
}  # fmt: skip


def mutations(number: int, seed: int = 1) -> Iterator[tuple[str, Row]]:
    """So many mutated sentences with the kind of each; the same for a seed."""
    dice = random.Random(seed)
    good = [row for row in rows("honest") if stands(row)]
    for _ in range(number):
        kind = dice.choice(list(MUTATIONS))
        row = dice.choice([row for row in good if kind != "slots" or "{{" in row["text"]])
        mutate = dice.choice(MUTATIONS[kind])
        yield kind, row | {"text": mutate(tidy(row["text"]), dice)}
