"""How often values fall into classes of equal width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

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
    upright_limit,
)
from dagster_project.publish.labels import SIGN_MISSING

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd


def histogram_with_limit(
    frame: pd.DataFrame,
    value: str,
    limit: float | None,
    *,
    value_title: str = "",
    count_title: str = "",
    title: str = "",
    limit_label: str = "标准",
    direction: Direction = "at_most",
    decimals: int = 2,
    suffix: str = "",
    width: int = WIDTH,
    height: int = 320,
) -> alt.LayerChart:
    """How often values fall into classes of equal width; the limit is the edge of a class.

    So no bar holds both sides of the limit; a value equal to it is on the right side. Bars on the wrong side are
    dark. Rows without a value are counted in a line above the chart.

    Args:
        frame: one row per value.
        value: column of the figures.
        limit: in the same unit; None where there is no standard.
        value_title, count_title: titles of the axes.
        direction: whether the value may be `at_most` or must be `at_least` the limit.
        decimals, suffix: how the limit is printed.
        width, height: of the whole picture in pixels, before `to_png` scales it.

    Raises:
        ValueError: no values.
    """
    import altair as alt

    values = [number(v) for v in frame[value]]
    known = [v for v in values if v is not None]
    missing = len(values) - len(known)
    if not known:
        raise ValueError("a histogram needs values")
    classes = histogram_classes(known, limit, direction)
    rows: list[Row] = [
        {"from": float(a), "to": float(b), "middle": float((a + b) / 2), "count": n, "text": str(n) if n else "",
         "failed": limit is not None and fails(float((a + b) / 2), limit, direction)}
        for a, b, n in classes
    ]  # fmt: skip
    edges = [rows[0]["from"], *[r["to"] for r in rows]]
    scale = alt.Scale(domain=[edges[0], edges[-1]], nice=False, zero=False)
    most = max(r["count"] for r in rows)
    # the axis names as many of the edges as have room, the limit among them
    widest = max(pixels(f"{e:g}") for e in edges)
    every = max(1, math.ceil(len(edges) * (widest + 10) / (width - 80)))
    anchor = 0 if limit is None else min(range(len(edges)), key=lambda j: abs(edges[j] - limit))
    ticks = [e for j, e in enumerate(edges) if (j - anchor) % every == 0]
    base = chart_of(rows)
    bars = base.mark_bar(stroke="black", strokeWidth=0.8, binSpacing=0).encode(
        x=alt.X("from:Q", title=value_title or None, scale=scale, bin="binned").axis(
            values=ticks, grid=False, format=".6~g"
        ),
        x2=alt.X2("to:Q"),
        y=alt.Y("count:Q", title=count_title or None)
        .scale(domain=[0, most * 1.12], nice=False)
        .axis(tickCount=min(6, most), format="d"),
        color=alt.Color("failed:N", legend=None).scale(domain=[True, False], range=[DARK, LIGHT]),
    )
    texts = base.mark_text(baseline="bottom", dy=-3).encode(
        x=alt.X("middle:Q", scale=scale), y=alt.Y("count:Q"), text=alt.Text("text:N")
    )
    layers: list[Any] = [bars, texts]
    if limit is not None:
        text = f"{limit_label} {printed(limit, decimals, suffix=suffix, thousands=True)}"
        layers += upright_limit(limit, text, scale)
    if missing:
        note = [{"text": f"{SIGN_MISSING}另有 {missing} 个缺数据，未计"}]
        left = limit is not None and limit - edges[0] > (edges[-1] - edges[0]) / 2
        layers.append(
            chart_of(note)
            .mark_text(align="left" if left else "right", baseline="bottom", dy=-6)
            .encode(x=fixed("X", 0 if left else "width"), y=fixed("Y", 0), text=alt.Text("text:N"))
        )
    return finished(layers, title, width, height)


def histogram_classes(
    values: Sequence[float], limit: float | None, direction: Direction
) -> list[tuple[Decimal, Decimal, int]]:
    """Lower edge, upper edge and count of classes of one round width, with the limit as an edge.

    A value on an edge belongs below it where values may be at most the limit, above it otherwise.
    """
    exact = [Decimal(repr(v)) for v in values]
    origin = Decimal(0) if limit is None else Decimal(repr(float(limit)))
    span = max(*exact, origin) - min(*exact, origin) if limit is not None else max(exact) - min(exact)
    step = _round_step(span / max(6, min(15, math.ceil(math.sqrt(len(values))))))
    below = direction == "at_most" and limit is not None

    def place(value: Decimal) -> int:
        steps = (value - origin) / step
        return math.ceil(steps) - 1 if below else math.floor(steps)

    counts: dict[int, int] = {}
    for value in exact:
        counts[place(value)] = counts.get(place(value), 0) + 1
    # the class on each side of the limit is shown, even where it is empty
    shown = [*counts, *([] if limit is None else [-1, 0])]
    return [
        (origin + step * j, origin + step * (j + 1), counts.get(j, 0))
        for j in range(min(shown), max(shown) + 1)
    ]


def _round_step(width: Decimal) -> Decimal:
    """The next of 1, 2, 5, 10 … that isn't smaller."""
    if width <= 0:
        return Decimal(1)
    power = Decimal(1).scaleb(width.adjusted())
    return next(power * m for m in (1, 2, 5, 10) if power * m >= width)
