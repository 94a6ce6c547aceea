"""Charts for printed reports: they keep their meaning in grey, and say on the chart what a line or bar is."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dagster_project.core.numbers import printed
from dagster_project.publish.labels import SIGN_FAILED, SIGN_MISSING

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

Direction = Literal["at_most", "at_least"]
_Row = dict[str, Any]

_WIDTH = 560
_FONT_SIZE = 13
_DARK, _MIDDLE, _LIGHT = "#1F3552", "#6F8FB0", "#C9D7E6"
#: From dark to light, each well apart from the next in grey; text on the first two is white.
_FILLS = ("#1F3552", "#5B7FA6", "#9DB5CE", "#D3DEEA", "#FFFFFF")
_LINES = ("#1F3552", "#6F8FB0", "#3F5F86", "#8C8C8C", "#000000", "#55708F", "#6B6B6B", "#2B2B2B")
_DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 2, 1, 2], [1, 3], [10, 2, 2, 2, 2, 2])
_SHAPES = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "cross",
    "triangle-down",
    "triangle-left",
    "triangle-right",
)
#: Signs that may not begin a line.
_NOT_FIRST = tuple("、，。；：）》”")
#: Sans first: thin strokes of a serif face get lost in a small print.
_FAMILIES = (
    "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC",
    "Source Han Sans CN", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Hiragino Sans GB", "Heiti SC", "SimHei",
    "DengXian", "Droid Sans Fallback", "Noto Serif CJK SC", "Noto Serif SC", "SimSun",
)  # fmt: skip
#: Beginning of a font file's name, in lower case → the family in it.
_FONT_FILES = {
    "msyh.": "Microsoft YaHei",
    "pingfang.": "PingFang SC",
    "notosanscjk": "Noto Sans CJK SC",
    "notosanssc": "Noto Sans SC",
    "sourcehansanssc": "Source Han Sans SC",
    "sourcehansanscn": "Source Han Sans CN",
    "wqy-microhei": "WenQuanYi Micro Hei",
    "wqy-zenhei": "WenQuanYi Zen Hei",
    "hiragino sans gb": "Hiragino Sans GB",
    "stheiti": "Heiti SC",
    "simhei": "SimHei",
    "deng.": "DengXian",
    "droidsansfallback": "Droid Sans Fallback",
    "notoserifcjk": "Noto Serif CJK SC",
    "notoserifsc": "Noto Serif SC",
    "simsun.": "SimSun",
}


def bars_against_limit(
    frame: pd.DataFrame,
    label: str,
    value: str,
    limit: float | None,
    *,
    value_title: str = "",
    title: str = "",
    limit_label: str = "标准",
    direction: Direction = "at_most",
    decimals: int = 2,
    suffix: str = "",
    width: int = _WIDTH,
    height: int | None = None,
) -> alt.LayerChart:
    """One bar a row in the order of the frame, the limit as a dashed line, values in a column on the right.

    A bar on the wrong side of the limit is dark and its value has the sign ▼; a row without a value has no
    bar and says so. Up to about 30 rows fit an upright page.

    Args:
        frame: one row per bar.
        label: column of the names; no name twice.
        value: column of the figures, as they are to be read (already per cent, where per cent).
        limit: in the same unit; None where there is no standard.
        value_title: title of the axis, with the unit.
        direction: whether the value may be `at_most` or must be `at_least` the limit.
        decimals, suffix: how values and limit are printed.
        width, height: of the whole picture in pixels, before `to_png` scales it.

    Raises:
        ValueError: no rows, or a name twice.
    """
    import altair as alt

    names = [_text(v) for v in frame[label]]
    values = [_number(v) for v in frame[value]]
    if not names or len(set(names)) < len(names):
        raise ValueError("bars need rows, and a different name for each")
    rows: list[_Row] = []
    for name, figure in zip(names, values, strict=True):
        failed = figure is not None and limit is not None and _fails(figure, limit, direction)
        text = (
            f"{SIGN_MISSING}缺数据"
            if figure is None
            else printed(figure, decimals, suffix=suffix, thousands=True)
        )
        rows.append(
            {
                "label": name,
                "value": figure,
                "text": f"{SIGN_FAILED}{text}" if failed else text,
                "failed": failed,
            }
        )
    known = [v for v in [*values, limit] if v is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    scale = alt.Scale(domain=[low * 1.05, high * 1.05 or 1], nice=False, zero=True)
    y = alt.Y("label:N", sort=names, title=None).axis(labels=False, ticks=False)
    base = _chart(rows)
    bars = base.mark_bar(stroke=_DARK, strokeWidth=1, size=13).encode(
        x=alt.X("value:Q", title=value_title or None, scale=scale).axis(tickCount=6),
        y=y,
        color=alt.Color("failed:N", legend=None).scale(domain=[True, False], range=[_DARK, _LIGHT]),
    )
    column = max(_pixels(r["text"]) for r in rows)
    texts = base.mark_text(align="right", dx=column + 8).encode(
        x=_fixed("X", "width"), y=y, text=alt.Text("text:N")
    )
    layers = [bars, texts]
    # names are drawn by hand: an axis doesn't centre labels of several lines
    pieces = {name: _pieces(name, 14) for name in names}
    by_shift: dict[float, list[_Row]] = {}
    for name, lines in pieces.items():
        for j, line in enumerate(lines):
            by_shift.setdefault((j - (len(lines) - 1) / 2) * 15, []).append({"label": name, "line": line})
    for shift, named in by_shift.items():
        layer = _chart(named).mark_text(align="right", dx=-8, dy=shift)
        layers.append(layer.encode(x=_fixed("X", 0), y=y, text=alt.Text("line:N")))
    if limit is not None:
        layers += _upright_limit(
            limit, f"{limit_label} {printed(limit, decimals, suffix=suffix, thousands=True)}", scale
        )
    row_height = 9 + 15 * max(len(lines) for lines in pieces.values())
    return _finished(layers, title, width, height or 90 + row_height * len(rows))


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
    width: int = _WIDTH,
    height: int = 320,
) -> alt.LayerChart:
    """One line a series with a shape and dashes of its own, named at its end with its last value.

    A period without a value interrupts the line. Periods and series stand in the order of the frame.

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

    rows: list[_Row] = [
        {"period": _text(p), "value": _number(v), "series": _text(s)}
        for p, v, s in zip(frame[period], frame[value], frame[series], strict=True)
    ]
    periods, names = _ordered(r["period"] for r in rows), _ordered(r["series"] for r in rows)
    known = [r["value"] for r in rows if r["value"] is not None]
    if not known or len(names) > len(_SHAPES):
        raise ValueError(f"lines need values and at most {len(_SHAPES)} series, not {len(names)}")
    if len({(r["period"], r["series"]) for r in rows}) < len(rows):
        raise ValueError("a period stands twice in one series")
    low, high = (f([*known, *([] if limit is None else [limit])]) for f in (min, max))
    margin = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    domain = [0.0 if 0 <= low < margin else low - margin, high + margin]

    ends: list[_Row] = []
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
    step = (domain[1] - domain[0]) * (_FONT_SIZE + 4) / plot_height
    for end, y in zip(ends, _spread([e["y"] for e in ends], step, domain[0], domain[1]), strict=True):
        end["y"] = y

    shape = alt.Shape("series:N", legend=None).scale(domain=names, range=list(_SHAPES[: len(names)]))
    colour = alt.Color("series:N", legend=None).scale(domain=names, range=list(_LINES[: len(names)]))
    dash = alt.StrokeDash("series:N", legend=None).scale(domain=names, range=list(_DASHES[: len(names)]))
    x = alt.X("period:O", sort=periods, title=period_title or None).axis(
        labelAngle=_label_angle(periods, width - 90 - max(_pixels(e["text"]) for e in ends)), labelLimit=0
    )
    y_axis = alt.Y("value:Q", title=value_title or None).scale(domain=domain, nice=False).axis(tickCount=6)
    base = _chart(rows).encode(x=x, y=y_axis)
    layers: list[Any] = [
        base.mark_line(strokeWidth=2, invalid="break-paths-filter-domains").encode(
            color=colour, strokeDash=dash
        ),
        base.mark_point(size=64, filled=True, opacity=1, invalid="filter").encode(color=colour, shape=shape),
    ]
    if limit is not None:
        layers.append(
            _chart([{"limit": limit}])
            .mark_rule(strokeDash=[3, 3], color="black", strokeWidth=1)
            .encode(y=alt.Y("limit:Q"))
        )
    right = _chart(ends).encode(y=alt.Y("y:Q"), x=_fixed("X", "width"))
    layers.append(right.mark_text(align="left", dx=20).encode(text=alt.Text("text:N")))
    keys = _chart([e for e in ends if e["series"]])
    layers.append(
        keys.mark_point(size=64, filled=True, opacity=1)
        .encode(y=alt.Y("y:Q"), x=_fixed("X", "width"), xOffset=_fixed("XOffset", 12), color=colour, shape=shape)
    )  # fmt: skip
    return _finished(layers, title, width, height)


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
    width: int = _WIDTH,
    height: int = 320,
) -> alt.LayerChart:
    """One bar a month, stacked by kind from dark to light, with each part's figure in it and the sum on top.

    Months and kinds stand in the order of the frame; the first kind lies at the bottom, as in the key.

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
        (_text(m), _text(k), _number(v))
        for m, k, v in zip(frame[month], frame[kind], frame[value], strict=True)
    ]
    months, kinds = _ordered(m for m, _, _ in given), _ordered(k for _, k, _ in given)
    parts = {(m, k): v for m, k, v in given if v is not None}
    if not parts or min(parts.values()) < 0 or len(kinds) > len(_FILLS):
        raise ValueError(f"stacked bars need values of zero or more and at most {len(_FILLS)} kinds")
    if len({(m, k) for m, k, _ in given}) < len(given):
        raise ValueError("a month stands twice in one kind")
    rows, sums = [], []
    totals = {
        m: sum((Decimal(repr(v)) for (at, _), v in parts.items() if at == m), Decimal(0)) for m in months
    }
    high = float(max(totals.values())) or 1.0
    for at in months:
        base = 0.0
        for j, k in enumerate(kinds):
            part = parts.get((at, k), 0.0)
            tall = part / high * (height - 110) >= _FONT_SIZE + 1
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
        labelAngle=_label_angle(months, width - 80), labelLimit=0
    )
    y = alt.Y("from:Q", title=value_title or None).scale(domain=[0, high * 1.1], nice=False).axis(tickCount=6)
    chart = _chart(rows).encode(x=x)
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
        _chart(sums)
        .mark_text(baseline="bottom", dy=-3, fontWeight="bold")
        .encode(x=x, y=alt.Y("to:Q"), text=alt.Text("text:N"))
    )
    return _finished([bars, figures, tops], title, width, height)


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
    width: int = _WIDTH,
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

    values = [_number(v) for v in frame[value]]
    known = [v for v in values if v is not None]
    missing = len(values) - len(known)
    if not known:
        raise ValueError("a histogram needs values")
    classes = histogram_classes(known, limit, direction)
    rows: list[_Row] = [
        {"from": float(a), "to": float(b), "middle": float((a + b) / 2), "count": n, "text": str(n) if n else "",
         "failed": limit is not None and _fails(float((a + b) / 2), limit, direction)}
        for a, b, n in classes
    ]  # fmt: skip
    edges = [rows[0]["from"], *[r["to"] for r in rows]]
    scale = alt.Scale(domain=[edges[0], edges[-1]], nice=False, zero=False)
    most = max(r["count"] for r in rows)
    # the axis names as many of the edges as have room, the limit among them
    widest = max(_pixels(f"{e:g}") for e in edges)
    every = max(1, math.ceil(len(edges) * (widest + 10) / (width - 80)))
    anchor = 0 if limit is None else min(range(len(edges)), key=lambda j: abs(edges[j] - limit))
    ticks = [e for j, e in enumerate(edges) if (j - anchor) % every == 0]
    base = _chart(rows)
    bars = base.mark_bar(stroke="black", strokeWidth=0.8, binSpacing=0).encode(
        x=alt.X("from:Q", title=value_title or None, scale=scale, bin="binned").axis(
            values=ticks, grid=False, format=".6~g"
        ),
        x2=alt.X2("to:Q"),
        y=alt.Y("count:Q", title=count_title or None)
        .scale(domain=[0, most * 1.12], nice=False)
        .axis(tickCount=min(6, most), format="d"),
        color=alt.Color("failed:N", legend=None).scale(domain=[True, False], range=[_DARK, _LIGHT]),
    )
    texts = base.mark_text(baseline="bottom", dy=-3).encode(
        x=alt.X("middle:Q", scale=scale), y=alt.Y("count:Q"), text=alt.Text("text:N")
    )
    layers: list[Any] = [bars, texts]
    if limit is not None:
        text = f"{limit_label} {printed(limit, decimals, suffix=suffix, thousands=True)}"
        layers += _upright_limit(limit, text, scale)
    if missing:
        note = [{"text": f"{SIGN_MISSING}另有 {missing} 个缺数据，未计"}]
        left = limit is not None and limit - edges[0] > (edges[-1] - edges[0]) / 2
        layers.append(
            _chart(note)
            .mark_text(align="left" if left else "right", baseline="bottom", dy=-6)
            .encode(x=_fixed("X", 0 if left else "width"), y=_fixed("Y", 0), text=alt.Text("text:N"))
        )
    return _finished(layers, title, width, height)


def ratios_to_standard(
    frame: pd.DataFrame,
    label: str,
    ratio: str,
    *,
    title: str = "",
    width: int = 400,
    height: int | None = None,
) -> alt.LayerChart:
    """One bar an indicator: its value as a share of its standard, with lines at the standard and at 85% of it.

    All that depends on the figures lies in the one named dataset `rows`, with `label`, `ratio` (null if there is
    none), `state` (reached, near, failed, missing) and `text` as printed: with other rows of the same labels the
    specification draws another school. Bars end at twice the standard; an arrow says that a value lies beyond.

    Args:
        frame: one row per indicator, in the order to be drawn.
        label, ratio: columns; ratios are value divided by standard.
        title: of the chart.
        width, height: of the whole picture in pixels.

    Raises:
        ValueError: no rows, or a label twice.
    """
    import altair as alt

    names = [_text(v) for v in frame[label]]
    if not names or len(set(names)) < len(names):
        raise ValueError("bars need rows, and a different name for each")
    rows = [ratio_row(n, _number(v)) for n, v in zip(names, frame[ratio], strict=True)]
    base = alt.Chart(alt.NamedData(name="rows"))
    y = alt.Y("label:N", sort=names, title=None).axis(
        ticks=False, domain=False, labelLimit=170, labelPadding=6
    )
    x = alt.X("ratio:Q", title=None).scale(domain=[0, 2], clamp=True, nice=False)
    x = x.axis(values=[0, 0.5, 1, 1.5, 2], format=".0%", grid=True)
    bars = base.mark_bar(stroke=_DARK, strokeWidth=1, size=12, invalid="filter").encode(
        x=x,
        y=y,
        color=alt.Color("state:N", legend=None).scale(
            domain=["reached", "near", "failed", "missing"], range=[_LIGHT, _MIDDLE, _DARK, "#FFFFFF"]
        ),
    )
    texts = base.mark_text(align="right", dx=66).encode(x=_fixed("X", "width"), y=y, text=alt.Text("text:N"))
    lines = []
    for at, dash, name in ((1, [1, 0], "标准"), (0.85, [4, 3], "85%")):
        mark = _chart([{"at": at, "name": name}]).encode(x=alt.X("at:Q"))
        lines.append(mark.mark_rule(strokeDash=dash, strokeWidth=1.4, color="black"))
        shift = 3 if at == 1 else -3
        lines.append(
            mark.mark_text(align="left" if at == 1 else "right", dx=shift, dy=-6, baseline="bottom").encode(
                y=_fixed("Y", 0), text=alt.Text("name:N")
            )
        )
    chart = _finished([bars, *lines, texts], title, width, height or 62 + 24 * len(names))
    chart.datasets = {"rows": rows}
    return chart


def ratio_row(label: str, ratio: float | None) -> _Row:
    """One row of `ratios_to_standard`."""
    if ratio is None:
        return {"label": label, "ratio": None, "state": "missing", "text": f"{SIGN_MISSING}缺数据"}
    state = "reached" if ratio >= 1 else "near" if ratio >= 0.85 else "failed"
    sign = SIGN_FAILED if ratio < 1 else "→" if ratio > 2 else ""
    return {
        "label": label,
        "ratio": ratio,
        "state": state,
        "text": sign + printed(ratio, 1, scale=100, suffix="%"),
    }


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
    """One small panel an indicator: its values over the periods, its standard as a dashed line.

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

    rows: list[_Row] = [
        {"indicator": _text(i), "period": _text(p), "value": _number(v), "limit": _number(n), "text": ""}
        for i, p, v, n in zip(frame[indicator], frame[period], frame[value], frame[limit], strict=True)
    ]
    if not rows:
        raise ValueError("panels need rows")
    names, periods = _ordered(r["indicator"] for r in rows), _ordered(r["period"] for r in rows)
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
        line = base.mark_line(strokeWidth=1.6, color=_DARK, invalid="break-paths-filter-domains")
        points = base.mark_point(size=22, filled=True, opacity=1, color=_DARK, invalid="filter")
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


