"""A school's figures over the years, one small chart per indicator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dagster_project.core.numbers import printed
from dagster_project.publish.charts.parts import (
    DARK,
    Row,
    number,
    ordered,
    text_of,
)

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd


def trends_by_indicator(
    frame: pd.DataFrame,
    indicator: str,
    period: str,
    value: str,
    limit: str,
    *,
    decimals: int = 2,
    columns: int = 4,
    width: int = 190,
    height: int = 62,
) -> alt.ConcatChart:
    """One small panel per indicator: its values over the periods, its standard as a dashed line.

    As with `ratios_to_standard` the figures are the one named dataset `rows`: `indicator`, `period`, `value` and
    `limit` (null if there is none), and `text`, the printed figure, on the last period that has a value.

    Args:
        frame: one row per indicator and period, both in the order to be drawn.
        indicator, period, value, limit: columns.
        decimals: how the last value is printed.
        columns: panels side by side.
        width, height: of one panel's plot in pixels.

    Raises:
        ValueError: no rows.
    """
    import altair as alt

    rows: list[Row] = [
        {"indicator": text_of(i), "period": text_of(p), "value": number(v), "limit": number(n), "text": ""}
        for i, p, v, n in zip(frame[indicator], frame[period], frame[value], frame[limit], strict=True)
    ]
    if not rows:
        raise ValueError("panels need rows")
    names, periods = ordered(r["indicator"] for r in rows), ordered(r["period"] for r in rows)
    for name in names:
        known = [r for r in rows if r["indicator"] == name and r["value"] is not None]
        if known:
            known[-1]["text"] = printed(known[-1]["value"], decimals, thousands=True)
    x = alt.X("period:O", sort=periods, title=None).axis(
        labelAngle=0, values=list(dict.fromkeys([periods[0], periods[-1]])), ticks=False
    )
    y = alt.Y("value:Q", title=None).scale(zero=False, padding=9)
    y = y.axis(labels=False, ticks=False, domain=False)
    panels: list[Any] = []
    for name in names:
        base = alt.Chart()
        line = base.mark_line(strokeWidth=1.6, color=DARK, invalid="break-paths-filter-domains")
        points = base.mark_point(size=22, filled=True, opacity=1, color=DARK, invalid="filter")
        standard = base.mark_rule(strokeDash=[4, 3], color="black", strokeWidth=1).encode(
            y=alt.Y("max(limit):Q")
        )
        last = base.mark_text(align="left", dx=6, fontSize=11, invalid="filter").encode(
            x=x, y=y, text=alt.Text("text:N")
        )
        panel = alt.layer(line.encode(x=x, y=y), points.encode(x=x, y=y), standard, last)
        heading = alt.TitleParams(name, anchor="start", fontSize=12, fontWeight="normal", limit=width + 40)
        panel = panel.transform_filter(f"datum.indicator === {json.dumps(name, ensure_ascii=False)}")
        panels.append(panel.properties(width=width, height=height, title=heading))
    chart: Any = alt.concat(*panels, columns=columns, spacing=14)
    chart = (
        chart.configure_view(stroke=None)
        .configure_axis(labelFontSize=11, labelColor="black", domainColor="#999999", grid=False)
        .properties(padding=4)
    )
    chart.data = alt.NamedData(name="rows")
    chart.datasets = {"rows": rows}
    return chart
