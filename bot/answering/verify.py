"""Whether a sentence that a model wrote may stand for its source: pure, and strict.

No filter over free prose holds, so little freedom is left. Figures are placeholders that bring their own unit and
label; they stay in their order, each once. Words are those of the source and a short list of plain ones
(``prompts/llm/words.txt``), in which nothing can be decided, advised, counted or praised. What turns a statement round
(not, more, less) stays between the same placeholders. What fails is replaced by our own sentence.
``docs/wording.md`` says how well that holds.
"""

import re
import unicodedata
from collections import Counter
from functools import cache, lru_cache
from itertools import pairwise
from typing import Literal

from advisor.pattern import pattern

Fault = Literal["length", "characters", "sentence", "slots", "words", "capitals", "turned", "advice", "drifted"]

LONGEST = 240
_SLOT = pattern(r"\{\{([a-z0-9_]+)\}\}")
_WORD = pattern(r"[A-Za-z]+(?:-[A-Za-z]+)*(?:'[a-z]+)?")
_TOKEN = pattern(rf"\{{\{{[a-z0-9_]+\}}\}}|{_WORD.pattern}")
_EFFECT_FIRST = pattern(r"(?!Because|Since)(.+?),? (?:because|since) (.+)", re.DOTALL)
_LINK = pattern(r"\b(?:so|thus|hence|therefore)\b")
_SET = pattern(r"\b(?:[Ss]o far|as well|too(?=[.,]))\b")  # said as one, and neutral
_PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": ".", "\u00a0": " "})
_ALLOWED = pattern(r"[A-Za-z ,.;:'\"()-]*")
_ENDINGS = ("ness", "ing", "ed", "es", "ly", "s", "e", "d", "n")

_IRREGULAR = {
    "brought": "bring", "kept": "keep", "left": "leave", "held": "hold", "became": "become", "told": "tell",
    "said": "say", "got": "get", "getting": "get", "fell": "fall", "stood": "stand", "took": "take", "gave": "give",
    "found": "find", "paid": "pay", "came": "come", "gone": "go", "went": "go", "putting": "put", "meant": "mean",
}  # fmt: skip

# What turns a statement round, or makes it surer, wider or an effect of something. As many of a class as in the source.
_TURNS = {
    "not": "not no never cannot",
    "nobody": "nobody none nothing neither nor",
    "without": "without untuned",
    "missing": "missing lacks lacking absent",
    "more": "more above exceeds exceeding beyond higher greater",
    "less": "less fewer below under short lower",
    "better": "better",
    "worse": "worse",
    "up": "up",
    "so": "so because since therefore thus hence",
    "but": "but although though while whereas however yet",
    "may": "can could may might possibly perhaps",
    "would": "would",
    "past": "was were had did",
    "often": "often",
    "usually": "usually generally",
    "mostly": "mostly mainly largely",
    "looks": "looks look seems seem appears appear",
    "only": "only just merely simply",
    "if": "if when whenever whether",
    "until": "until",
    "before": "before",
    "after": "after",
    "most": "most",
    "some": "some several",
    "each": "each every all",
}
_CLASS = {word: name for name, words in _TURNS.items() for word in words.split()}
_LINKS = ("so", "but")  # these may become an "and"
_BETWEEN = ("more", "less")
_REACH = ("not", "nobody", "without", "missing", "may", "only")  # each still reaches what it reached
_LED = ("looks", "most")  # what follows them stays what follows them
_NOT = pattern(r"[a-z]+n't")
_CLAUSE = pattern(r"[,;:()]|\b(?:but|so|because|since|while|whereas|though|although|until|where|when)\b")

# Said with plain words only, and yet another statement; allowed where the source has them.
_TRICKS = pattern(
    r"\b(?:yet to|used to|(?:is|are|was|were|be|been|has|have|had|having|need|needs)(?: still)? to)\b"
    r"|\b(?:left|taken|put|kept|come|comes|held) (?:out|off|aside|back|away|against)\b|\bto be\b(?<!seems to be)"
)
# Beside a placeholder these make another figure of it: "about", "up to", "between … and …", "… and over".
_BEFORE_SLOT = frozenset(["to", "between", "by", "within", "about", "over", "minus", "around", "on", "off"])
_AFTER_SLOT = frozenset(["or", "off", "out", "to", "left", "taken", "within", "from", "over", "less", "more", "short"])

_MOVED = 1  # word of the source may stand elsewhere
_KEPT = 0.5  # of the source's own words, so that a sentence is still about what its source is about
_GROWN = 1.3, 3  # how much longer than its source a sentence may be: a share, and words


def tidy(text: str) -> str:
    """A model's sentence with plain quotes, dashes and spaces: what is checked is what is shown."""
    return " ".join(text.translate(_PLAIN).split())


