"""Nil returns of the sample: schools and kindergartens that had nothing to report in a month."""

from __future__ import annotations

from dagster_project.sample.district import District, Row
from dagster_project.sample.plan_schools import open_sites

#: Months whose hazards some schools answer with a nil return.
HAZARD_MONTHS = ("2025-09", "2025-10", "2025-11", "2025-12")
#: Summer month in which some kindergartens had no duties.
DUTY_MONTH = "2025-08"
_WORDS = ("零报告", "本月无隐患")
_EVERY = 4


def month_line(month: str) -> str:
    """The line above the headings that says which month a sheet is about."""
    return f"填报月份：{month[:4]}年{int(month[5:])}月"


def nil_hazard_rows(district: District, hazards: list[Row], month: str) -> list[Row]:
    """One row for one in four of the schools where no hazard was found in the month."""
    found = {r["school_code"] for r in hazards if r["found_on"].startswith(month)}
    sites = [s for s in open_sites(district, "小学", "初级中学", "幼儿园") if s.code not in found]
    return [
        {"school_code": s.code, "school_name": s.name, "hazard_number": _WORDS[n % 8 // _EVERY]}
        for n, s in enumerate(sites)
        if n % _EVERY == int(month[5:]) % _EVERY
    ]


def nil_duty_rows(district: District) -> list[Row]:
    """One row for one in five of the kindergartens, which were closed for the summer."""
    return [
        {"school_code": s.code, "school_name": s.name, "reporting_month": DUTY_MONTH, "duty": "零报告"}
        for s in open_sites(district, "幼儿园")[4::5]
    ]
