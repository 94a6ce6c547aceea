"""The map: schools by their coordinates, without tiles."""

from __future__ import annotations

from dagster_project.publish import catalogue, labels
from dagster_project.publish.site.marts import JUDGED_STAGES, Marts
from dagster_project.publish.site.pages import SitePage, drawing
from dagster_project.publish.site.printing import verdict_text


def page(marts: Marts, district_code: str, spec: catalogue.Page) -> SitePage | None:
    """One map per stage; None where no school has coordinates."""
    import pandas as pd

    from dagster_project.publish import charts

    year = marts.years[district_code]
    schools = {r["school_code"]: r for r in marts.rows("dim_schools", district_code, school_year=year)}
    drawings = []
    for stage in JUDGED_STAGES:
        rows = [
            r
            for r in marts.rows("fct_school_compliance", district_code, school_year=year)
            if r["stage"] == stage
        ]
        placed = [(r, schools[r["school_code"]]) for r in rows if r["school_code"] in schools]
        if not any(s["longitude"] is not None and s["latitude"] is not None for _, s in placed):
            continue
        frame = pd.DataFrame(
            {
                "longitude": [s["longitude"] for _, s in placed],
                "latitude": [s["latitude"] for _, s in placed],
                "name": [s["name_zh"] for _, s in placed],
                "status": [r["status"] for r, _ in placed],
            }
        )
        chart = charts.schools_on_map(
            frame, "longitude", "latitude", "name", "status", outlines=marts.outlines
        )
        cells = [(s["name_zh"], s["town"], verdict_text(r["status"])) for r, s in placed]
        schools_zh, judged_zh = marts.labels_zh["dim_schools"], marts.labels_zh["fct_school_compliance"]
        heads = (schools_zh["name_zh"], schools_zh["town"], judged_zh["status"])
        drawings.append(drawing(f"map-{stage}", f"{labels.stage_zh(stage)}学校", chart, heads, cells))
    if not drawings:
        return None
    values = {"drawings": drawings, "has_outlines": bool(marts.outlines)}
    return SitePage(spec.file, spec.title_zh, "map.html.j2", values)
