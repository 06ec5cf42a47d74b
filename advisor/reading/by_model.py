"""The price of a call said by a model and tokens: "Opus 5.5, 4,500 in, 600 out, 3,500 cached", "gpt-4.1-mini, 2k/300".

The list of prices says which models there are. :mod:`advisor.reading.quantities` says what a number is; here a name is
found, the numbers around it become tokens in, out and cached, and nothing may be left over. What is missing may stand
in the words before ("which Opus?", "5.5") or, for the other price, in the call that was priced first.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from advisor.figures import show
from advisor.model import Problem, Quote, Reading, decimal, plain
from advisor.pattern import pattern
from advisor.prices import Priced, PriceList, usd_today
from advisor.reading.lexicon import phrase
from advisor.reading.placeholders import LOOKED_AT
from advisor.reading.quantities import Quantity, quantities, spelled_out
from advisor.reading.read import read
from advisor.reading.tokens import tidy
from advisor.roi import PRICES

LONGEST = 200
ABOUT_MODELS = frozenset(
    {"which_model", "unknown_model", "needs_model", "needs_tokens", "more_cached", "no_cache_price"}
)
"""Problems of a text that speaks of a model's tokens."""

MOST = 20
"""Models that are offered to pick from."""

_NEAR = 3  # offered where none is known by a name
_NEAR_FIT = 2
_STRANGE = 3  # words beside tokens; of more it is a sentence about something else
_LIKE = 60  # of a hundred
_WORDS = 6  # of a name
_COUNT = pattern(r"\d{3,}|[\d.]+k")
_PIECE = pattern(r"[^\s,;:()\"]+(?:(?<=\d),\d{3}[^\s,;:()\"]*)*")
_PART = pattern(r"[a-z]+|\d+(?:\.\d+)*(?:[-_.]\d{1,2}(?![\da-z.]))*")
_DAY = pattern(r"20\d\d(?:\.?\d\d){2}")
_ROUND = pattern(r"(?<=\d)[-_]")
_VERSION = pattern(r"[1-9]\d?(?:\.\d{1,2})?")
_NAMED = pattern(r"[a-z]+[- ]?[1-9]\S*(?: [a-z]+)?")
_SLASH = pattern(r"[\s,;:()]*[\d.,]+k?\s*[/+]\s*[\d.,]+k?(?: tok\w*)?[\s,;:()]*")


class Found(NamedTuple):
    """What a text says: the ``name`` of a model as it stands there, the models it may be, and tokens. ``left`` are
    words nobody knows."""

    name: str = ""
    models: tuple[Priced, ...] = ()
    into: Fraction | None = None
    out: Fraction | None = None
    cached: Fraction | None = None
    left: tuple[str, ...] = ()
    problem: Problem | None = None

    @property
    def counted(self) -> bool:
        return self.into is not None and self.out is not None

    @property
    def sure(self) -> bool:
        """Whether the tokens are whole numbers."""
        return {(each or Fraction(0)).denominator for each in (self.into, self.out, self.cached)} == {1}


def about_models(reading: Reading) -> bool:
    """Whether a reading is of a model's tokens, or one side of its arrow is."""
    both = (reading, *(more for _, more in reading.also))
    return any(each.quote or each.problem in ABOUT_MODELS for each in both)


