"""The record says from which day on the returns of a district and day were all there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import duckdb

from dagster_project.core.homes import Home
from dagster_project.intake import receive
from dagster_project.intake.manifest import read_manifest
from dagster_project.record import in_force, suites
from tests.conftest import District

FIRST, SECOND, DISTRICT = "2150100001", "2150100002", "500101"


def school(code: str, name: str) -> dict[str, object]:
    return {"school_code": code, "school_name": name, "district_code": DISTRICT, "town": "东镇", "school_type": "小学",
            "ownership": "公办"}  # fmt: skip


def a_class(code: str, students: int) -> dict[str, object]:
    return {"school_code": code, "stage": "小学", "grade": 1, "class_name": "甲班", "students": students}


def test_the_last_first_return_counts_and_what_the_record_began_with_has_no_day(
    new_district: Callable[[], District],
) -> None:
    made = new_district()
    home = Home(made.home)
    schools = [school(FIRST, "东镇小学"), school(SECOND, "西镇小学")]
    # the second school's form of 2024 comes later, and again; in the register of 2024 each school has its own first day
    late, again = school(SECOND, "西镇小学"), school(SECOND, "西镇小学校")
    submissions = [
        ("2024-10-01T08:00", "2023/all.xlsx", {"schools": schools, "class_sizes": [a_class(FIRST, 50)]}),
        ("2024-11-05T08:00", "2024/one.xlsx", {"schools": schools[:1], "class_sizes": [a_class(FIRST, 44)]}),
        ("2024-12-02T08:00", "2024/late.xlsx", {"schools": [late]}),
        ("2025-01-09T08:00", "2024/again.xlsx", {"schools": [again]}),
        ("2025-02-07T08:00", "2024/two.xlsx", {"class_sizes": [a_class(SECOND, 40)]}),
        ("2025-02-28T22:30", "2024/one again.xlsx", {"class_sizes": [a_class(FIRST, 45)]}),
    ]
    for moment, name, feeds in submissions:
        made.put(name, **feeds)
        receive.take_in(home, made.raw, now=dt.datetime.fromisoformat(f"{moment}:00+00:00"))
    with duckdb.connect() as con:
        in_force.resolve(con, home, read_manifest(home), suites.judge, dt.date(2025, 2, 10))
        found = con.execute("select * from accepted.receipt_days order by feed").fetchall()
        registered = con.execute("select * from accepted.register_receipts").fetchall()
        in_force_since = con.execute(
            "select school_year, school_code, feed, received_on from accepted.received where feed = 'class_sizes' order by all"
        ).fetchall()
        known_until = con.execute("select known_until from accepted.build_context").fetchone()
    assert known_until == (dt.date(2025, 3, 1),)
    assert found == [
        ("class_sizes", DISTRICT, dt.date(2024, 9, 1), dt.date(2025, 2, 7)),
        ("schools", DISTRICT, dt.date(2024, 9, 1), dt.date(2024, 12, 2)),
    ]
    assert registered == [(FIRST, 2024, dt.date(2024, 11, 5)), (SECOND, 2024, dt.date(2024, 12, 2))]
    # the corrected return is in force from the day on which it came: 1 March in the district, February in UTC
    assert in_force_since == [
        (2023, FIRST, "class_sizes", None),
        (2024, FIRST, "class_sizes", dt.date(2025, 3, 1)),
        (2024, SECOND, "class_sizes", dt.date(2025, 2, 7)),
    ]
