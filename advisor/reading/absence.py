"""Answers without a figure: nobody knows, nothing, all of them, just me."""

from advisor.model import FIELDS, UNKNOWN, Answers
from advisor.reading.lexicon import phrase


def unfigured(field: str, text: str, known: Answers) -> tuple[str, ...]:
    """What a tidied lower-case text without a figure may mean, as texts that read; "unknown" alone is sure."""

    def says(*names: str) -> bool:
        return any(phrase(name).search(text) for name in names)

    def begins(name: str) -> bool:
        return phrase(name).match(text) is not None

    kind, counted = FIELDS[field].kind, FIELDS[field].kind == "count" and not FIELDS[field].per
    nobody_knows = (UNKNOWN,) if unsure(text) or says("unknown") else ()
    if kind == "money":
        plain_no = field == "other_savings_usd_per_year" and begins("plain_no")
        return ("$0",) if (plain_no or begins("says_nothing")) and not says("later") else nobody_knows
    if FIELDS[field].of:
        return (UNKNOWN,) if begins("none") else nobody_knows
    if field == "labelers" and phrase("listed").fullmatch(text):
        return (str(len(phrase("listed_join").split(text))),)
    if field == "labelers" and (begins("alone") or begins("and_me")):
        return ("1",) if begins("alone") else ("2",)
    none = begins("none") and (not says("later") or not field.startswith("poc_"))
    if counted and none and field != "training_pairs" and not (says("unknown") and text.startswith("no ")):
        return ("0",)
    none = none or (field != "synthetic_share" and says("none_wrong") and not nobody_knows)
    if kind == "rate" and none and (not says("later") or says("of_the_lot")):
        return _rate(field, text, "0%", "100%")
    if begins("every") and not says("not_every"):
        if kind == "rate":
            return _rate(field, text, "100%", "0%")
        if field == "labeled_pairs" and isinstance(known.training_pairs, int):
            return (f"{known.training_pairs:,}",)
    if counted and says("any") and says("unsure", "unknown"):
        return ("0", UNKNOWN) if field != "training_pairs" else (UNKNOWN,)
    return nobody_knows


def clueless(text: str) -> bool:
    """Whether a text says it in so many words, whatever figures of other things it has."""
    return bool(phrase("clueless").search(text))


def unsure(text: str) -> bool:
    """Whether a text says by itself that nobody knows; "we haven't measured any" may mean that there is none."""
    return bool(phrase("unsure").search(text)) and not phrase("any").search(text)


def _rate(field: str, text: str, share: str, other: str) -> tuple[str, ...]:
    turns = {"label_noise": "all_right", "synthetic_share": "all_real"}.get(field, "all_wrong")
    keeps = {"label_noise": "all_wrong", "synthetic_share": "all_made"}.get(field, "all_right")
    if not phrase(turns).search(text):
        return (share,)
    return (share, other) if phrase(keeps).search(text) else (other, share)