def by_model(
    field: str, text: str, prices: PriceList, *, before: str = "", beside: Mapping[str, Quote] | None = None
) -> Reading | None:
    """Read a price of a call that is said by a model and its tokens.

    Args:
        field: One of the two prices of a call.
        text: What was typed.
        prices: The models there are.
        before: What was typed for the field before and could not be read.
        beside: The calls that were priced by their tokens, by field: the other one's tokens count where none are said.

    Returns:
        ``None`` where the text does not speak of a model's tokens.
    """
    if field not in PRICES or len(text) > LONGEST:
        return None
    sides = [side for side in phrase("arrow").split(tidy(text).lower()) if side]
    if field == PRICES[0] and len(sides) == len(PRICES):
        return _both(sides, prices)
    earlier = _found(before, prices) if before else None
    which = earlier and len(earlier.models) > 1 and _VERSION.fullmatch(text.strip())
    one = _found(f"{earlier.name} {text}" if earlier and which else text, prices)
    if one is None:
        return None
    if earlier and one.models and not one.counted and earlier.counted:
        one = one._replace(into=earlier.into, out=earlier.out, cached=earlier.cached, problem=None)
    if earlier and one.counted and not one.name:
        one = one._replace(name=earlier.name, models=earlier.models)
    other = next((quote for name, quote in (beside or {}).items() if name != field), None)
    if other and one.models and one.into is None and one.out is None and not one.problem:
        into, out, cached = map(Fraction, (other.input_tokens, other.output_tokens, other.cached_tokens))
        return _reading(field, one._replace(into=into, out=out, cached=cached or None), prices, lent=True)
    return _reading(field, one, prices)


def _both(sides: list[str], prices: PriceList) -> Reading | None:
    """Both prices, an arrow between them, where one of them at least is of a model; the other may be a sum."""
    now = by_model(PRICES[0], sides[0], prices)
    beside = {PRICES[0]: now.quote} if now and now.quote else {}
    after = by_model(PRICES[1], sides[1], prices, beside=beside)
    if now is None and after is None:
        return None
    now, after = now or read(PRICES[0], sides[0]), after or read(PRICES[1], sides[1])
    if now.value is None and now.problem not in ABOUT_MODELS:
        return None
    return now.model_copy(update={"also": ((PRICES[1], after),) if now.value is not None else ()})


def _reading(field: str, one: Found, prices: PriceList, *, lent: bool = False) -> Reading:
    some = tuple((id_of(model, prices), label(model, one.models)) for model in one.models[:MOST])
    if one.problem:
        return Reading(problem=one.problem)
    if one.left:
        return Reading(problem="ambiguous")
    if not one.models:
        return (
            Reading(problem="unknown_model", shown=one.name, models=_nearest(one.name, prices))
            if one.name
            else (Reading(problem="needs_model"))
        )
    if len(one.models) > 1:
        return Reading(problem="which_model", shown=one.name, models=some)
    model = one.models[0]
    if one.into is None or one.out is None:
        return Reading(problem="needs_tokens", shown=model.name)
    cached = one.cached or Fraction(0)
    if not one.sure:
        return Reading(problem="ambiguous")
    if cached > one.into:
        return Reading(problem="more_cached", shown=f"{int(cached):,}")
    quote = prices.quote(model, int(one.into), int(one.out), int(cached), caches=bool(cached))
    usd = usd_today(quote)
    if usd is None and lent:  # a model without a cache reads it all anew
        quote = prices.quote(model, int(one.into), int(one.out))
        usd = usd_today(quote)
    if usd is None:
        return Reading(problem="no_cache_price", shown=model.name)
    value = decimal(usd)
    return Reading(value=value, shown=show(field, value), quote=quote)


# ---- a text


@lru_cache(maxsize=16)
def _found(text: str, prices: PriceList) -> Found | None:
    """What a text says of a model and tokens; ``None`` where it is about something else."""
    low = _in_digits(phrase("no_cache").sub(" ", tidy(text).lower()).strip(" ,.!?`\"'"))
    if not low or phrase("money").search(low):
        return None
    (start, end), models = _index(prices).named(low)
    rest = f"{low[:start]}; {low[end:]}"
    if end:
        # A bare name is the whole answer, or none; tokens make sure that a model is meant.
        counts = _tokens(rest)
        bare = not counts.left and not _role(rest)
        told = _both_ways(rest) or counts.counted or (counts.into is not None and not counts.left)
        speaks = bare if not re.search(r"\d", rest) else told and len(counts.left) <= _STRANGE
        return counts._replace(name=low[start:end], models=models) if speaks else None
    if _NAMED.fullmatch(low) and _index(prices).begin(low):
        return Found(name=low)  # "gpt-7"
    name, counts = _unknown(low)
    whole = counts.counted and not counts.problem
    if name:
        return counts._replace(name=name) if whole and (_both_ways(low) or re.search(r"[\d-]", name)) else None
    return counts if whole and not counts.left and counts.sure and _both_ways(low) else None


