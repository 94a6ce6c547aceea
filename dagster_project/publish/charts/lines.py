"""Lines over periods."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from dagster_project.core.numbers import printed
from dagster_project.publish.charts.parts import (
    DASHES,
    FONT_SIZE,
    LINES,
    SHAPES,
    WIDTH,
    Row,
    chart_of,
    finished,
    fixed,
    label_angle,
    number,
    ordered,
    pixels,
    text_of,
)

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd


def lines_by_period(
    frame: pd.DataFrame,
    period: str,
    value: str,
    series: str,
    limit: float | None = None,
    *,
    value_title: str = "",
    period_title: str = "",
    title: str = "",
    limit_label: str = "标准",
    decimals: int = 2,
    suffix: str = "",
    width: int = WIDTH,
    height: int = 320,
) -> alt.LayerChart:
    """One line per series, with a shape and dashes of its own, named at its end with its last value.

    A period without a value interrupts the line. Periods and series are in the order of the frame.

    Args:
        frame: one row per period and series.
        period, value, series: columns; periods are text or dates.
        limit: drawn as a thin dashed line, named among the lines' ends.
        value_title, period_title: titles of the axes.
        decimals, suffix: how the values at the ends are printed.
        width, height: of the whole picture in pixels, before `to_png` scales it.

    Raises:
        ValueError: no values, more than eight series, or a period twice in one series.
    """
    import altair as alt

    rows: list[Row] = [
        {"period": text_of(p), "value": number(v), "series": text_of(s)}
        for p, v, s in zip(frame[period], frame[value], frame[series], strict=True)
    ]
    periods, names = ordered(r["period"] for r in rows), ordered(r["series"] for r in rows)
    known = [r["value"] for r in rows if r["value"] is not None]
    if not known or len(names) > len(SHAPES):
        raise ValueError(f"lines need values and at most {len(SHAPES)} series, not {len(names)}")
    if len({(r["period"], r["series"]) for r in rows}) < len(rows):
        raise ValueError("a period appears twice in one series")
    low, high = (f([*known, *([] if limit is None else [limit])]) for f in (min, max))
    margin = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    domain = [0.0 if 0 <= low < margin else low - margin, high + margin]

    ends: list[Row] = []
    for name in names:
        last = next(
            (r["value"] for r in reversed(rows) if r["series"] == name and r["value"] is not None), None
        )
        if last is not None:
            ends.append(
                {
                    "series": name,
                    "y": last,
                    "text": f"{name} {printed(last, decimals, suffix=suffix, thousands=True)}",
                }
            )
    if limit is not None:
        text = f"{limit_label} {printed(limit, decimals, suffix=suffix, thousands=True)}"
        ends.append({"series": "", "y": limit, "text": text})
    plot_height = height - 70 - (24 if title else 0)
    step = (domain[1] - domain[0]) * (FONT_SIZE + 4) / plot_height
    for end, y in zip(ends, _spread([e["y"] for e in ends], step, domain[0], domain[1]), strict=True):
        end["y"] = y

    shape = alt.Shape("series:N", legend=None).scale(domain=names, range=list(SHAPES[: len(names)]))
    colour = alt.Color("series:N", legend=None).scale(domain=names, range=list(LINES[: len(names)]))
    dash = alt.StrokeDash("series:N", legend=None).scale(domain=names, range=list(DASHES[: len(names)]))
    x = alt.X("period:O", sort=periods, title=period_title or None).axis(
        labelAngle=label_angle(periods, width - 90 - max(pixels(e["text"]) for e in ends)), labelLimit=0
    )
    y_axis = alt.Y("value:Q", title=value_title or None).scale(domain=domain, nice=False).axis(tickCount=6)
    base = chart_of(rows).encode(x=x, y=y_axis)
    layers: list[Any] = [
        base.mark_line(strokeWidth=2, invalid="break-paths-filter-domains").encode(
            color=colour, strokeDash=dash
        ),
        base.mark_point(size=64, filled=True, opacity=1, invalid="filter").encode(color=colour, shape=shape),
    ]
    if limit is not None:
        layers.append(
            chart_of([{"limit": limit}])
            .mark_rule(strokeDash=[3, 3], color="black", strokeWidth=1)
            .encode(y=alt.Y("limit:Q"))
        )
    right = chart_of(ends).encode(y=alt.Y("y:Q"), x=fixed("X", "width"))
    layers.append(right.mark_text(align="left", dx=20).encode(text=alt.Text("text:N")))
    keys = chart_of([e for e in ends if e["series"]])
    layers.append(
        keys.mark_point(size=64, filled=True, opacity=1)
        .encode(y=alt.Y("y:Q"), x=fixed("X", "width"), xOffset=fixed("XOffset", 12), color=colour, shape=shape)
    )  # fmt: skip
    return finished(layers, title, width, height)


def _spread(places: Sequence[float], step: float, low: float, high: float) -> list[float]:
    """Move places apart until each is a step from the next, in the same order and inside low and high."""
    order = sorted(range(len(places)), key=lambda j: places[j])
    moved = list(places)
    for _ in range(100):
        for a, b in pairwise(order):
            overlap = step - (moved[b] - moved[a])
            if overlap > step * 1e-6:
                moved[a] -= overlap / 2
                moved[b] += overlap / 2
        if order:
            moved[order[0]] = max(moved[order[0]], low)
            moved[order[-1]] = min(moved[order[-1]], high)
    return moved
