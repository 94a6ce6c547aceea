"""The first page: where the district stands, what changed and why, what is still owed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dagster_project.core.errors import UsageError
from dagster_project.publish import labels
from dagster_project.publish.site import Drawing, Page, drawing
from dagster_project.publish.site.marts import STAGES, Marts, by_stage, stage_words
from dagster_project.publish.site.printing import Column, Kind, Table, shown_text

CHANGE_KEY = ("district_code", "stage", "indicator_code", "measure")


def compare(marts: Marts, database: Path, previous: Path | None) -> None:
    """Note on `marts` what changed: against the release before, else against the school year before."""
    from dagster_project.warehouse.causes import Side, explain_changes

    year = max(marts.years.values(), default=None)
    if year is None:
        return
    sides = [] if previous is None else [(previous, year, f"与上一版本（{previous.parent.name}）相比")]
    sides.append((database, year - 1, f"本版本中 {year} 学年与 {year - 1} 学年相比"))
    for earlier, earlier_year, text in sides:
        try:
            frame = explain_changes(Side(earlier, earlier_year), Side(database, year))
        except UsageError:  # that side holds nothing of its year: the next one is asked
            continue
        rows: list[dict[str, Any]] = [
            {str(k): v for k, v in row.items()}
            for row in frame.astype(object).where(frame.notna(), None).to_dict("records")
        ]
        changes: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            row["indicator_code"] = row["indicator_code"] or ""
            changes.setdefault(row["district_code"], []).append(row)
        marts.changes, marts.changes_zh = changes, text
        return


def page(marts: Marts, district_code: str) -> Page:
    """Overview of a district."""
    compliance = sorted(marts.latest("fct_district_compliance", district_code), key=by_stage)
    variation = marts.latest("fct_district_indicators", district_code)
    labels_zh = {i["indicator_code"]: i["label_zh"] for i in marts.indicators}
    judged = [i["indicator_code"] for i in marts.indicators if i["is_judged"]]
    variation_tables = []
    for stage in STAGES:
        rows = [r for r in variation if r["stage"] == stage and r["indicator_code"] in judged]
        rows.sort(key=lambda r: judged.index(r["indicator_code"]))
        if rows:
            variation_tables.append((labels.stage_zh(stage), _variation_table(stage, rows, labels_zh),
                                     _variation_chart(stage, rows, labels_zh)))  # fmt: skip
    items = marts.latest("fct_rectification_ledger", district_code, "reporting_month")
    summary = marts.latest("fct_rectification_summary", district_code, "reporting_month")
    return Page(
        "index.html",
        "全区概览",
        "overview.html.j2",
        {
            "compliance": compliance,
            "compliance_trend": _compliance_trend(marts, district_code),
            "variation": variation_tables,
            "pay": _first(marts.latest("fct_district_kindergarten_pay", district_code), ownership="public"),
            "upper_secondary": _first(marts.latest("fct_upper_secondary", district_code)),
            "class_sizes": [
                r
                for r in sorted(marts.latest("fct_district_class_sizes", district_code), key=by_stage)
                if r["stage"] in STAGES
            ],
            "items": _items_table(items) if items else None,
            "summary": summary[0] if summary else None,
            "changes": _changes_tables(marts, district_code, labels_zh),
            "changes_zh": marts.changes_zh,
            "completeness": completeness_table(marts, district_code),
        },
    )


def _first(rows: list[dict[str, Any]], **where: Any) -> dict[str, Any] | None:
    return next((r for r in rows if all(r[k] == v for k, v in where.items())), None)


def _variation_table(stage: str, rows: list[dict[str, Any]], labels_zh: dict[str, str]) -> Table:
    columns = [
        Column("indicator_code", "指标", words=labels_zh),
        Column("mean_value", "平均值", "number"),
        Column("schools_available", "有数据学校", "whole"),
        Column("schools_in_scope", "参评学校", "whole"),
        Column("met_share", "达标学校占比", "percent"),
        Column("coefficient_of_variation", "差异系数", "number", 3, verdict="cv_status"),
        Column("cv_limit", "限值", "number", 2),
        Column("cv_status", "判断", "verdict"),
    ]
    key = ("school_year", "district_code", "stage", "indicator_code")
    return Table(f"variation_{stage}", "fct_district_indicators", key, columns, rows,
                 f"{labels.stage_zh(stage)}：七项指标的平均值与差异系数")  # fmt: skip


def _variation_chart(stage: str, rows: list[dict[str, Any]], labels_zh: dict[str, str]) -> Drawing | None:
    import pandas as pd

    from dagster_project.publish import charts

    limits = {r["cv_limit"] for r in rows if r["cv_limit"] is not None}
    frame = pd.DataFrame(
        {
            "label": [labels.short_label(labels_zh[r["indicator_code"]]) for r in rows],
            "value": [r["coefficient_of_variation"] for r in rows],
        }
    )
    if frame["value"].isna().all():
        return None
    title = f"{labels.stage_zh(stage)}差异系数"
    chart = charts.bars_against_limit(
        frame, "label", "value", limits.pop() if len(limits) == 1 else None,
        limit_label="限值", decimals=3, value_title="差异系数（越小越均衡）", width=600,
    )  # fmt: skip
    cells = [
        (name, shown_text(value, Column("", "", "number", 3)))
        for name, value in zip(frame["label"], frame["value"], strict=True)
    ]
    return drawing(f"cv-{stage}", title, chart, ("指标", "差异系数"), cells)


def _compliance_trend(marts: Marts, district_code: str) -> Drawing | None:
    import pandas as pd

    from dagster_project.publish import charts

    rows = sorted(
        marts.rows("fct_district_compliance", district_code), key=lambda r: (r["school_year"], by_stage(r))
    )
    if not rows or all(r["compliance_rate"] is None for r in rows):
        return None
    percent = Column("", "", "percent")
    frame = pd.DataFrame(
        {
            "year": [f"{r['school_year']}" for r in rows],
            "rate": [None if r["compliance_rate"] is None else r["compliance_rate"] * 100 for r in rows],
            "stage": [labels.stage_zh(r["stage"]) for r in rows],
        }
    )
    chart = charts.lines_by_period(
        frame, "year", "rate", "stage", value_title="学校达标率（%）", period_title="学年", decimals=1,
        suffix="%", width=600, height=280,
    )  # fmt: skip
    cells = [
        (r["school_year"], labels.stage_zh(r["stage"]), shown_text(r["compliance_rate"], percent),
         shown_text(r["compliance_rate_low"], percent), shown_text(r["compliance_rate_high"], percent))
        for r in rows
    ]  # fmt: skip
    return drawing(
        "compliance-trend", "学校达标率逐年变化", chart, ("学年", "学段", "达标率", "下限", "上限"), cells
    )


def _items_table(items: list[dict[str, Any]]) -> Table:
    columns = [
        Column("item_number", "序号"),
        Column("item_title_zh", "整改事项", link="page"),
        Column("lead_department", "牵头单位"),
        Column("state", "状态", words=labels.STATE_ZH),
        Column("light", "灯号", words=labels.LIGHT_ZH),
        Column("measures_closed", "已销号措施", "whole"),
        Column("measures", "措施", "whole"),
        Column("next_deadline", "最近时限", "day"),
    ]
    key = ("reporting_month", "district_code", "item_number")
    rows = [
        {**r, "page": f"rectification.html#item-{r['item_number']}"}
        for r in sorted(items, key=lambda r: r["sort_order"])
    ]
    return Table("items", "fct_rectification_ledger", key, columns, rows, "整改事项", page_rows=0)


def _changes_tables(marts: Marts, district_code: str, labels_zh: dict[str, str]) -> list[Table]:
    """What changed: shares of schools in per cent, coefficients as numbers."""
    judged = {i["indicator_code"] for i in marts.indicators if i["is_judged"]} | {""}
    found = [r for r in marts.changes.get(district_code, []) if r["change"] and r["indicator_code"] in judged]
    kinds: tuple[tuple[str, str, Kind, tuple[str, ...]], ...] = (
        (
            "changed_shares",
            "达标率和达标学校占比的变化（百分点）及其原因",
            "percent",
            ("compliance_rate", "met_share"),
        ),
        ("changed_variation", "差异系数的变化及其原因", "number", ("coefficient_of_variation",)),
    )
    tables = []
    for name, caption, kind, measures in kinds:
        rows = [r for r in found if r["measure"] in measures]
        rows.sort(key=lambda r: (measures.index(r["measure"]), by_stage(r), -abs(r["change"])))
        columns = [
            Column("stage", "学段", words=stage_words()),
            Column("indicator_code", "指标", words={**labels_zh, "": "学校达标率（全部七项）"}),
            Column("value_before", "之前", kind, 3),
            Column("value_after", "现在", kind, 3),
            Column("change", "变化", kind, 3),
            Column("rule_change", "其中：标准变动", kind, 3),
            Column("correction_change", "数据更正", kind, 3),
            Column("school_set_change", "学校增减", kind, 3),
            Column("real_change", "实际变化", kind, 3),
        ]
        tables.append(
            Table(name, "changes", CHANGE_KEY, columns, rows, caption, empty_zh="没有变化。", page_rows=10)
        )
    return tables


def completeness_table(marts: Marts, district_code: str) -> list[dict[str, Any]]:
    """How many of the schools due sent each feed in the latest year, and which towns still owe."""
    feeds: dict[str, dict[str, Any]] = {}
    for row in marts.latest("fct_town_completeness", district_code):
        found = feeds.setdefault(
            row["feed"], {"feed": row["feed"], "name_zh": labels.feed_zh(row["feed"]), "due": 0, "received": 0, "towns": []}
        )  # fmt: skip
        found["due"] += row["schools_due"]
        found["received"] += row["schools_received"]
        if row["schools_missing"]:
            found["towns"].append(row["town"])
    return [feeds[f] for f in sorted(feeds)]


def districts_page(marts: Marts) -> Page:
    """The list of districts before their pages, in a release of several."""
    rows = []
    for district_code in marts.districts:
        for row in sorted(marts.latest("fct_district_compliance", district_code), key=by_stage):
            rows.append({**row, "page": f"{district_code}/index.html"})
    columns = [
        Column("district_code", "区县代码", link="page"),
        Column("stage", "学段", words=stage_words()),
        Column("schools_in_scope", "参评学校", "whole"),
        Column("schools_compliant", "达标", "whole"),
        Column("schools_not_compliant", "未达标", "whole"),
        Column("schools_undetermined", "待定", "whole"),
        Column("compliance_rate", "达标率", "percent"),
        Column("compliance_rate_low", "下限", "percent"),
        Column("compliance_rate_high", "上限", "percent"),
    ]
    key = ("school_year", "district_code", "stage")
    table = Table("districts", "fct_district_compliance", key, columns, rows, "各区县学校达标率",
                  filters=("stage",), is_searchable=True, page_rows=100)  # fmt: skip
    return Page("index.html", "各区县", "districts.html.j2", {"listed": table})
