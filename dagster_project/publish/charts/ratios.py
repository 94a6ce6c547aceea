"""A school's figures as shares of their standards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_project.core.numbers import printed
from dagster_project.publish.charts.parts import (
    DARK,
    LIGHT,
    MIDDLE,
    Row,
    chart_of,
    finished,
    fixed,
    number,
    text_of,
)
from dagster_project.publish.labels import SIGN_FAILED, SIGN_MISSING

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd


def ratios_to_standard(
    frame: pd.DataFrame,
    label: str,
    ratio: str,
    floor: float | None,
    *,
    title: str = "",
    width: int = 400,
    height: int | None = None,
) -> alt.LayerChart:
    """One bar per indicator: its value as a share of its standard, with lines at the standard and at the floor.

    All that depends on the figures is in the one named dataset `rows`, with `label`, `ratio` (null if there is
    none), `state` (reached, near, failed, missing) and `text` as printed: with other rows of the same labels the
    specification draws another school. Bars end at twice the standard; an arrow marks a value beyond.

    Args:
        frame: one row per indicator, in the order to be drawn.
        label, ratio: columns; ratios are value divided by standard.
        floor: share of its standard (0–1) that each indicator of a compliant school must reach; None if there is none.
        title: of the chart.
        width, height: of the whole picture in pixels.

    Raises:
        ValueError: no rows, or a label twice.
    """
    import altair as alt

    names = [text_of(v) for v in frame[label]]
    if not names or len(set(names)) < len(names):
        raise ValueError("bars need rows, and a different name for each")
    rows = [ratio_row(n, number(v), floor) for n, v in zip(names, frame[ratio], strict=True)]
    base = alt.Chart(alt.NamedData(name="rows"))
    y = alt.Y("label:N", sort=names, title=None).axis(
        ticks=False, domain=False, labelLimit=170, labelPadding=6
    )
    x = alt.X("ratio:Q", title=None).scale(domain=[0, 2], clamp=True, nice=False)
    x = x.axis(values=[0, 0.5, 1, 1.5, 2], format=".0%", grid=True)
    bars = base.mark_bar(stroke=DARK, strokeWidth=1, size=12, invalid="filter").encode(
        x=x,
        y=y,
        color=alt.Color("state:N", legend=None).scale(
            domain=["reached", "near", "failed", "missing"], range=[LIGHT, MIDDLE, DARK, "#FFFFFF"]
        ),
    )
    texts = base.mark_text(align="right", dx=66).encode(x=fixed("X", "width"), y=y, text=alt.Text("text:N"))
    lines = []
    marked: list[tuple[float, list[int], str]] = [(1, [1, 0], "标准")]
    if floor is not None:
        marked.append((floor, [4, 3], printed(floor, None, scale=100, suffix="%")))
    for at, dash, name in marked:
        mark = chart_of([{"at": at, "name": name}]).encode(x=alt.X("at:Q"))
        lines.append(mark.mark_rule(strokeDash=dash, strokeWidth=1.4, color="black"))
        shift = 3 if at == 1 else -3
        lines.append(
            mark.mark_text(align="left" if at == 1 else "right", dx=shift, dy=-6, baseline="bottom").encode(
                y=fixed("Y", 0), text=alt.Text("name:N")
            )
        )
    chart = finished([bars, *lines, texts], title, width, height or 62 + 24 * len(names))
    chart.datasets = {"rows": rows}
    return chart


def ratio_row(label: str, ratio: float | None, floor: float | None) -> Row:
    """One row of `ratios_to_standard`."""
    if ratio is None:
        return {"label": label, "ratio": None, "state": "missing", "text": f"{SIGN_MISSING}缺数据"}
    state = "reached" if ratio >= 1 else "near" if floor is not None and ratio >= floor else "failed"
    sign = SIGN_FAILED if ratio < 1 else "→" if ratio > 2 else ""
    return {
        "label": label,
        "ratio": ratio,
        "state": state,
        "text": sign + printed(ratio, 1, scale=100, suffix="%"),
    }
