"""Stacked bars per month."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from dagster_project.core.numbers import printed
from dagster_project.publish.charts.parts import (
    FONT_SIZE,
    WIDTH,
    chart_of,
    finished,
    label_angle,
    number,
    ordered,
    text_of,
)
from dagster_project.publish.labels import SIGN_MISSING

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd


#: From dark to light, each well apart from the next in grey; text on the first two is white.
_FILLS = ("#1F3552", "#5B7FA6", "#9DB5CE", "#D3DEEA", "#FFFFFF")


def stacked_by_month(
    frame: pd.DataFrame,
    month: str,
    value: str,
    kind: str,
    *,
    value_title: str = "",
    month_title: str = "",
    title: str = "",
    decimals: int = 0,
    suffix: str = "",
    width: int = WIDTH,
    height: int = 320,
) -> alt.LayerChart:
    """One bar per month, stacked by kind from dark to light, with each part's figure in it and the sum on top.

    Months and kinds are in the order of the frame; the first kind is at the bottom, as in the key.

    Args:
        frame: one row per month and kind; a missing value is no part of the bar.
        month, value, kind: columns; months are text or dates; values aren't negative.
        value_title, month_title: titles of the axes.
        decimals, suffix: how the figures are printed.
        width, height: of the whole picture in pixels, before `to_png` scales it.

    Raises:
        ValueError: no values, a negative one, more than five kinds, or a month twice in one kind.
    """
    import altair as alt

    given = [
        (text_of(m), text_of(k), number(v))
        for m, k, v in zip(frame[month], frame[kind], frame[value], strict=True)
    ]
    months, kinds = ordered(m for m, _, _ in given), ordered(k for _, k, _ in given)
    parts = {(m, k): v for m, k, v in given if v is not None}
    if not parts or min(parts.values()) < 0 or len(kinds) > len(_FILLS):
        raise ValueError(f"stacked bars need values of zero or more and at most {len(_FILLS)} kinds")
    if len({(m, k) for m, k, _ in given}) < len(given):
        raise ValueError("a month appears twice in one kind")
    rows, sums = [], []
    totals = {
        m: sum((Decimal(repr(v)) for (at, _), v in parts.items() if at == m), Decimal(0)) for m in months
    }
    high = float(max(totals.values())) or 1.0
    for at in months:
        base = 0.0
        for j, k in enumerate(kinds):
            part = parts.get((at, k), 0.0)
            tall = part / high * (height - 110) >= FONT_SIZE + 1
            text = printed(part, decimals, suffix=suffix, thousands=True) if tall and len(kinds) > 1 else ""
            rows.append(
                {"month": at, "kind": k, "from": base, "to": base + part, "middle": base + part / 2,
                 "text": text, "ink": "white" if j < 2 else "black"}
            )  # fmt: skip
            base += part
        absent = not any((at, k) in parts for k in kinds)
        sums.append(
            {
                "month": at,
                "to": base,
                "text": SIGN_MISSING
                if absent
                else printed(totals[at], decimals, suffix=suffix, thousands=True),
            }
        )
    x = alt.X("month:O", sort=months, title=month_title or None).axis(
        labelAngle=label_angle(months, width - 80), labelLimit=0
    )
    y = alt.Y("from:Q", title=value_title or None).scale(domain=[0, high * 1.1], nice=False).axis(tickCount=6)
    chart = chart_of(rows).encode(x=x)
    fills = list(_FILLS[: len(kinds)])
    legend = alt.Legend(
        orient="top", title=None, symbolStrokeColor="black", symbolType="square", symbolSize=140, labelLimit=0
    )
    bars = chart.mark_bar(stroke="black", strokeWidth=0.8).encode(
        y=y,
        y2=alt.Y2("to:Q"),
        color=alt.Color("kind:N", sort=kinds, legend=legend if len(kinds) > 1 else None).scale(
            domain=kinds, range=fills
        ),
    )
    figures = chart.mark_text(baseline="middle").encode(
        y=alt.Y("middle:Q"), text=alt.Text("text:N"), color=alt.Color("ink:N", scale=None)
    )
    tops = (
        chart_of(sums)
        .mark_text(baseline="bottom", dy=-3, fontWeight="bold")
        .encode(x=x, y=alt.Y("to:Q"), text=alt.Text("text:N"))
    )
    return finished([bars, figures, tops], title, width, height)
