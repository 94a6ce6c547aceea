"""Which day a row of a period speaks of, and whether newer data were due by the day of the release."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Any

from dagster_project.intake.feeds import load_feeds
from dagster_project.publish import labels


def observed_on(period: str, value: Any) -> dt.date | None:
    """The day that a value of a period column speaks of: 1 September, or the last day of a month or fiscal year.

    Args:
        period: `school_year`, `reporting_month` or `fiscal_year`; other columns have no such day.
        value: a year, or a month such as 2025-03.
    """
    if value is None:
        return None
    if period == "school_year":
        return dt.date(int(value), 9, 1)
    if period == "fiscal_year":
        return dt.date(int(value), 12, 31)
    if period == "reporting_month":
        year, month = (int(part) for part in str(value).split("-"))
        return dt.date(year, month, calendar.monthrange(year, month)[1])
    return None


def next_due_on(period: str, observed: dt.date) -> dt.date:
    """Day by which the next return of the same kind is due, by what the feeds declare."""
    feeds = load_feeds()
    if period == "reporting_month":
        after = observed + dt.timedelta(days=1)
        end = after.replace(day=calendar.monthrange(after.year, after.month)[1])
        return end + dt.timedelta(days=feeds["safety_duties"].due_within_days or 0)
    following = observed.replace(year=observed.year + 1)
    if period == "school_year":
        return following + dt.timedelta(days=feeds["schools"].due_within_days or 0)
    return following


def is_out_of_date(period: str, value: Any, as_of: dt.date) -> bool:
    """Whether the next return was due before the day of the release and is not in."""
    observed = observed_on(period, value)
    return observed is not None and as_of > next_due_on(period, observed)


def data_until_zh(period: str, value: Any, as_of: dt.date) -> str:
    """数据截至 2023-09，未更新; without the last words while nothing newer was due, empty for other columns."""
    observed = observed_on(period, value)
    if observed is None:
        return ""
    return f"数据截至 {observed:%Y-%m}" + (
        f"，{labels.FIGURE_DAY_ZH['out_of_date']}" if is_out_of_date(period, value, as_of) else ""
    )