def _in_digits(low: str) -> str:
    """Numbers in words as digits: "four thousand in" is "4000 in"."""
    for word in reversed(spelled_out(low)):
        many, said = word.numeral, low[word.start : word.end]
        if many and said != "one" and said.replace(" ", "").replace("-", "").isalpha() and len(many.values) == 1:
            low = low[: word.start] + plain(decimal(many.values[0])) + low[word.end :]
    return low


def _both_ways(text: str) -> bool:
    """Whether a text speaks of what goes in and what comes out: "4/5" and "178 out of 200" do not."""
    return all(phrase(role).search(phrase("out_of").sub(" ", text)) for role in ("input", "output"))


def _unknown(low: str) -> tuple[str, Found]:
    """The words that can only be the name of a model nobody knows, beside tokens; and those."""
    pieces = [piece.strip() for piece in re.split(r"[,;:](?!\d)| with | at | for ", low) if piece.strip()]
    names = [piece for piece in pieces if not _is_tokens(piece)]
    rest = _tokens("; ".join(piece for piece in pieces if _is_tokens(piece)))
    name = phrase("model_beside").sub(" ", names[0]).strip() if len(names) == 1 else ""
    fits = 0 < len(name.split()) <= 4 and re.search("[a-z]", name)
    return (name, rest) if fits else ("", _tokens(low))


def _is_tokens(piece: str) -> bool:
    return bool(_SLASH.fullmatch(piece)) or (
        bool(re.search(r"\d", piece)) and any(phrase(role).search(piece) for role in _ROLES)
    )


_ROLES = ("cached", "input", "output")  # "3,500 of the input cached" is cached


_LIKE_A_YEAR = pattern(
    r"(?<![\d.,])2(0[1-3]\d)(?=\s*/|\s+(?:tokens?|in|out|input|output|cached|prompt)\b)|(?<=[:=/])\s*2(0[1-3]\d)\b"
)
"""A count all the same: "2020 out"; the one of "600 out since 2020" is a year."""


def _tokens(text: str) -> Found:
    """The tokens of a text, and what is left of it."""
    text = _LIKE_A_YEAR.sub(lambda found: f"2,{found[1] or found[2]}", text)
    figures = quantities(text)
    edges = [0, *(edge for one in figures for edge in (one.start, one.end)), len(text)]
    gaps = [text[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2)]
    inner = [re.sub(r"[\d.,]+[a-z]?\b|[^a-z ]", " ", text[one.start : one.end]) for one in figures]
    left = phrase("token_beside").sub(" ", " ".join([*gaps, *inner]))
    words = tuple(re.findall(r"[a-z]{2,}|%", left))
    parts = any(one.whole and "/" not in text[one.start : one.end] for one in figures)  # "178 of 200"
    problem = "ambiguous" if parts else next((problem for one in figures if (problem := _unlike(one))), None)
    if not figures or problem:
        return Found(left=words, problem=problem if figures else None)
    told = dict(_told(text, figures))
    if told is None or len(told) != sum(2 if one.whole else 1 for one in figures):
        return Found(left=words, problem="ambiguous")
    return Found(into=told.get("input"), out=told.get("output"), cached=told.get("cached"), left=words)


def _unlike(one: Quantity) -> Problem | None:
    if len(one.values) > 1:
        return "range_given"
    fits = not one.unit and one.many == 1 and not set(one.per) - {"call", "ask", "each"}
    return None if fits and one.noun in ("", "token", "ask", "call", "label") else "ambiguous"