def fault(text: str, source: str) -> Fault | None:
    """What is wrong with a tidied sentence as another wording of ``source``; ``None`` when it may stand."""
    if not 10 <= len(text) <= LONGEST:
        return "length"
    bare = _SLOT.sub("", text)
    # NFKC would make an ASCII letter of a look-alike; whatever it changes is not what it seems.
    if unicodedata.normalize("NFKC", text) != text or not _ALLOWED.fullmatch(bare):
        return "characters"
    if not re.fullmatch(r"(?:[A-Za-z]|\{\{)[^.]*\.", text) or text.count("(") != text.count(")") or " ." in text:
        return "sentence"
    if _marks(text) - _marks(source):
        return "characters"
    if _SLOT.findall(text) != _SLOT.findall(source) or _glued(text) or _edged(text) - _edged(source):
        return "slots"
    return _words_fault(text, source)


def _marks(text: str) -> Counter[str]:
    """Marks that could make irony, an aside or a list; a hyphen inside a word is none."""
    return Counter(re.findall(r'[":;(]|(?<![a-z])-|-(?![a-z])', text))


def _edged(text: str) -> Counter[str]:
    """Words beside a placeholder that make another figure of it."""
    text = re.sub(r"\b(?:come|comes|came|get|gets) to (?=\{)", "", text)
    before = (word for word in re.findall(r"([a-z]+) \{\{", text.lower()) if word in _BEFORE_SLOT)
    after = (word for word in re.findall(r"\}\} ([a-z]+)", text.lower()) if word in _AFTER_SLOT)
    return Counter((*(f"{word} _" for word in before), *(f"_ {word}" for word in after)))


def _glued(text: str) -> bool:
    """Whether something sticks to a placeholder: "{{cost_usd}}k" would be another figure."""
    return re.search(r"[A-Za-z'\"-]\{\{|\}\}(?:[A-Za-z'\"-]|\()", text) is not None


def _words_fault(text: str, source: str) -> Fault | None:
    words, own = _words(text), _words(source)
    if len(words) > _GROWN[0] * len(own) + _GROWN[1]:
        return "length"
    if _strange(words, own):
        return "words"
    if any(_odd_capitals(word, place, own) for place, word in enumerate(words)):
        return "capitals"
    if not _turns_alike(text, source) or set(_TRICKS.findall(text)) - set(_TRICKS.findall(source)):
        return "turned"
    if _is_order(text, source):
        return "advice"
    linked = _turns(text)["so"] > 0  # without a link what came first has to come first
    said, meant = _content(_by_cause(text)), _content(_by_cause(source) if linked else _TOKEN.findall(source))
    if len(set(said) & set(meant)) < _KEPT * len(set(meant)) or _moved(said, meant) > _MOVED or said[-1] != meant[-1]:
        return "drifted"
    return "turned" if _effect_for_cause(text, source) else None


def _effect_for_cause(text: str, source: str) -> bool:
    """Whether something that is the cause in the source is the effect now, or the other way round."""
    said, meant = (_LINK.split(" ".join(_by_cause(one))) for one in (text, source))
    if len(said) != 2 or len(meant) != 2:
        return False
    sides = [[set(_content(_TOKEN.findall(part))) for part in one] for one in (said, meant)]
    (cause, effect), (was_cause, was_effect) = sides
    return bool((cause - effect) & (was_effect - was_cause) or (effect - cause) & (was_cause - was_effect))


def _by_cause(text: str) -> list[str]:
    """Words and placeholders, the cause before its effect: "Y, because X" and "X, so Y" are the same."""
    text = _SET.sub(" ", text)
    found = _EFFECT_FIRST.fullmatch(text)
    return _TOKEN.findall(f"{found[2]} so {found[1]}" if found else text)


def _content(tokens: list[str]) -> list[str]:
    """Placeholders and the stems of the words that carry the meaning, in order."""
    words = (token if token.startswith("{") else _stem(token) for token in tokens if token.lower() not in _CLASS)
    return [word for word in words if word not in _plain()[0]]


def _moved(said: list[str], meant: list[str]) -> int:
    """How many of the source's words stand elsewhere or once too often: who does what to whom depends on it."""
    shared = [word for word in said if word in meant]
    longest = [0] * (len(meant) + 1)  # the longest common subsequence, row by row
    for word in shared:
        before = longest[:]
        for place, other in enumerate(meant, start=1):
            longest[place] = before[place - 1] + 1 if word == other else max(before[place], longest[place - 1])
    return len(shared) - longest[-1]


def _words(text: str) -> list[str]:
    return _WORD.findall(_SET.sub(" ", _SLOT.sub(" ", text)))


