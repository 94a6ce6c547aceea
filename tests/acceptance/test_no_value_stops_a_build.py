"""Whatever values schools and offices send: what can't be is put aside at its cell, and a release is published.

Every cell of every feed is drawn by the type of its column alone, so that parts exceed wholes, dates are out of order and
whole columns are blank. Data tests of the models then meet what the rules let through.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from dagster_project.intake.feeds import Column, Feed, load_feeds
from tests.conftest import District

Row = dict[str, Any]
DISTRICTS = ("500101", "500102")
YEARS = (2023, 2024)
ROWS_PER_SHEET = 40
#: Numbers that a form takes: none, the smallest, usual ones near each other, large ones.
COUNTS = (None, 0, 0, 1, 2, 3, 38, 40, 41, 55, 300, 301, 10_000_000)
DECIMALS = (None, -1, 0, 0.004, 0.5, 0.97, 1, 1.01, 44, 45.5, 3000, 1e9)
DAYS = ("2022-09-01", "2023-09-01", "2023-12-31", "2024-01-01", "2024-03-01", "2024-06-30", "2024-09-01", "2025-02-28", "2099-01-01")  # fmt: skip
MONTHS = ("2023-09", "2024-02", "2024-03", "2024-09", "2025-01")
TEXTS = (None, "甲", "乙", "3", "1班", "综合组")


def schools() -> list[Row]:
    """Two schools of each kind, one in each district."""
    register = load_feeds()["schools"]
    kinds = list(register.column("school_type").choices)
    return [
        {"school_code": f"21{district[-2:]}{number:06d}", "school_name": f"示例{kind}{district[-2:]}", "district_code": district,
         "town": "东镇", "school_type": kind, "ownership": "公办" if number % 2 else "民办"}
        for district in DISTRICTS
        for number, kind in enumerate(kinds)
    ]  # fmt: skip


def drawn(draw: random.Random, column: Column) -> Any:
    """A value that the column's type allows, or none."""
    if column.choices:
        return draw.choice([None, *column.choices] if not column.required else list(column.choices))
    if column.type == "count":
        return draw.choice(COUNTS)
    if column.type in ("area", "money"):
        return draw.choice([value for value in DECIMALS if value is None or value >= 0])
    if column.type == "decimal":
        low, high = column.minimum or 0, column.maximum or 1
        return draw.choice(
            [value for value in (*DECIMALS, low, high) if value is None or low <= value <= high]
        )
    if column.type == "year":
        return draw.choice(YEARS)
    if column.type == "date":
        return draw.choice(DAYS if column.required else (None, *DAYS))
    if column.type == "month":
        return draw.choice(MONTHS)
    return draw.choice(TEXTS)


def sheet(draw: random.Random, feed: Feed, registered: list[Row]) -> list[Row]:
    """Rows of a feed, each with a key of its own, for schools and districts of the register."""
    rows: dict[tuple[Any, ...], Row] = {}
    for _ in range(ROWS_PER_SHEET):
        row = {column.name: drawn(draw, column) for column in feed.columns}
        if feed.has_schools:
            row["school_code"] = draw.choice(registered)["school_code"]
            row.pop("school_name", None)
        else:
            row["district_code"] = draw.choice(DISTRICTS)
        rows[tuple(row[name] for name in feed.grain)] = row
    return list(rows.values())


def a_district_of_any_values(district: District, seed: int) -> int:
    """Publish it; the number of rows in force."""
    draw, registered = random.Random(seed), schools()
    for year in YEARS:
        district.put(f"{year}/register.xlsx", schools=registered)
        district.put(
            f"{year}/returns.xlsx",
            **{
                name: sheet(draw, feed, registered)
                for name, feed in load_feeds().items()
                if not feed.is_register
            },
        )
    district.run()
    return int(
        district.one("select sum(rows_accepted) as rows_in_force from marts.fct_submissions")["rows_in_force"]
    )


@pytest.mark.parametrize("seed", [3])
def test_values_of_every_feed_never_stop_a_build(new_district: Callable[[], District], seed: int) -> None:
    assert a_district_of_any_values(new_district(), seed) > 100


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, *range(4, 12)])
def test_no_other_values_stop_a_build_either(new_district: Callable[[], District], seed: int) -> None:
    assert a_district_of_any_values(new_district(), seed) > 100
