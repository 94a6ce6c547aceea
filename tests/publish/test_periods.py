"""Which day a figure speaks of, and when newer data were due."""

from __future__ import annotations

import datetime as dt

import pytest

from dagster_project.publish.periods import data_until_zh


@pytest.mark.parametrize(
    ("period", "value", "as_of", "text"),
    [
        ("school_year", 2024, "2025-09-15", "数据截至 2024-09"),  # the returns of 2025 have until 31 October
        ("school_year", 2024, "2025-10-31", "数据截至 2024-09"),
        ("school_year", 2024, "2025-11-01", "数据截至 2024-09，未更新"),
        ("school_year", 2023, "2025-12-31", "数据截至 2023-09，未更新"),
        (
            "reporting_month",
            "2025-11",
            "2026-01-10",
            "数据截至 2025-11",
        ),  # December's returns have until 10 January
        ("reporting_month", "2025-11", "2026-01-11", "数据截至 2025-11，未更新"),
        ("reporting_month", "2024-01", "2024-03-10", "数据截至 2024-01"),
        ("fiscal_year", 2024, "2025-12-31", "数据截至 2024-12"),
        ("fiscal_year", 2023, "2025-12-31", "数据截至 2023-12，未更新"),
        ("ledger_year", 2023, "2025-12-31", "截至 2025-12-31"),
        ("plan_year", 2023, "2025-12-31", ""),
        ("school_year", None, "2025-12-31", ""),
    ],
)
def test_a_period_is_out_of_date_once_the_next_return_is_overdue(
    period: str, value: object, as_of: str, text: str
) -> None:
    assert data_until_zh(period, value, dt.date.fromisoformat(as_of)) == text
