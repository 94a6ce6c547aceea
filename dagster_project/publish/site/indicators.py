"""The matrix of schools and indicators, and one page per indicator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagster_project.publish import catalogue, labels
from dagster_project.publish.site.marts import JUDGED_STAGES, Marts
from dagster_project.publish.site.pages import PageDrawing, SitePage, drawing
from dagster_project.publish.site.printing import text_of
from dagster_project.publish.site.tables import page_table

if TYPE_CHECKING:
    from dagster_project.publish.charts.parts import Direction

Row = dict[str, Any]


def page(marts: Marts, district_code: str, spec: catalogue.Page) -> SitePage:
    """The matrix; its rows are loaded from `data/matrix.js`."""
    values = {"indicators": marts.indicators, "year": marts.years[district_code], "detail_file": detail_file}
    return SitePage(spec.file, spec.title_zh, "indicators.html.j2", values)


def detail_file(indicator_code: str) -> str:
    """File of an indicator's own page."""
    return f"indicator_{indicator_code}.html"


def detail_pages(marts: Marts, district_code: str, under: str) -> list[SitePage]:
    """One page per indicator: definition, standards, distribution, trend, and the figures of the schools.

    Args:
        under: file of the entry of the navigation that the pages belong to.
    """
    figures: dict[tuple[str, str], list[Row]] = {}
    for row in marts.rows("fct_school_indicators", district_code):
        figures.setdefault((row["indicator_code"], row["stage"]), []).append(row)
    return [_detail(marts, district_code, indicator, figures, under) for indicator in marts.indicators]


def _detail(
    marts: Marts, district_code: str, indicator: Row, figures: dict[tuple[str, str], list[Row]], under: str
) -> SitePage:
    code, year = indicator["indicator_code"], marts.years[district_code]
    rows = marts.rows("fct_district_indicators", district_code, indicator_code=code)
    drawings = []
    for stage in JUDGED_STAGES:
        in_scope = [r for r in figures.get((code, stage), []) if r["scope"] == "in_scope"]
        thresholds = {r["threshold"] for r in in_scope}
        limit = thresholds.pop() if len(thresholds) == 1 else None
        now = [r for r in in_scope if r["school_year"] == year]
        trend = _trend(marts, indicator, stage, [r for r in rows if r["stage"] == stage], limit)
        drawings.append((labels.stage_zh(stage), _distribution(indicator, stage, now), trend))
    where = {"indicator_code": code}
    return SitePage(
        detail_file(code),
        indicator["label_zh"],
        "indicator.html.j2",
        {
            "indicator": indicator,
            "latest": page_table(marts, district_code, "district", where={**where, "school_year": year}),
            "standards": page_table(marts, district_code, "standards", where=where),
            "drawings": drawings,
            "definition_zh": _definition(indicator, marts.phrases(district_code).sharing_zh),
        },
        under=under,
    )


def _definition(indicator: Row, sharing_zh: str) -> str:
    """How the figure is made, in words."""
    scale = f" × {indicator['scale']:g}" if indicator["scale"] != 1 else ""
    shared = f"；{sharing_zh}" if indicator["is_split"] else ""
    report = labels.feed_zh(indicator["feed"])
    judged = "" if indicator["is_judged"] else "只监测，不评判。"
    unit = f"单位：{indicator['unit_zh']}"
    return f"{judged}由“{report}”报表计算，除以本学段在校生数{scale}{shared}。{unit}。"


def _distribution(indicator: Row, stage: str, rows: list[Row]) -> PageDrawing | None:
    import pandas as pd

    from dagster_project.publish import charts

    values = [r["value"] for r in rows if r["value"] is not None]
    if not values:
        return None
    threshold = next((r["threshold"] for r in rows if r["threshold"] is not None), None)
    # without a standard nothing is coloured by it
    direction: Direction = indicator["direction"] or "at_least"
    frame = pd.DataFrame({"value": [r["value"] for r in rows]}, dtype=float)
    chart = charts.histogram_with_limit(
        frame, "value", threshold, value_title=indicator["unit_zh"], count_title="学校（所）", direction=direction,
        decimals=indicator["decimals"], width=560, height=280,
    )  # fmt: skip
    decimals = indicator["decimals"]
    edges_zh = "含上限，不含下限" if direction == "at_most" and threshold is not None else "含下限，不含上限"
    classes = charts.histogram_classes(values, threshold, direction)
    cells = [
        (f"{text_of(float(a), 'number', decimals)} – {text_of(float(b), 'number', decimals)}", count)
        for a, b, count in classes
    ]
    return drawing(f"distribution-{stage}", f"{labels.stage_zh(stage)}各校的分布", chart,
                   (f"{indicator['unit_zh']}（{edges_zh}）", "学校（所）"), cells)  # fmt: skip


def _trend(
    marts: Marts, indicator: Row, stage: str, rows: list[Row], limit: float | None
) -> PageDrawing | None:
    """The district's mean per year, with shares and coefficients in the table beside it."""
    import pandas as pd

    from dagster_project.publish import charts

    rows = sorted(rows, key=lambda r: r["school_year"])
    if len(rows) < 2 or all(r["mean_value"] is None for r in rows):
        return None
    frame = pd.DataFrame(
        {
            "year": [str(r["school_year"]) for r in rows],
            "value": [r["mean_value"] for r in rows],
            "series": f"{marts.whole_zh(str(rows[0]['district_code']))}平均",
        }
    )
    heads = marts.labels_zh["fct_district_indicators"]
    chart = charts.lines_by_period(
        frame, "year", "value", "series", limit, value_title=indicator["unit_zh"],
        period_title=heads["school_year"], decimals=indicator["decimals"], width=560, height=240,
    )  # fmt: skip
    cells = [
        (r["school_year"], text_of(r["mean_value"], "number", indicator["decimals"]),
         text_of(r["met_share"], "percent"), text_of(r["coefficient_of_variation"], "number", 3))
        for r in rows
    ]  # fmt: skip
    names = [heads[c] for c in ("school_year", "mean_value", "met_share", "coefficient_of_variation")]
    return drawing(f"trend-{stage}", f"{labels.stage_zh(stage)}逐年变化", chart, names, cells)
