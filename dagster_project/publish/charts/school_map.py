"""Schools on a map."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dagster_project.publish.charts.parts import (
    Row,
    chart_of,
    finished,
    fixed,
    number,
    text_of,
)
from dagster_project.publish.labels import SIGN_MISSING

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd


#: Status of a school → fill and shape on the map; the legend has the words.
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

    rows: list[Row] = []
    missing = 0
    for x, y, n, s in zip(frame[longitude], frame[latitude], frame[name], frame[status], strict=True):
        place = (number(x), number(y))
        if place[0] is None or place[1] is None:
            missing += 1
        else:
            rows.append(
                {
                    "x": place[0],
                    "y": place[1],
                    "name": text_of(n),
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
        chart_of(rows)
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
            chart_of(points)
            .mark_line(color="#999999", strokeWidth=0.8)
            .encode(x=x, y=y, detail=alt.Detail("ring:N"), order=alt.Order("order:Q")),
        )
    if missing:
        note = chart_of([{"text": f"{SIGN_MISSING}另有 {missing} 所没有坐标，未标出"}])
        layers.append(
            note.mark_text(align="right", baseline="top", dy=6).encode(
                x=fixed("X", "width"), y=fixed("Y", 0), text=alt.Text("text:N")
            )
        )
    return finished(layers, title, width, height)


def _rings(outlines: Mapping[str, Any] | None) -> Iterable[list[list[float]]]:
    """Rings of all polygons of a FeatureCollection, as lists of longitude and latitude."""
    for feature in (outlines or {}).get("features", []):
        geometry = feature.get("geometry") or {}
        if geometry.get("type") == "Polygon":
            yield from geometry["coordinates"]
        elif geometry.get("type") == "MultiPolygon":
            for polygon in geometry["coordinates"]:
                yield from polygon