def _told(text: str, figures: tuple[Quantity, ...]) -> Iterator[tuple[str, Fraction]]:
    """What each number counts, by the words behind it or, where they come first, before it."""
    first, whole = figures[0], [one for one in figures if one.whole]
    if whole or (len(figures) == 2 and _SLASH.fullmatch(text.strip(" ;"))):
        pair = (whole[0].values[0], whole[0].whole) if whole else tuple(one.values[0] for one in figures)
        yield from zip(("input", "output"), pair, strict=True)
        figures = tuple(one for one in figures if not one.whole) if whole else ()
    starts = [*(one.start for one in figures), len(text)]
    taken, leads = set[int](), bool(figures and figures[0] is first and _role(text[: first.start]))
    ends = [0, *(one.end for one in figures)]
    for place, one in enumerate(figures):
        before, inside = text[ends[place] : one.start], text[one.start : one.end]
        behind = inside + text[one.end : starts[place + 1]]
        role = _role(before) if leads and place not in taken else ""
        if not role and (role := _role(behind)):
            taken.add(place + 1)
        if role:
            yield role, one.values[0]


def _role(text: str) -> str:
    return next((role for role in _ROLES if phrase(role).search(text)), "")


def joined(pieces: Iterable[str], prices: PriceList) -> list[str]:
    """The pieces of a line, tokens put back to the model they stand behind: "Opus 5.5" "4,500 in" "600 out"."""
    whole = list[str]()
    for piece in pieces:
        first = phrase("arrow").split(piece.lower())[0]
        if whole and speaks(phrase("arrow").split(whole[-1])[-1], prices) and _is_only_tokens(first):
            whole[-1] += f", {piece}"
        else:
            whole.append(piece)
    return whole


def _is_only_tokens(piece: str) -> bool:
    piece = _in_digits(piece)
    counts = _tokens(piece) if _is_tokens(piece) and not phrase("money").search(piece) else None
    return counts is not None and not counts.left and counts.problem in (None, "range_given")


def speaks(text: str, prices: PriceList) -> bool:
    """Whether a text names a model, be it one that is not known, and no money."""
    low = text.lower()
    return not phrase("money").search(low) and _index(prices).begin(low)


# ---- a name


def parts(text: str) -> tuple[str, ...]:
    """A name in parts that compare: "claude-opus-5-5" and "Claude Opus 5.5" are one, a day in it counts for nothing."""
    found = (_ROUND.sub(".", part) for part in _PART.findall(text.lower()))
    return tuple(part for part in found if not _DAY.fullmatch(part))


def _bare(some: Iterable[str]) -> tuple[str, ...]:
    """Without the words that say nothing of which."""
    return tuple(part for part in some if not phrase("brand").fullmatch(part))