@cache
def _plain() -> tuple[frozenset[str], frozenset[str]]:
    """Stems of the words that only join others, and all plain words in their forms."""
    joining, more = (part.split() for part in _listed().split("\n\n"))
    forms = {word + ending for word in more for ending in ("", "s", "ed", "ing")}
    forms |= {word.removesuffix("e") + "ing" for word in more}
    return frozenset(map(_stem, joining)), frozenset((*joining, *forms))


def _listed() -> str:
    from importlib.resources import files

    return (files("prompts") / "llm" / "words.txt").read_text(encoding="utf-8")


def plain_words() -> str:
    """The plain words beside the source's own, as the prompt lists them."""
    return " ".join(_listed().split())


@lru_cache(4096)
def _stem(word: str) -> str:
    word = _IRREGULAR.get(word.lower(), word.lower()).removesuffix("'s")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return _stem(word.removesuffix(ending))
    return word


def _strange(words: list[str], own: list[str]) -> set[str]:
    """Words that are neither the source's, in any form, nor plain."""
    stems = {_stem(word) for word in own}
    low = {word: word.lower() for word in words if _stem(word) not in stems}
    return {word for word, one in low.items() if not (one in _plain()[1] or one in _CLASS or _NOT.fullmatch(one))}


def _odd_capitals(word: str, place: int, own: list[str]) -> bool:
    """Capitals only at the beginning, and where the source has them: "lOO" is no word."""
    return not word.islower() and word not in own and not (place == 0 and word.istitle())


def _turns(text: str) -> Counter[str]:
    """How often each class stands in a text; "yet" turns only what it begins."""
    text = re.sub(r"(?<=[a-z}]) yet\b(?! to)", "", text.lower())
    found = (_CLASS.get(word) or ("not" if _NOT.fullmatch(word) else "") for word in _words(text))
    return Counter(name for name in found if name)


def _turns_alike(text: str, source: str) -> bool:
    """As many of each class, comparisons between the same placeholders, and what is reached or led still so."""
    said, meant = _turns(text), _turns(source)
    alike = said <= meant and all(said[name] == n for name, n in meant.items() if name not in _LINKS)
    between = _turns_between(text) == _turns_between(source)
    return alike and between and _led(text) == _led(source) and _reach(text, source)


def _turns_between(text: str) -> list[Counter[str]]:
    """Comparisons before, between and after the placeholders."""
    parts = _SLOT.split(text)[::2]
    return [Counter({name: n for name, n in _turns(part).items() if name in _BETWEEN}) for part in parts]


def _reach(text: str, source: str) -> bool:
    """Whether each "not" and the like still stands before one of the two words it stood before."""
    own = set(_content(_TOKEN.findall(source)))
    said, meant = _reached(text, own), _reached(source, own)
    pairs = (pair for name in meant for pair in zip(said[name], meant[name], strict=False))
    return all(not was or set(now) & set(was) for now, was in pairs)


def _reached(text: str, own: set[str]) -> dict[str, list[list[str]]]:
    """For each class, and each time it stands there, the next two of the source's own words in its clause."""
    found: dict[str, list[list[str]]] = {name: [] for name in _REACH}
    for tokens in map(_TOKEN.findall, _CLAUSE.split(text)):
        for place, token in enumerate(tokens):
            name = _CLASS.get(token.lower()) or ("not" if _NOT.fullmatch(token.lower()) else "")
            if name in found:
                found[name].append([word for word in _content(tokens[place + 1 :]) if word in own][:2])
    return found


def _led(text: str) -> list[str]:
    """The words that follow "looks" or "most" at once, articles and the like left out."""
    words = [word for word in _words(text) if word.lower() in _CLASS or _stem(word) not in _plain()[0]]
    return [_stem(after) for word, after in pairwise(words) if _CLASS.get(word.lower()) in _LED]


def _is_order(text: str, source: str) -> bool:
    """Whether a clause begins with a verb: then somebody is told what to do."""
    begins = {text.split(" ", maxsplit=1)[0].lower(), *_BEGINS.findall(text)}
    return bool(begins & _VERBS - {word.lower() for word in _words(source)})


_BEGINS = pattern(r"(?:[,:;-]|\b(?:so|and|then)\b),? (?!(?:so|and|then)\b)([a-z]+)")
_ORDERS = """
add answer ask avoid bake become begin bring call change check come compute count cut depend end expect fall find fit
fix get give go have hold keep know label leave let look make mark measure meet mend move need park part pay pass plan
price produce prove put reach read replace retrain return save say see serve set share show solve stand stay
stop store take tell think train treat try tune turn update use want weigh work write
"""
_VERBS = frozenset(_ORDERS.split())
