"""The workbooks of the synthetic district's rectification plan.

All returns of the sample arrive together, so every key appears once; the dates in the rows make the history.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dagster_project.sample.district import DISTRICT_NAME, District, Reports, Row
from dagster_project.sample.plan_district import district_rows
from dagster_project.sample.plan_evidence import Document, handed_in
from dagster_project.sample.plan_nil import (
    DUTY_MONTH,
    HAZARD_MONTHS,
    month_line,
    nil_duty_rows,
    nil_hazard_rows,
)
from dagster_project.sample.plan_progress import milestone_rows, progress_rows, work_rows
from dagster_project.sample.plan_reports import issued_report_rows
from dagster_project.sample.plan_schools import (
    class_count_rows,
    class_plan_rows,
    duty_rows,
    group_rows,
    hazard_rows,
    site_plan_rows,
)
from dagster_project.sample.plan_signatures import YEAR as YEAR_SIGNED
from dagster_project.sample.plan_signatures import signature_rows
from dagster_project.sample.plan_tasks import BASE_YEAR, MONTHS, task_rows

#: Column with the day on which a row's evidence was handed in.
_DAY_OF_EVIDENCE = {
    "rectification_progress": "reporting_month",
    "milestones": "achieved_on",
    "issued_reports": "issued_on",
}


@dataclass
class PlanFile:
    """One workbook of the plan: its folder, its name, rows by feed, and lines above the headings."""

    year: int
    name: str
    feeds: dict[str, list[Row]] = field(default_factory=dict)
    banner: tuple[str, ...] = ()


def plan_files(district: District, reports: dict[int, Reports]) -> list[PlanFile]:
    """All workbooks of the plan.

    Args:
        district: the synthetic district.
        reports: its school reports; 2023 has to be among the years.
    """
    plan = PlanFile(2024, f"{DISTRICT_NAME}_整改方案_2024", {
        "rectification_tasks": task_rows(), "milestones": milestone_rows(), "school_groups": group_rows(district),
        "class_plans": class_plan_rows(reports[BASE_YEAR], BASE_YEAR), "vocational_site_plans": site_plan_rows(district),
    })  # fmt: skip
    files = [plan]
    progress, counts = progress_rows(), class_count_rows(district, reports[BASE_YEAR])
    duties, works = duty_rows(district), work_rows()
    for month in MONTHS:
        year = int(month[:4])
        feeds = {
            "rectification_progress": [r for r in progress if r["reporting_month"] == month],
            "work_figures": [r for r in works if r["reporting_month"] == month],
            "safety_duties": [r for r in duties if r["reporting_month"] == month],
            "class_counts": [r for r in counts if r["counted_on"].startswith(month)],
            "class_plans": class_plan_rows(reports[year], year)
            if month == "2024-10" and year in reports
            else [],
        }
        files.append(PlanFile(year, f"{DISTRICT_NAME}_整改月报_{year}年{month[5:]}月", feeds))
    hazards, issued = hazard_rows(district), issued_report_rows()
    for year in (2024, 2025):
        found = [r for r in hazards if r["found_on"].startswith(str(year))]
        files.append(PlanFile(year, f"{DISTRICT_NAME}_隐患台账_{year}", {"hazards": found}))
        registered = [r for r in issued if r["issued_on"].startswith(str(year))]
        files.append(PlanFile(year, f"{DISTRICT_NAME}_报告印发登记_{year}", {"issued_reports": registered}))
        files.append(
            PlanFile(year, f"{DISTRICT_NAME}_区级数据_{year}", district_rows(district, reports, year))
        )
    signed = {"return_signatures": signature_rows(district)}
    files.append(PlanFile(YEAR_SIGNED, f"{DISTRICT_NAME}_签字确认_{YEAR_SIGNED}", signed))
    return files + _nil_files(district, hazards)


def _nil_files(district: District, hazards: list[Row]) -> list[PlanFile]:
    feeds = [(month, "hazards", nil_hazard_rows(district, hazards, month)) for month in HAZARD_MONTHS]
    feeds.append((DUTY_MONTH, "safety_duties", nil_duty_rows(district)))
    return [
        PlanFile(
            int(month[:4]),
            f"{DISTRICT_NAME}_{'隐患' if feed == 'hazards' else '安全履职'}零报告_{month[:4]}年{month[5:]}月",
            {feed: rows},
            (month_line(month),),
        )
        for month, feed, rows in feeds
    ]


def evidence_of(files: list[PlanFile]) -> dict[int, list[Document]]:
    """Documents that the returns name as evidence, by the year in which they were handed in."""
    named: dict[int, list[Row]] = {}
    for file in files:
        for feed, rows in file.feeds.items():
            day = _DAY_OF_EVIDENCE.get(feed, "")
            for row in rows:
                year = int(str(row.get(day) or file.year)[:4])
                named.setdefault(year, []).append(row)
    return {year: handed_in(rows) for year, rows in named.items()}
