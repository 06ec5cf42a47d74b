"""Charts and tables as blocks, and the same in words and in Mermaid: made of the block, so they can't disagree.

A chart that Slack would not draw (too many series or points, a number that is none) is words alone, with all it holds.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from bot.render.texts import SECTION, Block, fair_length, one_line, shorten
from bot.render.view import Chart, Pie, Series, Table, escape

CHARTS, TABLES = 2, 1
"""So many a message."""
SERIES, POINTS, SHARES = 6, 20, 6
TITLE, AXIS, NAME = 50, 50, 20
ROWS, COLUMNS, CELLS = 100, 20, 2_600
WORDS = 1_500
NONE, MORE = "–", "…"

_MOST = 10**15  # beyond, a number of JSON is not exact everywhere


def picture(part: Chart | Pie | Table) -> Block:
    """Its block, whether or not Slack would draw it (`drawn`)."""
    if isinstance(part, Table):
        return _table(part)
    if isinstance(part, Pie):
        shares = zip(_names(label for label, _ in part.shares), part.shares, strict=True)
        segments = [{"label": label, "value": _number(value)} for label, (_, value) in shares]
        return _block(part.title, {"type": "pie", "segments": segments})
    categories = _names(part.categories)
    names = _names(series.name for series in part.series)
    axes: Block = {"categories": categories}
    axes |= {
        name: shorten(one_line(of), AXIS) for name, of in (("x_label", part.x), ("y_label", part.y)) if one_line(of)
    }
    series = [{"name": name, "data": _points(one, categories)} for name, one in zip(names, part.series, strict=True)]
    return _block(part.title, {"type": part.kind, "series": series, "axis_config": axes})


def drawn(block: Block) -> bool:
    """Whether Slack draws this chart."""
    chart = block["chart"]
    if chart["type"] == "pie":
        values = [one["value"] for one in chart["segments"]]
        return 1 <= len(values) <= SHARES and all(v is not None and v >= 0 for v in values) and any(values)
    points = [point["value"] for one in chart["series"] for point in one["data"]]
    few = 1 <= len(chart["series"]) <= SERIES and 1 <= len(chart["axis_config"]["categories"]) <= POINTS
    return few and None not in points


def _table(part: Table) -> Block:
    """A table's block. Long cells are shortened, the longest first; of too many rows the last is three dots."""
    width = len(part.head)
    if not 1 <= width <= COLUMNS or any(len(row) != width for row in part.rows):
        raise ValueError(f"a table has 1 to {COLUMNS} columns, and all its rows are as long as its head")
    most = min(ROWS, CELLS // (4 * width)) - 1
    rows = [part.head, *part.rows]
    if len(part.rows) > most:
        rows = [*rows[:most], (MORE,) * width]
    cells = [[one_line(cell) or NONE for cell in row] for row in rows]
    top = fair_length([len(cell) for row in cells for cell in row], CELLS - 3 * width * len(cells))
    sides = [{"align": "right" if n in part.right else "left", "is_wrapped": n not in part.right} for n in range(width)]
    made = [[{"type": "raw_text", "text": shorten(cell, top)} for cell in row] for row in cells]
    return {"type": "table", "rows": made, "column_settings": sides}


def in_words(block: Block) -> str:
    """What a chart's or table's block says, as mrkdwn for one section; empty when that is nothing."""
    return _of_table(block) if block["type"] == "table" else _of_chart(block)


def _of_chart(block: Block) -> str:
    chart = block["chart"]
    if chart["type"] == "pie":
        told, axes = [_listed(chart["segments"])], list[str]()
    else:
        told = [f"{escape(one['name'])}: {_listed(one['data'])}" for one in chart["series"]]
        axes = [escape(chart["axis_config"][name]) for name in ("y_label", "x_label") if name in chart["axis_config"]]
    title = f"*{escape(block['title'])}*" + (f" ({', '.join(axes)})" if axes else "")
    return shorten("\n".join((title, *told)), WORDS)


def _of_table(block: Block) -> str:
    head, *rows = [[escape(cell["text"]) for cell in row] for row in block["rows"]] or [[]]
    labelled = (
        f"*{row[0]}*: " + ", ".join(f"{name} {cell}" for name, cell in zip(head[1:], row[1:], strict=True))
        for row in rows
    )
    long = "\n".join(labelled) if len(head) > 1 else ""
    if long and len(long) <= SECTION:
        return long
    return shorten("\n".join(" | ".join(row) for row in (head, *rows)), SECTION)


def in_mermaid(block: Block) -> str:
    """A chart of bars or lines as Markdown renders it; what its lines stand for is told beside it (`in_words`)."""
    chart = block["chart"]
    axes = chart["axis_config"]
    values = [[point["value"] for point in one["data"]] for one in chart["series"]]
    every = [value for some in values for value in some]
    rows = [
        "xychart-beta",
        f"title {_quoted(block['title'])}",
        f"x-axis {_named(axes, 'x_label')}[{', '.join(map(_quoted, axes['categories']))}]",
        f"y-axis {_named(axes, 'y_label')}{_exact(min(0, *every))} --> {_exact(max(1, *every))}",
        *(f"{chart['type']} [{', '.join(map(_exact, some))}]" for some in values),
    ]
    return "\n    ".join(rows)


def _named(axes: Block, axis: str) -> str:
    return f"{_quoted(axes[axis])} " if axis in axes else ""


def _quoted(words: str) -> str:
    said = words.replace('"', "'")
    return f'"{said}"'


def _exact(value: float) -> str:
    return f"{Decimal(str(value)):f}"


def _listed(points: list[Block]) -> str:
    return escape("; ".join(f"{point['label']} = {_figure(point['value'])}" for point in points))


def _figure(value: float | None) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return NONE if value is None else f"{Decimal(str(value)):,f}"


def _block(title: str, chart: Block) -> Block:
    return {"type": "data_visualization", "title": shorten(one_line(title), TITLE) or MORE, "chart": chart}


def _points(series: Series, categories: list[str]) -> list[Block]:
    pairs = zip(categories, series.values, strict=True)
    return [{"label": category, "value": _number(value)} for category, value in pairs]


def _names(given: Iterable[str]) -> list[str]:
    """Each short enough and no two alike: Slack finds a point by its category."""
    names: list[str] = []
    for text in given:
        name, n = shorten(one_line(text), NAME) or MORE, 1
        while name in names:
            n += 1
            name = f"{shorten(one_line(text), NAME - len(str(n)) - 1) or MORE} {n}"
        names.append(name)
    return names


def _number(value: Any) -> int | float | None:
    if isinstance(value, int) and abs(value) < _MOST:
        return value
    number = Decimal(value)
    if not number.is_finite() or abs(number) >= _MOST:
        return None
    return int(number) if number == number.to_integral_value() else float(number)