@dataclass(frozen=True, eq=False)
class _Names:
    """The models by the parts of their names."""

    prices: PriceList
    keys: tuple[tuple[Priced, tuple[tuple[str, ...], ...]], ...]
    begins: frozenset[str]
    ids: Mapping[str, Priced]
    hosts: Mapping[str, str]

    def begin(self, low: str) -> bool:
        """Whether a word of a text begins a name."""
        return any(self._begins(piece[0]) for piece in _PIECE.finditer(low))

    def _begins(self, word: str) -> bool:
        return bool(self.begins & set(parts(word))) or (word in self.ids and not word.isalpha())

    def named(self, low: str) -> tuple[tuple[int, int], tuple[Priced, ...]]:
        """Where a text names a model and which it may be: the longest name from the first word that begins one."""
        if low in self.ids:  # one that was picked; there are some with a colon
            return (0, len(low)), (self.ids[low],)
        pieces = list(_PIECE.finditer(low))
        host = next((self.hosts[piece[0]] for piece in pieces if piece[0] in self.hosts), "")
        for place, piece in enumerate(pieces):
            if not self._begins(piece[0]):
                continue
            found = [
                (end, models)
                for end in self._ends(low, pieces, place)
                if (models := self.meant(low[piece.start() : end], host))
            ]
            after = next((one for one in pieces if found and one.start() >= found[0][0]), None)
            if after and _VERSION.fullmatch(after[0]) and not re.search(r"[,;:()]", low[found[0][0] : after.start()]):
                behind = pieces[pieces.index(after) + 1 :][:1]
                if not (behind and phrase("token_word").fullmatch(behind[0][0])):
                    return (piece.start(), after.end()), ()  # "haiku 5" is no Haiku that is known
            if found:
                return (piece.start(), found[0][0]), found[0][1]
        return (0, 0), ()

    def _ends(self, low: str, pieces: list[re.Match[str]], place: int) -> Iterator[int]:
        """Where a name that begins at a piece may end, the longest first; a number of tokens is no part of it."""
        for upto in range(min(len(pieces), place + _WORDS), place, -1):
            said = low[pieces[place].start() : pieces[upto - 1].end()]
            behind = pieces[upto][0] if upto < len(pieces) else ""
            counts = (
                upto - 1 > place and _COUNT.fullmatch(pieces[upto - 1][0]) and phrase("token_word").fullmatch(behind)
            )
            if not counts and (said in self.ids or not re.search(r"[,;:()]", said)):
                yield pieces[upto - 1].end()

    def meant(self, name: str, host: str = "") -> tuple[Priced, ...]:
        """The models a name may mean, where their makers sell them if they do; one that fits whole is the only one,
        but not among hosts, of whom nobody was named."""
        if (known := self.ids.get(name)) and host in ("", known.provider):
            return (known,)
        whole = parts(name)
        some = _bare(whole) or whole
        for own in (True, False):
            some_here = [
                (fit, model) for model, keys in self.keys
                if (model.provider == host if host else model.own == own) and (fit := _fit(some, keys)) is not None
            ]  # fmt: skip
            if some_here:
                best = min(fit for fit, _ in some_here) if host or own else _NEAR_FIT
                alike = [model for fit, model in some_here if best in (fit, _NEAR_FIT)]
                return _distinct(alike)
        return ()


def _fit(some: tuple[str, ...], keys: tuple[tuple[str, ...], ...]) -> int | None:
    """How well parts fit the id or the name of a model: 0 and 1 whole, 2 in part."""
    whole = [place for place, key in enumerate(keys) if (_bare(key) or key) == some]
    return whole[0] if whole else _NEAR_FIT if any(_within(some, key) for key in keys) else None


def _within(some: tuple[str, ...], key: tuple[str, ...]) -> bool:
    """Whether the parts stand in a name in this order."""
    rest = iter(key)
    return all(part in rest for part in some)


def _distinct(models: Iterable[Priced]) -> tuple[Priced, ...]:
    """Each once where several names have one price, the newest versions first."""
    found: dict[tuple[object, ...], Priced] = {}
    for model in models:
        found.setdefault((model.provider, model.name, model.months), model)
    return tuple(sorted(found.values(), key=_version, reverse=True))


def _version(model: Priced) -> tuple[float, ...]:
    numbers = re.findall(r"\d+(?:\.\d+)?", " ".join(parts(model.name)))
    return tuple(float(number) for number in numbers[:2])


def known(prices: PriceList) -> None:
    """Get to know the names of a list before somebody says one."""
    _index(prices)


@lru_cache(maxsize=2)
def _index(prices: PriceList) -> _Names:
    keys = tuple((model, tuple(dict.fromkeys((parts(model.id), parts(model.name))))) for model in prices.models)
    words = {part for model, some in keys if model.own for key in some for part in key}
    words |= {key[0] for model, some in keys if not model.own for key in some if key}
    begins = {word for word in words if word.isalpha() and len(word) > 2 and not phrase("plain_name").fullmatch(word)}
    ids: dict[str, Priced] = {}
    for model in prices.models:
        ids.setdefault(f"{model.provider.lower().replace(' ', '-')}/{model.id.lower()}", model)
        if model.own:
            ids.setdefault(model.id.lower(), model)
    hosts = {word: model.provider for model in prices.models for word in _host_words(model.provider)}
    return _Names(prices, keys, frozenset(begins), ids, hosts)


