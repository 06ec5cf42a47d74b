"""What is wrong with a table or a chart. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from bot.local import kit
from bot.local.limits import fault, foreign, items_of, length_of, only_fields

CELL = 3_000  # ours: Slack names no limit of a cell


def of_chart(chart: Any, at: str) -> Iterator[str]:
    kind = chart.get("type") if isinstance(chart, dict) else chart
    if not isinstance(kind, str) or kind not in kit.CHARTS:
        yield foreign(f"a chart of the type {kind!r}", f"{at}/type")
        return
    yield from only_fields(chart, kit.CHARTS[kind], at, f"a {kind} chart")
    if kind == "pie":
        yield from _points(chart.get("segments"), f"{at}/segments", 6)
        points = chart.get("segments")
        if isinstance(points, list) and any(isinstance(p, dict) and _negative(p.get("value")) for p in points):
            yield fault("must not be negative", f"{at}/segments")
        return
    axes = chart.get("axis_config")
    yield from only_fields(axes if isinstance(axes, dict) else {}, kit.OBJECTS["axes"], f"{at}/axis_config", "the axes")
    categories = axes.get("categories") if isinstance(axes, dict) else None
    yield from items_of(categories, f"{at}/axis_config/categories", 20)
    for n, category in enumerate(categories if isinstance(categories, list) else []):
        yield from length_of(category, f"{at}/axis_config/categories/{n}", 20, least=1)
    for name in ("x_label", "y_label"):
        yield from length_of((axes or {}).get(name, "x"), f"{at}/axis_config/{name}", 50, least=1)
    series = chart.get("series")
    yield from items_of(series, f"{at}/series", 6)
    for n, one in enumerate(series if isinstance(series, list) else []):
        here = f"{at}/series/{n}"
        yield from only_fields(one, kit.OBJECTS["series"], here, "a series")
        yield from length_of(one.get("name"), f"{here}/name", 20, least=1)
        yield from _points(one.get("data"), f"{here}/data", 20)
        if [p.get("label") for p in one.get("data") or [] if isinstance(p, dict)] != categories:
            yield fault("must have one point for each category, of the same label", f"{here}/data")


def _points(points: Any, at: str, most: int) -> Iterator[str]:
    yield from items_of(points, at, most)
    for n, point in enumerate(points if isinstance(points, list) else []):
        here = f"{at}/{n}"
        if not isinstance(point, dict):
            yield fault("must be an object", here)
            continue
        yield from only_fields(point, kit.OBJECTS["point"], here, "a point")
        yield from length_of(point.get("label"), f"{here}/label", 20, least=1)
        value = point.get("value")
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            yield fault("must be a finite number", f"{here}/value")


def _negative(value: Any) -> bool:
    return isinstance(value, int | float) and value < 0


def of_table(rows: Any, at: str) -> Iterator[str]:
    yield from items_of(rows, at, 100)
    width = len(rows[0]) if isinstance(rows, list) and rows and isinstance(rows[0], list) else 0
    for n, row in enumerate(rows if isinstance(rows, list) else []):
        yield from items_of(row, f"{at}/{n}", 20)
        if isinstance(row, list) and len(row) != width:
            yield fault("must be as long as the first row", f"{at}/{n}")
        for m, cell in enumerate(row if isinstance(row, list) else []):
            here = f"{at}/{n}/{m}"
            if not isinstance(cell, dict) or cell.get("type") not in kit.CELLS:
                yield foreign(f"a cell of the type {cell.get('type') if isinstance(cell, dict) else cell!r}", here)
            else:
                yield from only_fields(cell, kit.OBJECTS["cell"], here, "a cell")
                yield from length_of(cell.get("text"), f"{here}/text", CELL, least=1)
