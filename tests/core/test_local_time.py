"""Moments of the record are shown in the time of the district."""

from __future__ import annotations

import datetime as dt
import re
import time
from pathlib import Path

import pytest

from dagster_project.core.homes import PROJECT_ROOT
from dagster_project.core.local_time import local_day, local_time, zone_zh
from dagster_project.warehouse.steps import default_as_of


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


@pytest.mark.parametrize("computer", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_a_build_speaks_for_the_day_of_the_district_whatever_zone_the_computer_keeps(
    computer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TZ", computer)
    if hasattr(time, "tzset"):
        time.tzset()
    try:
        # two in the morning in China: what was received an hour ago has come
        moment = dt.datetime(2025, 12, 31, 18, 0, tzinfo=dt.UTC)
        assert default_as_of(tmp_path, moment) == dt.date(2026, 1, 1)
        assert local_day(dt.datetime(2025, 12, 31, 17, 0)) <= default_as_of(tmp_path, moment)
    finally:
        monkeypatch.undo()
        if hasattr(time, "tzset"):
            time.tzset()


def test_no_module_takes_the_day_from_the_clock_of_the_computer() -> None:
    own = re.compile(r"date\.today\(\)|\.astimezone\(\)|datetime\.now\(\)|utcnow|datetime\.today\(")
    found = [
        f"{path.name}:{number}"
        for path in (PROJECT_ROOT / "dagster_project").rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if own.search(line)
    ]
    assert found == []
