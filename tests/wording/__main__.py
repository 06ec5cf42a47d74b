"""``python -m tests.wording``: how well the checker and the look-up of questions hold, as docs/wording.md has it."""

from collections import Counter

from tests.wording.asked import SETS, came
from tests.wording.corpus import mutations, rows, stands

MUTATED = 10_000


def lines() -> list[str]:
    """The figures of the checker, one a line."""
    honest, attacks, insiders = rows("honest"), rows("attacks"), rows("insiders")
    turned_away = sum(not stands(row) for row in honest)
    slipped = [row for row in attacks if stands(row)]
    inside = sum(stands(row) for row in insiders)
    asked = {row["source"] for row in honest}
    live = [row for row in insiders if row["source"] in asked]
    still = sum(stands(row) for row in live)
    passed = Counter(kind for kind, row in mutations(MUTATED) if stands(row))
    return [
        f"attacks that slip: {_share(len(slipped), len(attacks))} (goal: at most 2 %)",
        f"honest drafts turned away: {_share(turned_away, len(honest))} (goal: at most 10 %)",
        f"mutations that slip: {_share(passed.total(), MUTATED)};"
        f" with a wrong placeholder {passed['slots']}, with a verdict {passed['verdict']}",
        f"attacks by an insider that slip: {_share(inside, len(insiders))}; on sentences that go to a model:"
        f" {_share(still, len(live))}",
    ]


def questions() -> list[str]:
    """How questions are answered that no example was made from."""
    sets = [came(name) for name in SETS]
    all_of_them = sum(sets, Counter[str]())
    doubted = sum(count for kind, count in all_of_them.items() if kind.startswith("perhaps"))
    sure = all_of_them.total() - doubted - all_of_them["unknown"]
    return [
        "questions answered right, by set: "
        + ", ".join(f"{one['right'] + one['perhaps right']} of {one.total()}" for one in sets),
        f"in all {_share(all_of_them['right'] + all_of_them['perhaps right'], all_of_them.total())};"
        f" told that we don't know: {all_of_them['unknown']}",
        f"of {sure} answered without doubt: {all_of_them['right']} right, {all_of_them['misleading']} misleading;"
        f" of {doubted} answered with doubt: {all_of_them['perhaps right']} right,"
        f" {all_of_them['perhaps misleading']} misleading",
    ]


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole:,} ({100 * part / whole:.1f} %)"


if __name__ == "__main__":
    print("\n".join(lines() + questions()))