def _host_words(provider: str) -> Iterator[str]:
    words = provider.lower().split()
    yield "-".join(words)
    yield from (word for word in words if phrase("host").fullmatch(word))


def id_of(model: Priced, prices: PriceList) -> str:
    """What a model is picked by: its id where its maker sells it, else with who does."""
    own = model.id.lower()
    return own if _index(prices).ids.get(own) is model else f"{model.provider.lower().replace(' ', '-')}/{own}"


def label(model: Priced, among: Iterable[Priced] = ()) -> str:
    """How a model is shown among others: with who sells it, where that is not its maker."""
    if not model.own:
        return f"{model.name} ({model.provider})"
    return model.id if sum(other.name == model.name for other in among) > 1 else model.name


def _nearest(name: str, prices: PriceList) -> tuple[tuple[str, str], ...]:
    """The models whose names are written most like it."""
    own = {" ".join(_bare(parts(model.name))): model for model in prices.models if model.own}
    wanted = " ".join(_bare(parts(name)))
    from rapidfuzz import fuzz, process  # only for a model nobody knows

    found = process.extract(wanted, list(own), scorer=fuzz.ratio, limit=_NEAR, score_cutoff=_LIKE)
    return tuple((id_of(own[text], prices), own[text].name) for text, *_ in found)


def models_like(name: str, prices: PriceList) -> tuple[Priced, ...]:
    """The models a name may mean, for whoever asks for prices alone."""
    low = tidy(name).lower()
    return _index(prices).meant(low)


def nearest_names(name: str, prices: PriceList) -> tuple[str, ...]:
    """How the models are called whose names are written most like it."""
    return tuple(shown for _, shown in _nearest(name, prices))


# ---- a whole message


def priced_in(text: str, prices: PriceList) -> tuple[tuple[str, str, Quote], ...]:
    """The prices of a call that a message surely gives by models and tokens: field, the words, and the call. What runs
    today and what is wanted are told apart by the words in front of a name."""
    told = dict[str, tuple[str, Quote]]()
    clauses = [tidy(clause).lower() for clause in _CLAUSE.split(text[:LOOKED_AT])]
    while clauses:
        low = clauses.pop(0)
        (start, end), models = _index(prices).named(low) if speaks(low, prices) else ((0, 0), ())
        if not end:
            continue
        wanted, now = (phrase(name).search(low[:start]) for name in ("model_wanted", "model_now"))
        field = PRICES[1] if wanted else PRICES[0]
        beside = {name: quote for name, (_, quote) in told.items()}
        spans = _spans(low, start, end) if models and (wanted or now) and field not in told else ()
        for words in spans:
            reading = by_model(field, words, prices, beside=beside)
            if reading and reading.quote:
                told[field] = words, reading.quote
                told |= {other: (words, more.quote) for other, more in reading.also if more.quote}
                end = low.index(words) + len(words)
                break
        clauses.insert(0, low[end:])
    return tuple((field, *told[field]) for field in PRICES if field in told)


def _spans(low: str, start: int, end: int) -> Iterator[str]:
    """The name with the words around it that may be its tokens, the longest first."""
    digit = re.search(r"\d", low[:start])
    ends = [len(low), *(match.start() for match in reversed([*_PAUSE.finditer(low, end)]))]
    ends += [] if re.search(r"\d", low[end:]) else [end]  # its own tokens are said there, however
    for first in sorted({start, digit.start() if digit else start}):
        yield from (low[first:last].strip(" ,") for last in ends)


_CLAUSE = pattern(r"[;\n!?]+|\.(?=\s|$)")
_PAUSE = pattern(r",(?!\d)| (?:and|but|so|for|with|which|we|to|at|per|a) ")
