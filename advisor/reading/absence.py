"""Answers without a figure: nobody knows, nothing, all of them, just me."""

from advisor.model import FIELDS, UNKNOWN, Answers
from advisor.reading.lexicon import phrase


def unfigured(field: str, text: str, known: Answers) -> tuple[str, ...]:
    """What a tidied lower-case text without a figure may mean, as texts that read; "unknown" alone is sure."""
    kind = FIELDS[field].kind
    plain_no = field == "other_savings_usd_per_year" and phrase("plain_no").match(text)
    if kind == "money" and not phrase("later").search(text) and (phrase("says_nothing").match(text) or plain_no):
        return ("$0",)
    if kind == "count":
        if field == "labelers" and phrase("alone").match(text):
            return ("1",)
        if field == "labelers" and phrase("and_me").match(text):
            return ("2",)
        unknown = phrase("unknown").search(text) and text.startswith("no ")
        counted = not unknown and not FIELDS[field].per and field != "training_pairs"
        if counted and phrase("none").match(text) and not (phrase("later").search(text) and field.startswith("poc_")):
            return ("0",)
    if (
        kind == "rate"
        and phrase("none").match(text)
        and (not phrase("later").search(text) or phrase("of_the_lot").search(text))
    ):
        return _rate(field, text, "0%", "100%")
    if kind in ("count", "rate") and phrase("every").match(text) and not phrase("not_every").search(text):
        whole = known.training_pairs
        if kind == "rate":
            return _rate(field, text, "100%", "0%")
        if field == "labeled_pairs" and isinstance(whole, int):
            return (f"{whole:,}",)
    if (
        kind == "count"
        and not FIELDS[field].per
        and phrase("any").search(text)
        and (phrase("unsure").search(text) or phrase("unknown").search(text))
    ):
        return ("0", UNKNOWN) if field != "training_pairs" else (UNKNOWN,)
    return (UNKNOWN,) if unsure(text) or phrase("unknown").search(text) else ()


def clueless(text: str) -> bool:
    """Whether a text says it in so many words, whatever figures of other things it has."""
    return bool(phrase("clueless").search(text))


def unsure(text: str) -> bool:
    """Whether a text says by itself that nobody knows; "we haven't measured any" may mean that there is none."""
    return bool(phrase("unsure").search(text)) and not phrase("any").search(text)


def _rate(field: str, text: str, share: str, other: str) -> tuple[str, ...]:
    turns = {"label_noise": phrase("all_right"), "synthetic_share": phrase("all_real")}.get(field, phrase("all_wrong"))
    keeps = {"label_noise": phrase("all_wrong"), "synthetic_share": phrase("all_made")}.get(field, phrase("all_right"))
    if not turns.search(text):
        return (share,)
    return (share, other) if keeps.search(text) or share == "0%" else (other, share)