#: Status of a school → fill and shape on the map; words stand in the legend.
_MAP_MARKS = {
    "compliant": ("#C9D7E6", "circle"),
    "not_compliant": ("#1F3552", "triangle-down"),
    "undetermined": ("#FFFFFF", "square"),
    "out_of_scope": ("#8C8C8C", "cross"),
    "not_applicable": ("#8C8C8C", "diamond"),
}


def schools_on_map(
    frame: pd.DataFrame,
    longitude: str,
    latitude: str,
    name: str,
    status: str,
    *,
    outlines: Mapping[str, Any] | None = None,
    title: str = "",
    width: int = 760,
) -> alt.LayerChart:
    """Schools by their coordinates, shape and fill by status, above the outlines of towns if there are any.

    Degrees are drawn plainly, a degree of longitude shortened by the cosine of the latitude.

    Args:
        frame: one row per school; those without coordinates are left out, and counted in a line below.
        longitude, latitude: columns, degrees.
        name, status: columns; a status of a school as in `fct_school_compliance`.
        outlines: GeoJSON FeatureCollection of polygons.
        title: of the chart.
        width: of the plot in pixels; its height follows.

    Raises:
        ValueError: no school has coordinates.
    """
    import altair as alt

    from dagster_project.publish.labels import STATUS_ZH

    rows: list[_Row] = []
    missing = 0
    for x, y, n, s in zip(frame[longitude], frame[latitude], frame[name], frame[status], strict=True):
        place = (_number(x), _number(y))
        if place[0] is None or place[1] is None:
            missing += 1
        else:
            rows.append(
                {
                    "x": place[0],
                    "y": place[1],
                    "name": _text(n),
                    "status": STATUS_ZH.get(s, str(s)),
                    "code": s,
                }
            )
    if not rows:
        raise ValueError("no school has coordinates")
    rings = list(_rings(outlines))
    xs = [r["x"] for r in rows] + [p[0] for ring in rings for p in ring]
    ys = [r["y"] for r in rows] + [p[1] for ring in rings for p in ring]
    span_y = max(max(ys) - min(ys), 0.01)
    cosine = math.cos(math.radians((max(ys) + min(ys)) / 2))
    span_x = max(max(xs) - min(xs), 0.01)
    height = round(min(720, max(240, width * span_y / (span_x * cosine))))
    width = round(min(width, height * span_x * cosine / span_y)) if height == 720 else width
    x = alt.X("x:Q", title="经度").scale(
        domain=[min(xs) - span_x * 0.03, max(xs) + span_x * 0.03], nice=False, zero=False
    )
    y = alt.Y("y:Q", title="纬度").scale(
        domain=[min(ys) - span_y * 0.03, max(ys) + span_y * 0.03], nice=False, zero=False
    )
    x, y = x.axis(tickCount=5, format=".2f"), y.axis(tickCount=5, format=".2f")
    present = [c for c in _MAP_MARKS if any(r["code"] == c for r in rows)]
    words = [STATUS_ZH[c] for c in present]
    legend = alt.Legend(title=None, orient="top", symbolSize=120, labelLimit=0)
    marks = (
        _chart(rows)
        .mark_point(size=90, filled=True, opacity=1, stroke="black", strokeWidth=0.8)
        .encode(
            x=x,
            y=y,
            shape=alt.Shape("status:N", legend=legend).scale(
                domain=words, range=[_MAP_MARKS[c][1] for c in present]
            ),
            fill=alt.Fill("status:N", legend=legend).scale(
                domain=words, range=[_MAP_MARKS[c][0] for c in present]
            ),
            tooltip=[alt.Tooltip("name:N", title="学校"), alt.Tooltip("status:N", title="判断")],
        )
    )
    layers: list[Any] = [marks]
    if rings:
        points = [
            {"x": p[0], "y": p[1], "ring": n, "order": j}
            for n, ring in enumerate(rings)
            for j, p in enumerate(ring)
        ]
        layers.insert(
            0,
            _chart(points)
            .mark_line(color="#999999", strokeWidth=0.8)
            .encode(x=x, y=y, detail=alt.Detail("ring:N"), order=alt.Order("order:Q")),
        )
    if missing:
        note = _chart([{"text": f"{SIGN_MISSING}另有 {missing} 所没有坐标，未标出"}])
        layers.append(
            note.mark_text(align="right", baseline="top", dy=6).encode(
                x=_fixed("X", "width"), y=_fixed("Y", 0), text=alt.Text("text:N")
            )
        )
    return _finished(layers, title, width, height)


