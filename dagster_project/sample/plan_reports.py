"""The register of issued weekly and monthly reports of the sample: most in time, some late, a few weeks and a month without."""

from __future__ import annotations

import calendar
import datetime as dt

from dagster_project.sample.district import DISTRICT_CODE, Row
from dagster_project.sample.plan_evidence import evidence
from dagster_project.sample.plan_tasks import LAST_DAY, MONTHS

_FIRST_FRIDAY = dt.date(2024, 3, 1)
#: Fridays of weeks with public holidays, in which no report was issued.
_NO_WEEKLY = (dt.date(2024, 5, 3), dt.date(2024, 10, 4), dt.date(2025, 1, 31), dt.date(2025, 10, 3))
_NO_MONTHLY, _LATE_MONTHLY = "2025-02", "2024-08"
#: Months whose report was handed in as a file.
_HANDED_IN = ("2025-10", "2025-11")
_EVERY_LATE = 13


def issued_report_rows() -> list[Row]:
    """One row per report issued up to the last day of the sample."""
    rows = []
    fridays = [_FIRST_FRIDAY + dt.timedelta(weeks=n) for n in range((LAST_DAY - _FIRST_FRIDAY).days // 7 + 1)]
    for number, friday in enumerate((f for f in fridays if f not in _NO_WEEKLY), start=1):
        # on Monday, or on Friday of the week after
        days = 7 if number % _EVERY_LATE == 0 else 3
        rows.append(_row("周报", number, friday, friday + dt.timedelta(days=days)))
    for number, month in enumerate((m for m in MONTHS[2:] if m != _NO_MONTHLY), start=1):
        year, digits = int(month[:4]), int(month[5:])
        end = dt.date(year, digits, calendar.monthrange(year, digits)[1])
        row = _row("月报", number, end, end + dt.timedelta(days=20 if month == _LATE_MONTHLY else 9))
        if month in _HANDED_IN:
            row["evidence_zh"] = evidence([f"整改月报_{year}年{month[5:]}月"])["evidence_zh"]
        rows.append(row)
    return [r for r in rows if r["issued_on"] <= LAST_DAY.isoformat()]


def _row(kind: str, number: int, until: dt.date, issued_on: dt.date) -> Row:
    return {
        "district_code": DISTRICT_CODE,
        "report_kind": kind,
        "covers_until": until.isoformat(),
        "issue_number": f"第{number}期",
        "issued_on": issued_on.isoformat(),
        "evidence_zh": None,
    }
