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
from functools import cache
from importlib.resources import files
from typing import Literal

Fault = Literal["length", "characters", "sentence", "slots", "words", "capitals", "turned", "advice", "drifted"]

LONGEST = 240
_SLOT = re.compile(r"\{\{([a-z0-9_]+)\}\}")
_TOKEN = re.compile(r"\{\{[a-z0-9_]+\}\}|[A-Za-z]+(?:-[A-Za-z]+)*(?:'[a-z]+)?")
_EFFECT_FIRST = re.compile(r"(?!Because|Since)(.+?),? (?:because|since) (.+)", re.DOTALL)
_LINK = re.compile(r"\b(?:so|thus|hence|therefore)\b")
_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*(?:'[a-z]+)?")
_PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": ".", "\u00a0": " "})
_ALLOWED = re.compile(r"[A-Za-z ,.;:'\"()-]*")
_ENDINGS = ("ness", "ing", "ed", "es", "ly", "s", "e", "d", "n")

_IRREGULAR = {
    "brought": "bring", "kept": "keep", "left": "leave", "held": "hold", "became": "become", "told": "tell",
    "said": "say", "got": "get", "getting": "get", "fell": "fall", "stood": "stand", "took": "take", "gave": "give",
    "found": "find", "paid": "pay", "came": "come", "gone": "go", "went": "go", "putting": "put", "meant": "mean",
}  # fmt: skip

# What turns a statement round, or makes it surer, wider or an effect of something. As many of a class as in the source.
_TURNS = {
    "not": "not no never none nobody nothing neither nor cannot without hardly barely missing lacks absent untuned",
    "more": "more above exceeds exceeding beyond higher greater better up",
    "less": "less fewer below under short lower worse",
    "so": "so because since therefore thus hence",
    "but": "but although though while whereas however yet",
    "may": "can could may might possibly perhaps",
    "would": "would",
    "often": "often usually mostly mainly largely generally",
    "looks": "looks look seems seem appears appear",
    "only": "only just merely simply",
    "if": "if when whenever unless until whether",
    "before": "before after",
    "most": "most",
    "some": "some several few",
    "each": "each every all",
}
_CLASS = {word: name for name, words in _TURNS.items() for word in words.split()}
_LINKS = ("so", "but")
_BESIDE = ("not", "more", "less", "may")
_NOT = re.compile(r"[a-z]+n't")
_CLAUSE = re.compile(r"[,;:()]|\b(?:but|so|because|since|while|whereas|though|although|until|where|when)\b")
_KEPT = 0.5  # of the source's own words, so that a sentence is still about what its source is about
_MOVED = 1  # of them may stand elsewhere
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
    if not re.fullmatch(r"(?:[A-Za-z]|\{\{)[^.]*\.", text) or text.count("(") != text.count(")"):
        return "sentence"
    if text.count('"') > source.count('"') or re.search(r"(?<![a-z])-(?![a-z])", text.replace(" - ", " ")):
        return "characters"
    if _SLOT.findall(text) != _SLOT.findall(source) or _glued(text):
        return "slots"
    return _words_fault(text, source)


def _glued(text: str) -> bool:
    """Whether something sticks to a placeholder: "{{cost_usd}}k" would be another figure."""
    return re.search(r"[A-Za-z'\"-]\{\{|\}\}(?:[A-Za-z'\"-]|\()", text) is not None


def _words_fault(text: str, source: str) -> Fault | None:
    words, own = _words(text), _words(source)
    if len(words) > _GROWN[0] * len(own) + _GROWN[1]:
        return "length"
    if not all(_known(word, set(own)) for word in words):
        return "words"
    if any(_odd_capitals(word, place, own) for place, word in enumerate(words)):
        return "capitals"
    if not _turns_alike(_turns(text), _turns(source)) or _turns_beside(text) != _turns_beside(source):
        return "turned"
    if _is_order(words, own):
        return "advice"
    said, meant = _content(_by_cause(text)), _content(_by_cause(source))
    if len(set(said) & set(meant)) < _KEPT * len(set(meant)) or _moved(said, meant) > _MOVED:
        return "drifted"
    return "turned" if _effect_for_cause(text, source) else None


def _effect_for_cause(text: str, source: str) -> bool:
    """Whether something that is the cause in the source is the effect now, or the other way round."""
    said, meant = (_LINK.split(" ".join(_by_cause(one))) for one in (text, source))
    if len(said) != 2 or len(meant) != 2:
        return False
    sides = [[set(_content(_TOKEN.findall(part))) for part in one] for one in (said, meant)]
    (cause, effect), (was_cause, was_effect) = sides
    return bool(cause & (was_effect - was_cause) or effect & (was_cause - was_effect))


def _by_cause(text: str) -> list[str]:
    """Words and placeholders, the cause before its effect: "Y, because X" and "X, so Y" are the same."""
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
    return _WORD.findall(_SLOT.sub(" ", text))


@cache
def _plain() -> tuple[frozenset[str], frozenset[str]]:
    """Stems of the words that only join others, and of all plain words."""
    small, more = (files("prompts") / "llm" / "words.txt").read_text(encoding="utf-8").split("\n\n")
    joining = frozenset(map(_stem, small.split()))
    return joining, joining | frozenset(map(_stem, more.split()))


def plain_words() -> str:
    """The plain words beside the source's own, as the prompt lists them."""
    return " ".join((files("prompts") / "llm" / "words.txt").read_text(encoding="utf-8").split())


def _stem(word: str) -> str:
    word = _IRREGULAR.get(word.lower(), word.lower()).removesuffix("'s")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return _stem(word.removesuffix(ending))
    return word


def _known(word: str, own: set[str]) -> bool:
    low, stems = word.lower(), {_stem(one) for one in own}
    return word in own or _stem(word) in stems | _plain()[1] or low in _CLASS or bool(_NOT.fullmatch(low))


def _odd_capitals(word: str, place: int, own: list[str]) -> bool:
    """Capitals only at the beginning, and where the source has them: "lOO" is no word."""
    return not word.islower() and word not in own and not (place == 0 and word.istitle())


def _turns(text: str) -> Counter[str]:
    """How often each class stands in a text; "yet" turns only what it begins, "over" what follows it at once."""
    text = re.sub(r"(?<=[a-z}]) yet\b|\bso far\b", "", text.lower())
    found = (_CLASS.get(word) or ("not" if _NOT.fullmatch(word) else "") for word in _words(text))
    return Counter(name for name in found if name) + Counter(more=len(re.findall(r"\bover \{\{", text)))


def _turns_alike(said: Counter[str], meant: Counter[str]) -> bool:
    """As many of each; what links two statements ("so", "but") may become an "and"."""
    return said <= meant and all(said[name] == n for name, n in meant.items() if name not in _LINKS)


def _turns_beside(text: str) -> list[Counter[str]]:
    """The same for the clause of each placeholder."""
    clauses = [clause for clause in _CLAUSE.split(text) for _ in _SLOT.findall(clause)]
    return [Counter({name: n for name, n in _turns(clause).items() if name in _BESIDE}) for clause in clauses]


def _is_order(words: list[str], own: list[str]) -> bool:
    """Whether somebody is told what to do: "you", or a sentence that begins with a verb."""
    low = {word.lower() for word in own}
    spoken_to = {"you", "your", "yours", "we", "our", "us", "let's"}
    return any(word.lower() in spoken_to - low for word in words) or words[0].lower() in _VERBS


_ORDERS = """
add answer ask avoid bake become begin bring call change check come compute count cut depend end expect fall find fit
fix get give go have hold keep know label leave let look make mark measure meet mend move need park part pay pass plan
price produce prove put reach read replace retrain return save say see serve set share show solve stand stay
stop store take tell think train treat try tune turn update use want weigh work write
"""
_VERBS = frozenset(_ORDERS.split())
