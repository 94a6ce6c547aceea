"""Bars against a limit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dagster_project.core.numbers import printed
from dagster_project.publish.charts.parts import (
    DARK,
    LIGHT,
    WIDTH,
    Direction,
    Row,
    chart_of,
    fails,
    finished,
    fixed,
    number,
    pixels,
    text_of,
    upright_limit,
)
from dagster_project.publish.labels import SIGN_FAILED, SIGN_MISSING

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd


#: Signs that may not begin a line.
_NOT_FIRST = tuple("、，。；：）》”")


def bars_against_limit(
    frame: pd.DataFrame,
    label: str,
    value: str,
    limit: float | None,
    *,
    status: str | None = None,
    value_title: str = "",
    title: str = "",
    limit_label: str = "标准",
    direction: Direction = "at_most",
    decimals: int = 2,
    limit_decimals: int = 2,
    suffix: str = "",
    width: int = WIDTH,
    height: int | None = None,
) -> alt.LayerChart:
    """One bar per row, in the order of the frame, the limit as a dashed line, values in a column on the right.

    A bar on the wrong side of the limit is dark and its value has the sign ▼; one whose judgement waits for missing
    figures has the sign ？; a row without a value has no bar and says so. Up to about 30 rows fit an upright page.

    Args:
        frame: one row per bar.
        label: column of the names; no name twice.
        value: column of the figures, as they are to be read (already per cent, where per cent).
        limit: in the same unit; None where there is no standard.
        status: column of the published judgements (`met`, `not_met`, `undetermined`), so that the chart says what the
            table beside it says; without it the figures are compared with the limit here.
        value_title: title of the axis, with the unit.
        direction: whether the value may be `at_most` or must be `at_least` the limit.
        decimals, limit_decimals, suffix: how values and limit are printed, each as in the tables.
        width, height: of the whole picture in pixels, before `to_png` scales it.

    Raises:
        ValueError: no rows, or a name twice.
    """
    import altair as alt

    names = [text_of(v) for v in frame[label]]
    values = [number(v) for v in frame[value]]
    compared = [
        "not_met" if v is not None and limit is not None and fails(v, limit, direction) else "met"
        for v in values
    ]
    statuses = compared if status is None else [text_of(v) for v in frame[status]]
    if not names or len(set(names)) < len(names):
        raise ValueError("bars need rows, and a different name for each")
    rows: list[Row] = []
    for name, figure, judged in zip(names, values, statuses, strict=True):
        if figure is None:
            text = f"{SIGN_MISSING}缺数据"
        else:
            sign = {"not_met": SIGN_FAILED, "undetermined": SIGN_MISSING}.get(judged, "")
            text = f"{sign}{printed(figure, decimals, suffix=suffix, thousands=True)}"
        rows.append({"label": name, "value": figure, "text": text, "failed": judged == "not_met"})
    known = [v for v in [*values, limit] if v is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    scale = alt.Scale(domain=[low * 1.05, high * 1.05 or 1], nice=False, zero=True)
    y = alt.Y("label:N", sort=names, title=None).axis(labels=False, ticks=False)
    base = chart_of(rows)
    bars = base.mark_bar(stroke=DARK, strokeWidth=1, size=13).encode(
        x=alt.X("value:Q", title=value_title or None, scale=scale).axis(tickCount=6),
        y=y,
        color=alt.Color("failed:N", legend=None).scale(domain=[True, False], range=[DARK, LIGHT]),
    )
    column = max(pixels(r["text"]) for r in rows)
    texts = base.mark_text(align="right", dx=column + 8).encode(
        x=fixed("X", "width"), y=y, text=alt.Text("text:N")
    )
    layers = [bars, texts]
    # names are drawn by hand: an axis doesn't centre labels of several lines
    pieces = {name: _pieces(name, 14) for name in names}
    by_shift: dict[float, list[Row]] = {}
    for name, lines in pieces.items():
        for j, line in enumerate(lines):
            by_shift.setdefault((j - (len(lines) - 1) / 2) * 15, []).append({"label": name, "line": line})
    for shift, named in by_shift.items():
        layer = chart_of(named).mark_text(align="right", dx=-8, dy=shift)
        layers.append(layer.encode(x=fixed("X", 0), y=y, text=alt.Text("line:N")))
    if limit is not None:
        layers += upright_limit(
            limit, f"{limit_label} {printed(limit, limit_decimals, suffix=suffix, thousands=True)}", scale
        )
    row_height = 9 + 15 * max(len(lines) for lines in pieces.values())
    return finished(layers, title, width, height or 90 + row_height * len(rows))


def _pieces(text: str, length: int) -> list[str]:
    """Lines of a name: broken before a bracket if that is enough, else into lines of like length."""
    bracket = text.find("（")
    if len(text) > length and 0 < bracket <= length and len(text) - bracket <= length:
        return [text[:bracket], text[bracket:]]
    even = math.ceil(len(text) / max(1, math.ceil(len(text) / length)))
    lines = [text[i : i + even] for i in range(0, len(text), even)] or [""]
    for j in range(1, len(lines)):
        if lines[j][:1] in _NOT_FIRST:  # no line begins with a comma
            lines[j - 1], lines[j] = lines[j - 1] + lines[j][:1], lines[j][1:]
    return lines