def _rings(outlines: Mapping[str, Any] | None) -> Iterable[list[list[float]]]:
    """Rings of all polygons of a FeatureCollection, as lists of longitude and latitude."""
    for feature in (outlines or {}).get("features", []):
        geometry = feature.get("geometry") or {}
        if geometry.get("type") == "Polygon":
            yield from geometry["coordinates"]
        elif geometry.get("type") == "MultiPolygon":
            for polygon in geometry["coordinates"]:
                yield from polygon


def to_png(chart: alt.Chart | alt.LayerChart, scale: float = 2.0) -> bytes | None:
    """The chart as a picture; None when no font with Chinese is installed.

    Args:
        chart: what a function of this module returned; its width and height are those of the whole picture.
        scale: pixels of the picture per pixel of the chart; 2 gives about 180 dpi at 156 mm.
    """
    font = chinese_font()
    if font is None:
        return None
    import vl_convert

    return vl_convert.vegalite_to_png(**_converted(chart, font), scale=scale)


def warm_up() -> None:
    """Load what drawing needs: the converter starts an engine of its own at its first chart."""
    import altair as alt
    import pandas as pd

    to_png(alt.Chart(pd.DataFrame({"x": [0]})).mark_point().encode(x="x:Q"))


def to_svg(chart: alt.TopLevelMixin) -> str:
    """The chart as lines and text: whoever shows it needs a font with Chinese, this machine doesn't.

    Args:
        chart: what a function of this module returned.
    """
    import vl_convert

    families = ", ".join([*_FAMILIES[:5], "sans-serif"])
    svg: str = vl_convert.vegalite_to_svg(**_converted(chart, chinese_font() or families))
    return svg


