"""Moments of the record are shown in the time of the district."""

from __future__ import annotations

import datetime as dt

from dagster_project.core.local_time import local_day, local_time, zone_zh


def test_a_moment_of_the_record_is_eight_hours_later_in_china() -> None:
    assert local_time("2025-12-31T16:30:00") == dt.datetime(2026, 1, 1, 0, 30)
    assert local_time(dt.datetime(2025, 12, 31, 15, 59, tzinfo=dt.UTC)) == dt.datetime(2025, 12, 31, 23, 59)
    assert zone_zh() == "北京时间"


def test_the_day_of_a_moment_is_that_of_the_district() -> None:
    assert local_day("2025-02-28T22:30:00") == dt.date(2025, 3, 1)
    assert local_day("2025-02-28T15:59:59") == dt.date(2025, 2, 28)
    assert local_day("2025-03-01T02:00:00", "America/New_York") == dt.date(2025, 2, 28)


def test_another_zone_is_named() -> None:
    assert local_time("2025-07-01T00:00:00", "Europe/Paris") == dt.datetime(2025, 7, 1, 2, 0)
    assert "Europe/Paris" in zone_zh("Europe/Paris")
