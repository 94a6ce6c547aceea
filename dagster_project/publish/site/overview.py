"""The first page: the district's results, what changed and why, which returns are missing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster_project.core.errors import UsageError
from dagster_project.core.numbers import filled
from dagster_project.publish import catalogue, labels, periods
from dagster_project.publish.site.drawings import limit_drawing
from dagster_project.publish.site.marts import JUDGED_STAGES, Marts, by_stage
from dagster_project.publish.site.pages import PageDrawing, SitePage, drawing
from dagster_project.publish.site.printing import PageTable, text_of
from dagster_project.publish.site.sections import named_period
from dagster_project.publish.site.tables import page_table
from dagster_project.warehouse.districts import District, district_of


def compare(marts: Marts, database: Path, previous: Path | None) -> None:
    """Note on `marts` what changed: against the release before, else against the school year before."""
    from dagster_project.warehouse.causes import Side, split_changes

    year = max(marts.years.values(), default=None)
    if year is None:
        return
    sides = [] if previous is None else [(previous, year, f"与上一版本（{previous.parent.name}）相比")]
    sides.append((database, year - 1, f"本版本中 {year} 学年与 {year - 1} 学年相比"))
    for earlier, earlier_year, text in sides:
        try:
            frame = split_changes(Side(earlier, earlier_year), Side(database, year))
        except UsageError:  # nothing of that year there: the next side is tried
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


def page(marts: Marts, district_code: str, spec: catalogue.Page) -> SitePage:
    """Overview of a district."""
    compliance = sorted(marts.latest("fct_district_compliance", district_code), key=by_stage)
    summary = marts.latest("fct_rectification_summary", district_code, "reporting_month")
    class_sizes = sorted(marts.latest("fct_district_class_sizes", district_code), key=by_stage)
    return SitePage(
        spec.file,
        filled(spec.title_zh, {"whole_zh": marts.whole_zh(district_code)}),
        "overview.html.j2",
        {
            "until": lambda period, value: periods.data_until_zh(period, value, marts.release.as_of),
            "lead_zh": marts.phrases(district_code).compliance_in_words_zh,
            "compliance": compliance,
            "compliance_trend": _compliance_trend(marts, district_code),
            "variation_tables": [page_table(marts, district_code, f"variation_{s}") for s in JUDGED_STAGES]
            + [page_table(marts, district_code, "compliance_years")],
            "variation_charts": [_variation_chart(marts, district_code, s) for s in JUDGED_STAGES],
            "pay": _first(marts.latest("fct_district_kindergarten_pay", district_code), ownership="all"),
            "public_pay": _first(
                marts.latest("fct_district_kindergarten_pay", district_code), ownership="public"
            ),
            "upper_secondary": _first(marts.latest("fct_upper_secondary", district_code)),
            "class_sizes": [r for r in class_sizes if r["stage"] in JUDGED_STAGES],
            "items": page_table(marts, district_code, "items"),
            "summary": _first(summary),
            "gaps": [t for name in ("gaps", "town_gaps") if (t := page_table(marts, district_code, name))],
            "near": page_table(marts, district_code, "near_compliant"),
            "targets": [
                t for name in ("targets", "target_years") if (t := page_table(marts, district_code, name))
            ],
            "changes": _changes_tables(marts, district_code),
            "changes_zh": marts.changes_zh,
            "completeness": completeness(marts, district_code),
            "held": [s for s in marts.latest("dim_schools", district_code) if s["is_held"]],
        },
    )


def _first(rows: list[dict[str, Any]], **where: Any) -> dict[str, Any] | None:
    return next((r for r in rows if all(r[k] == v for k, v in where.items())), None)


def _variation_chart(marts: Marts, district_code: str, stage: str) -> PageDrawing | None:
    """Coefficients of variation of the judged indicators in the latest year."""
    latest = marts.latest("fct_district_indicators", district_code)
    rows = {r["indicator_code"]: r for r in latest if r["stage"] == stage}
    shown = [i for i in marts.indicators if (row := rows.get(i["indicator_code"])) and row["is_judged"]]
    variation_zh = marts.labels_zh["fct_district_indicators"]["coefficient_of_variation"]
    return limit_drawing(
        f"cv-{stage}",
        f"{labels.stage_zh(stage)}{variation_zh}",
        [
            (labels.short_label(i["label_zh"]), row["coefficient_of_variation"], row["cv_status"])
            for i in shown
            if (row := rows[i["indicator_code"]])
        ],
        {limit for i in shown if (limit := rows[i["indicator_code"]]["cv_limit"]) is not None},
        (marts.labels_zh["dim_indicators"]["label_zh"], variation_zh),
        600,
    )


def _compliance_trend(marts: Marts, district_code: str) -> PageDrawing | None:
    """Share of compliant schools per year and stage, with its bounds in the table beside it."""
    import pandas as pd

    from dagster_project.publish import charts

    rows = sorted(
        marts.rows("fct_district_compliance", district_code), key=lambda r: (r["school_year"], by_stage(r))
    )
    if not rows or all(r["compliance_rate"] is None for r in rows):
        return None
    heads = marts.labels_zh["fct_district_compliance"]
    years = {}
    for year in {r["school_year"] for r in rows}:
        of_year = [r for r in rows if r["school_year"] == year]
        judged = sum(r["schools_compliant"] + r["schools_not_compliant"] for r in of_year)
        years[year] = str(named_period(year, judged, sum(r["schools_in_scope"] for r in of_year), "已判定"))
    frame = pd.DataFrame(
        {
            "year": [years[r["school_year"]] for r in rows],
            "rate": [None if r["compliance_rate"] is None else r["compliance_rate"] * 100 for r in rows],
            "stage": [labels.stage_zh(r["stage"]) for r in rows],
        }
    )
    chart = charts.lines_by_period(
        frame, "year", "rate", "stage", value_title=f"{heads['compliance_rate']}（%）",
        period_title=heads["school_year"], decimals=1, suffix="%", width=600, height=340,
    )  # fmt: skip
    counts = ("schools_in_scope", "schools_compliant", "schools_not_compliant")
    rates = ("compliance_rate", "compliance_rate_low", "compliance_rate_high")
    cells = [
        (r["school_year"], labels.stage_zh(r["stage"]), *(text_of(r[c], "whole") for c in counts),
         *(text_of(r[rate], "percent") for rate in rates))
        for r in rows
    ]  # fmt: skip
    names = [heads[column] for column in ("school_year", "stage", *counts, *rates)]
    return drawing("compliance-trend", "学校达标率逐年变化", chart, names, cells)


def _changes_tables(marts: Marts, district_code: str) -> list[PageTable | None]:
    """What changed: shares of schools in per cent, coefficients as numbers."""
    judged = {i["indicator_code"] for i in marts.indicators if i["is_judged"]} | {""}
    found = [r for r in marts.changes.get(district_code, []) if r["change"] and r["indicator_code"] in judged]
    return [
        page_table(marts, district_code, name, rows=found) for name in ("changed_shares", "changed_variation")
    ]


def completeness(marts: Marts, district_code: str) -> dict[str, Any] | None:
    """How many of the schools due sent each feed of the latest school year that is due, and which towns still owe.

    Returns:
        `year`, `due_on` (the last day of the returns), `carried_on` (schools due by an earlier register), and `feeds`;
        None where no return is due.
    """
    rows = marts.latest("fct_town_completeness", district_code)
    if not rows:
        return None
    feeds: dict[str, dict[str, Any]] = {}
    for row in rows:
        found = feeds.setdefault(
            row["feed"],
            {"feed": row["feed"], "name_zh": labels.feed_zh(row["feed"]), "due": 0, "received": 0, "without_rows": 0,
             "carried_on": 0, "towns": []},
        )  # fmt: skip
        found["due"] += row["schools_due"]
        found["received"] += row["schools_received"]
        found["without_rows"] += row["schools_without_rows"]
        found["carried_on"] += row["schools_carried_on"]
        if row["schools_missing"]:
            found["towns"].append(row["town"] or labels.UNCLEAR_ZH)
    return {
        "year": rows[0]["school_year"],
        "due_on": max((r["due_on"] for r in rows if r["due_on"]), default=None),
        "carried_on": max(f["carried_on"] for f in feeds.values()),
        "feeds": [feeds[f] for f in sorted(feeds)],
    }


def districts_page(marts: Marts, declared: Mapping[str, District]) -> SitePage:
    """The list of districts before their pages, in a release of several.

    Args:
        declared: code → district as the release declares them.
    """
    rows = [
        {**row, "district_zh": district_of(code, declared).name_zh}
        for code in marts.districts
        for row in marts.latest("fct_district_compliance", code)
    ]
    listed = page_table(marts, marts.districts[0], "districts", rows=rows)
    return SitePage("index.html", "各区县", "districts.html.j2", {"listed": listed})