def _converted(chart: alt.TopLevelMixin, font: str) -> dict[str, Any]:
    """What a converter is given: nothing is fetched from anywhere."""
    import altair as alt

    spec = chart.to_dict()
    spec["config"] = {**spec.get("config", {}), "font": font}
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    return {"vl_spec": spec, "vl_version": version, "allowed_base_urls": []}


def chinese_font() -> str | None:
    """Name of an installed font family that has Chinese, a sans one if there is one."""
    families = _listed_families() or _families_of_files(_font_folders())
    for family in _FAMILIES:
        if family in families:
            return family
    return min(families, default=None)


@lru_cache(maxsize=1)
def _listed_families() -> frozenset[str]:
    """Families with Chinese that fontconfig lists; empty where there is none."""
    command = shutil.which("fc-list")
    if command is None or not sys.platform.startswith("linux"):
        return frozenset()
    try:
        listed = subprocess.run(
            [command, ":lang=zh", "family"], capture_output=True, encoding="utf-8", timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return frozenset()
    return frozenset(name.strip() for line in listed.splitlines() for name in line.split(",") if name.strip())


def _font_folders() -> list[Path]:
    import os

    home = Path.home()
    folders = [
        Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts",
        Path(os.environ.get("LOCALAPPDATA", home / "AppData/Local")) / "Microsoft/Windows/Fonts",
        Path("/System/Library/Fonts"),
        Path("/Library/Fonts"),
        home / "Library/Fonts",
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local/share/fonts",
        home / ".fonts",
    ]
    return [folder for folder in folders if folder.is_dir()]


def _families_of_files(folders: Iterable[Path]) -> frozenset[str]:
    """Families of the font files known by name."""
    names = {
        path.name.lower()
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix.lower() in (".ttf", ".ttc", ".otf")
    }
    return frozenset(
        family for start, family in _FONT_FILES.items() if any(name.startswith(start) for name in names)
    )


def _fixed(channel: str, value: Any) -> Any:
    """A channel at one place: pixels, or "width" and "height" of the plot."""
    import altair as alt

    return getattr(alt, f"{channel}Value")(value)


def _chart(rows: Sequence[_Row]) -> alt.Chart:
    import altair as alt

    return alt.Chart(alt.InlineData(values=list(rows)))


def _finished(layers: Sequence[Any], title: str, width: int, height: int) -> alt.LayerChart:
    """Fix the picture's size and the house's look; what stands beside the plot is inside the picture."""
    import altair as alt

    # in one go: each call that adds something to a chart copies all of it
    heading: dict[str, Any] = (
        {"title": alt.TitleParams(title, offset=10, fontSize=_FONT_SIZE + 2)} if title else {}
    )
    return alt.LayerChart(
        layer=list(layers),
        width=width,
        height=height,
        padding=8,
        autosize=alt.AutoSizeParams(type="fit", contains="padding"),
        config=alt.Config(
            view=alt.ViewConfig(stroke=None),
            axis=alt.AxisConfig(
                labelFontSize=_FONT_SIZE - 1,
                titleFontSize=_FONT_SIZE,
                titleFontWeight="normal",
                labelColor="black",
                titleColor="black",
                gridColor="#DDDDDD",
                domainColor="black",
                tickColor="black",
                labelFlush=False,
            ),
            legend=alt.LegendConfig(labelFontSize=_FONT_SIZE, labelColor="black"),
            text=alt.MarkConfig(fontSize=_FONT_SIZE, color="black"),
        ),
        **heading,
    )


def _upright_limit(limit: float, text: str, scale: alt.Scale) -> list[Any]:
    """The limit as a dashed line from top to bottom, named above the plot; its name stays inside the picture."""
    import altair as alt

    domain: Any = scale.domain
    share = (limit - domain[0]) / (domain[1] - domain[0])
    align: Literal["left", "center", "right"] = (
        "left" if share < 0.15 else "right" if share > 0.85 else "center"
    )
    base = _chart([{"limit": limit, "text": text}]).encode(x=alt.X("limit:Q", scale=scale))
    return [
        base.mark_rule(strokeDash=[5, 3], strokeWidth=1.6, color="black"),
        base.mark_text(align=align, baseline="bottom", dy=-6, fontWeight="bold").encode(
            y=_fixed("Y", 0), text=alt.Text("text:N")
        ),
    ]


def _fails(value: float, limit: float, direction: Direction) -> bool:
    return bool(value > limit if direction == "at_most" else value < limit)


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


def _number(value: object) -> float | None:
    if value is None or type(value).__name__ == "NAType" or value != value:
        return None
    return float(value)  # type: ignore[arg-type]


def _text(value: Any) -> str:
    """Text of a label; of a date its year and month."""
    return f"{value.year}-{value.month:02d}" if hasattr(value, "year") else str(value)


def _ordered(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _pixels(text: str) -> float:
    """About how wide the text is: a Chinese sign is as wide as it is high."""
    return sum(_FONT_SIZE if ord(c) > 0x2000 else _FONT_SIZE * 0.62 for c in text)


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


def _label_angle(texts: Sequence[str], room: float) -> int:
    """Level where the labels have room side by side, else slanting."""
    return 0 if sum(_pixels(t) + 8 for t in texts) <= room else -40
