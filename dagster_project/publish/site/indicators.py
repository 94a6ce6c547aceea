"""The matrix of schools and indicators, and one page for each indicator."""

from __future__ import annotations

from typing import Any

from dagster_project.publish import labels
from dagster_project.publish.site import Drawing, Page, drawing
from dagster_project.publish.site.marts import STAGES, Marts, by_stage, stage_words
from dagster_project.publish.site.printing import Column, Table, shown_text

FILE = "indicators.html"
_KEY = ("school_year", "district_code", "stage", "indicator_code")


def page(marts: Marts, district_code: str) -> Page:
    """The matrix; its rows are loaded from `data/matrix.js`."""
    year = marts.years[district_code]
    return Page(
        FILE,
        "学校 × 指标",
        "indicators.html.j2",
        {"indicators": marts.indicators, "year": year, "detail_file": detail_file},
    )


def detail_file(indicator_code: str) -> str:
    """File of an indicator's own page."""
    return f"indicator_{indicator_code}.html"


def detail_pages(marts: Marts, district_code: str) -> list[Page]:
    """One page per indicator: definition, standards, distribution, trend, and who is below."""
    figures: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in marts.rows("fct_school_indicators", district_code):
        figures.setdefault((row["indicator_code"], row["stage"]), []).append(row)
    return [_detail(marts, district_code, indicator, figures) for indicator in marts.indicators]


def _detail(
    marts: Marts,
    district_code: str,
    indicator: dict[str, Any],
    figures: dict[tuple[str, str], list[dict[str, Any]]],
) -> Page:
    code = indicator["indicator_code"]
    rows = sorted(marts.rows("fct_district_indicators", district_code, indicator_code=code), key=by_stage)
    latest = [r for r in rows if r["school_year"] == marts.years[district_code]]
    drawings = []
    for stage in STAGES:
        found = figures.get((code, stage), [])
        thresholds = {r["threshold"] for r in found if r["scope"] == "in_scope"}
        limit = thresholds.pop() if len(thresholds) == 1 else None
        now = [
            r for r in found if r["school_year"] == marts.years[district_code] and r["scope"] == "in_scope"
        ]
        trend = _trend(indicator, stage, [r for r in rows if r["stage"] == stage], limit)
        drawings.append((labels.stage_zh(stage), _distribution(indicator, stage, now), trend))
    return Page(
        detail_file(code),
        indicator["label_zh"],
        "indicator.html.j2",
        {
            "indicator": indicator,
            "latest": _district_table(latest, indicator),
            "standards": _standards_table(marts, code),
            "drawings": drawings,
            "definition_zh": _definition(indicator),
        },
        under=FILE,
    )


def _definition(indicator: dict[str, Any]) -> str:
    """How the figure is made, in words."""
    scale = f" × {indicator['scale']:g}" if indicator["scale"] != 1 else ""
    shared = "；多个学段共用的资源按学生数 1 : 1.1 : 1.32 加权分摊" if indicator["is_split"] else ""
    report = labels.feed_zh(indicator["feed"])
    judged = "" if indicator["is_judged"] else "只监测，不评判。"
    unit = f"单位：{indicator['unit_zh']}"
    return f"{judged}由“{report}”报表计算，除以本学段在校生数{scale}{shared}。{unit}。"


def _district_table(rows: list[dict[str, Any]], indicator: dict[str, Any]) -> Table:
    decimals = indicator["decimals"]
    columns = [
        Column("stage", "学段", words=stage_words()),
        Column("schools_in_scope", "参评学校", "whole"),
        Column("schools_available", "有数据", "whole"),
        Column("schools_met", "达标", "whole"),
        Column("met_share", "达标占比", "percent"),
        Column("mean_value", f"平均（{indicator['unit_zh']}）", "number", decimals),
        Column("standard_deviation", "标准差", "number", decimals),
        Column("coefficient_of_variation", "差异系数", "number", 3, verdict="cv_status"),
        Column("cv_limit", "限值", "number", 2),
        Column("cv_status", "判断", "verdict"),
    ]
    return Table("district", "fct_district_indicators", _KEY, columns, rows, "全区情况")


def _standards_table(marts: Marts, code: str) -> Table:
    kinds = {"school_threshold": "学校标准", "cv_limit": "差异系数限值"}
    rows = [r for r in marts.standards if r["indicator_code"] == code and r["measure"] in kinds]
    rows.sort(key=lambda r: (by_stage(r), r["measure"], r["valid_from"]))
    columns = [
        Column("stage", "学段", words=stage_words()),
        Column("measure", "种类", words=kinds),
        Column("threshold", "数值", "number", 2),
        Column("valid_from", "起始年份", "year"),
        Column("valid_to", "终止年份", "year"),
        Column("source_document", "依据"),
        Column("clause", "条款"),
        Column(
            "confidence",
            "可靠程度",
            words={"high": "高", "medium": "中", "low": "低", "remembered": "凭记忆"},
        ),
    ]
    key = ("indicator_code", "measure", "stage", "school_kind", "jurisdiction", "valid_from")
    return Table("standards", "dim_standards", key, columns, rows, "标准及其依据")


def _distribution(indicator: dict[str, Any], stage: str, rows: list[dict[str, Any]]) -> Drawing | None:
    import pandas as pd

    from dagster_project.publish import charts

    values = [r["value"] for r in rows if r["value"] is not None]
    if not values:
        return None
    threshold = next((r["threshold"] for r in rows if r["threshold"] is not None), None)
    frame = pd.DataFrame({"value": [r["value"] for r in rows]}, dtype=float)
    chart = charts.histogram_with_limit(
        frame, "value", threshold, value_title=indicator["unit_zh"], count_title="学校数", direction="at_least",
        decimals=indicator["decimals"], width=560, height=280,
    )  # fmt: skip
    number = Column("", "", "number", indicator["decimals"])
    classes = charts.histogram_classes(values, threshold, "at_least")
    cells = [
        (f"{shown_text(float(a), number)} – {shown_text(float(b), number)}", count) for a, b, count in classes
    ]
    return drawing(f"distribution-{stage}", f"{labels.stage_zh(stage)}各校的分布", chart,
                   (f"{indicator['unit_zh']}（含下限，不含上限）", "学校数"), cells)  # fmt: skip


def _trend(
    indicator: dict[str, Any], stage: str, rows: list[dict[str, Any]], limit: float | None
) -> Drawing | None:
    import pandas as pd

    from dagster_project.publish import charts

    rows = sorted(rows, key=lambda r: r["school_year"])
    if len(rows) < 2 or all(r["mean_value"] is None for r in rows):
        return None
    frame = pd.DataFrame(
        {
            "year": [str(r["school_year"]) for r in rows],
            "value": [r["mean_value"] for r in rows],
            "series": "全区平均",
        }
    )
    chart = charts.lines_by_period(
        frame, "year", "value", "series", limit, value_title=indicator["unit_zh"], period_title="学年",
        decimals=indicator["decimals"], width=560, height=240,
    )  # fmt: skip
    number = Column("", "", "number", indicator["decimals"])
    cells = [
        (r["school_year"], shown_text(r["mean_value"], number), shown_text(r["met_share"], Column("", "", "percent")),
         shown_text(r["coefficient_of_variation"], Column("", "", "number", 3)))
        for r in rows
    ]  # fmt: skip
    return drawing(f"trend-{stage}", f"{labels.stage_zh(stage)}逐年变化", chart,
                   ("学年", f"平均（{indicator['unit_zh']}）", "达标学校占比", "差异系数"), cells)  # fmt: skip
