"""Which day a row of a period speaks of, and whether newer data were due by the day of the release."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Any

from dagster_project.intake.feeds import REGISTER, load_feeds
from dagster_project.publish import labels

#: Columns of years by the day in the year that their figures speak of, as month and day: the statistics of a school
#: year are those of 1 September, the other years are known at their end.
_DAY_OF_YEAR = {
    "school_year": (9, 1),
    "latest_school_year": (9, 1),
    "fiscal_year": (12, 31),
    "monitoring_year": (12, 31),
}
#: Statuses of a figure's day that are said wherever the figure is shown.
_OLD = ("out_of_date", "before_begin")


def observed_on(period: str, value: Any) -> dt.date | None:
    """The day that a value of a period column speaks of: 1 September, or the last day of a month or year.

    Args:
        period: name of the column; of a year (`school_year`, `fiscal_year`, …), of a month (`reporting_month`) or of a
            day. Other columns have no such day.
        value: a year, a month such as 2025-03, or a day.
    """
    if value is None:
        return None
    if isinstance(value, dt.date):
        return value
    if period in _DAY_OF_YEAR:
        return dt.date(int(value), *_DAY_OF_YEAR[period])
    if period == "reporting_month":
        year, month = (int(part) for part in str(value).split("-"))
        return dt.date(year, month, calendar.monthrange(year, month)[1])
    return None


def next_due_on(period: str, observed: dt.date) -> dt.date | None:
    """Day by which the next return of the same kind is due, by what the feeds declare; None if none is expected."""
    feeds = load_feeds()
    if period == "reporting_month":
        after = observed + dt.timedelta(days=1)
        end = after.replace(day=calendar.monthrange(after.year, after.month)[1])
        return end + dt.timedelta(days=feeds["safety_duties"].due_within_days or 0)
    if period in ("school_year", "latest_school_year"):
        following = observed.replace(year=observed.year + 1)
        return following + dt.timedelta(days=feeds[REGISTER].due_within_days or 0)
    return observed.replace(year=observed.year + 1) if period == "fiscal_year" else None


def is_out_of_date(period: str, value: Any, as_of: dt.date) -> bool:
    """Whether the next return was due before the day of the release and is not in."""
    observed = observed_on(period, value)
    due = None if observed is None else next_due_on(period, observed)
    return due is not None and as_of > due


def data_until_zh(period: str, value: Any, as_of: dt.date) -> str:
    """数据截至 2023-09，未更新; without the last words while nothing newer was due, empty for other columns.

    The ledger of a year (`ledger_year`) says how its entries stand on the day of the release.
    """
    if period == "ledger_year" and value is not None:
        return f"截至 {as_of:%Y-%m-%d}"
    observed = observed_on(period, value)
    if observed is None:
        return ""
    return _until_zh(observed, "out_of_date" if is_out_of_date(period, value, as_of) else "")


def data_between_zh(first: dt.date | None, last: dt.date | None) -> str:
    """数据截至 2025-09, or 数据截至 2024-09 至 2025-12 where a figure is made of several days; empty without any."""
    days = sorted({f"{day:%Y-%m}" for day in (first, last) if day is not None})
    return f"数据截至 {' 至 '.join(days)}" if days else ""


def day_of_figure_zh(observed: dt.date, status: str | None) -> str:
    """The month of a figure's day, 2025-09; of an old one 数据截至 2023-09，未更新.

    Args:
        observed: day that the figure speaks of.
        status: code of `labels.FIGURE_DAY_ZH`.
    """
    return _until_zh(observed, str(status)) if status in _OLD else f"{observed:%Y-%m}"


def _until_zh(observed: dt.date, status: str) -> str:
    said = f"，{labels.FIGURE_DAY_ZH[status]}" if status in _OLD else ""
    return f"数据截至 {observed:%Y-%m}{said}"
