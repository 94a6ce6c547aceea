"""Groups and pairs, and the kindergartens that they are a share of, are of the register in force on the day of the figure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from tests.warehouse.accepted_fixture import Accepted, Marts, Row, build_marts

PAIR, GROUP, ONE_SCHOOL = "kindergarten_primary_pair", "one_kindergarten", "one_school"
#: Item of the plan → figure that proves it.
FIGURES = {
    "1": "kindergarten_pair_coverage",
    "2": "kindergartens_in_groups",
    "3": "one_school_groups",
}
CLOSING, RENAMED, GROWN, LATE, NO_LEAD, CARRIED_ON, BOTH_ROLES, ONE_LATE = (str(500101 + n) for n in range(8))


def registers(district: str, *years: Iterable[str], **more: Any) -> list[Row]:
    """The registers of 2023, 2024 …; a kindergarten's name begins with K, any other school is a primary school."""
    return [
        {"school_year": 2023 + n, "school_code": f"{district}{name}", "school_name": name, "district_code": district, "town": "东镇",
         "school_type": "kindergarten" if name[0] == "K" else "primary", "ownership": "public", **more}
        for n, names in enumerate(years) for name in names
    ]  # fmt: skip


def members(district: str, kind: str, lead: str, *names: str, **more: Any) -> list[Row]:
    return [
        {"school_code": f"{district}{name}", "group_kind": kind, "group_name": "甲", "school_year": 2023,
         "group_role": "lead" if name == lead else "member", "joined_on": "2024-04-01", **more}
        for name in (lead, *names)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted(as_of="2025-10-31")
    # K1 and K2 close in 2024, K4 is in no pair
    a.add("schools", *registers(CLOSING, ("P", "K1", "K2", "K3", "K4"), ("P", "K3", "K4"), ("P", "K3", "K4")))
    a.add(
        "school_groups",
        *members(CLOSING, PAIR, "P", "K1", "K2", "K3"),
        *members(CLOSING, GROUP, "K1", "K2", "K3"),
    )
    # K3 goes on as K7, and its new code was returned, too
    renamed = registers(
        RENAMED, ("P", "K1", "K3", "P1", "P2"), ("P", "K1", "K7", "P1", "P9"), ("P", "K1", "K7", "P1", "P9")
    )
    for row in renamed:
        former = {"K7": "K3", "P9": "P2"}.get(row["school_name"])
        if former and row["school_year"] == 2024:
            row["former_school_code"] = f"{RENAMED}{former}"
    # P1 and P2, later P9, are one group: full-time teachers and pupils of each year
    for year, names in ((2023, ("P1", "P2")), (2024, ("P1", "P9"))):
        for name, students in zip(names, (100, 200), strict=True):
            key = {"school_year": year, "school_code": f"{RENAMED}{name}", "stage": "primary"}
            a.add("enrolment", {**key, "students": students})
            a.add("staffing", {**key, "full_time_teachers": 10, "backbone_teachers": 1})
    a.add("schools", *renamed)
    a.add(
        "school_groups",
        *members(RENAMED, PAIR, "P", "K1", "K3", "K7"),
        *members(RENAMED, GROUP, "K1", "K3", "K7"),
        *members(RENAMED, "partner_support", "P", "K3"),
        *members(RENAMED, ONE_SCHOOL, "P1", "P2"),
    )
    # two more kindergartens are listed from 2025 on; in one district that register came in the middle of October
    for district in (GROWN, LATE, ONE_LATE):
        a.add(
            "schools",
            *registers(district, ("P", "K1", "K2"), ("P", "K1", "K2"), ("P", "K1", "K2", "K3", "K4")),
        )
        early = {"joined_on": "2023-06-20"} if district == GROWN else {}
        a.add("school_groups", *members(district, PAIR, "P", "K1", "K2", **early))
    # in another only one of the two came then, and the closing of K2 was returned with the others in September
    for district, days in ((LATE, dict.fromkeys(("P", "K1", "K2", "K3", "K4"), "2025-10-15")),
                           (ONE_LATE, {"P": "2025-09-20", "K1": "2025-09-20", "K3": "2025-09-20", "K4": "2025-10-15"})):  # fmt: skip
        a.add(
            "register_receipts",
            *(
                {"school_year": 2025, "school_code": f"{district}{n}", "received_on": day}
                for n, day in days.items()
            ),
        )
    gone = {"school_year": 2025, "school_code": f"{ONE_LATE}K2"}
    a.rows["schools"] = [r for r in a.rows["schools"] if gone.items() - r.items()]
    # the lead of a group closes in 2025; a school that changed its code stands as its own member
    a.add("schools", *registers(NO_LEAD, ("P1", "P2"), ("P1", "P2"), ("P2", "P3")))
    a.add("school_groups", *members(NO_LEAD, ONE_SCHOOL, "P1", "P2"))
    both = registers(BOTH_ROLES, ("P1", "P2"), ("P2", "P3"), ("P2", "P3"))
    for row in both:
        if row["school_name"] == "P3" and row["school_year"] == 2024:
            row["former_school_code"] = f"{BOTH_ROLES}P1"
    a.add("schools", *both)
    a.add("school_groups", *members(BOTH_ROLES, ONE_SCHOOL, "P1", "P3"))
    # the town of K2 sent no register of 2024
    west = {"school_code": f"{CARRIED_ON}K2", "school_name": "K2", "district_code": CARRIED_ON, "town": "西镇",
            "school_type": "kindergarten", "ownership": "public", "school_year": 2023}  # fmt: skip
    a.add("schools", *registers(CARRIED_ON, ("P", "K1"), ("P", "K1"), ("P", "K1")), west)
    a.add("school_groups", *members(CARRIED_ON, PAIR, "P", "K1", "K2"))
    a.rows["town_registers"] = [
        {"school_year": year, "district_code": district, "town": town}
        for district in (CLOSING, RENAMED, GROWN, LATE, NO_LEAD, BOTH_ROLES, CARRIED_ON, ONE_LATE)
        for year in (2023, 2024, 2025)
        for town in ("", "东镇")
    ]
    for district in (CLOSING, RENAMED, GROWN, LATE, NO_LEAD, BOTH_ROLES, CARRIED_ON, ONE_LATE):
        a.add("rectification_tasks", *({"district_code": district, "item_number": item, "measure_number": 1, "measure_zh": "措施",
              "begun_on": "2023-06-15", "proof_kind": "figure", "figure_code": figure, "target_value": 1.0}
              for item, figure in FIGURES.items()))  # fmt: skip
    return build_marts(a, tmp_path_factory.mktemp("groups"))


def figure(marts: Marts, district: str, item: str, month: str) -> Row:
    return marts.one(
        "select figure_value, figure_numerator, figure_denominator from marts.fct_rectification_measures"
        " where district_code = ? and item_number = ? and reporting_month = ?",
        district, item, month,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("district", "month", "paired", "kindergartens"),
    [
        (CLOSING, "2024-08", 3, 4),
        # what closed counts no more, above or below
        (CLOSING, "2024-09", 1, 2),
        (RENAMED, "2024-08", 2, 2),
        (RENAMED, "2024-09", 2, 2),
        # the first register stands for the days before it, too; a later one says nothing of earlier days
        (GROWN, "2023-07", 2, 2),
        (GROWN, "2025-08", 2, 2),
        (GROWN, "2025-09", 2, 4),
        # and nothing of the days before it came
        (LATE, "2025-09", 2, 2),
        (LATE, "2025-10", 2, 4),
        (CARRIED_ON, "2024-09", 2, 2),
        # each school is listed from its own day on; K2 is left out from the day on which most of its town came
        (ONE_LATE, "2025-08", 2, 2),
        (ONE_LATE, "2025-09", 1, 2),
        (ONE_LATE, "2025-10", 1, 3),
    ],
)
def test_paired_kindergartens_are_a_share_of_the_register_of_the_day(
    marts: Marts, district: str, month: str, paired: int, kindergartens: int
) -> None:
    row = figure(marts, district, "1", month)
    assert (row["figure_numerator"], row["figure_denominator"]) == (paired, kindergartens)
    assert row["figure_value"] == paired / kindergartens


@pytest.mark.parametrize("item", FIGURES)
def test_before_anybody_joined_a_group_nothing_is_known_of_it(marts: Marts, item: str) -> None:
    """All joined on 1 April 2024; none is known to have been in a group before."""
    kept = {r["reporting_month"]: r for r in marts.ask(
        "select * from marts.fct_rectification_measures where district_code = ? and item_number = ?",
        NO_LEAD if item == "3" else CLOSING, item,
    )}  # fmt: skip
    for month in ("2023-07", "2024-03"):
        assert (kept[month]["figure_value"], kept[month]["figure_numerator"]) == (None, None)
        assert kept[month]["figure_status"] == "not_available"
    assert kept["2024-04"]["figure_value"] is not None


@pytest.mark.parametrize(
    ("district", "item", "month", "value"),
    [
        (CLOSING, "2", "2024-08", 3),
        (CLOSING, "2", "2024-09", 0),  # its lead and a member closed: the one that is left is no group
        (RENAMED, "2", "2024-08", 2),
        (RENAMED, "2", "2024-09", 2),
        (NO_LEAD, "3", "2025-08", 1),
        (NO_LEAD, "3", "2025-09", 0),
        (BOTH_ROLES, "3", "2025-09", 0),
    ],
)
def test_a_group_is_of_schools_that_the_register_lists(
    marts: Marts, district: str, item: str, month: str, value: int
) -> None:
    assert figure(marts, district, item, month)["figure_value"] == value


def test_no_share_is_ever_more_than_all(marts: Marts) -> None:
    shares = marts.ask(
        "select figure_value from marts.fct_rectification_measures"
        " where figure_code = 'kindergarten_pair_coverage' and figure_value is not null"
    )
    assert len(shares) > 100
    assert all(0 <= row["figure_value"] <= 1 for row in shares)


@pytest.mark.parametrize(
    ("district", "kind", "schools", "kindergartens", "is_complete"),
    [
        (CLOSING, PAIR, 2, 1, True),
        (RENAMED, PAIR, 3, 2, True),
        (RENAMED, GROUP, 2, 2, True),
        (NO_LEAD, ONE_SCHOOL, 1, 0, False),
        (BOTH_ROLES, ONE_SCHOOL, 1, 0, False),
    ],
)
def test_the_list_of_groups_counts_the_same_schools(
    marts: Marts, district: str, kind: str, schools: int, kindergartens: int, is_complete: bool
) -> None:
    row = marts.one(
        "select * from marts.fct_school_groups where district_code = ? and group_kind = ?", district, kind
    )
    assert (row["schools"], row["kindergartens"], row["is_complete"]) == (schools, kindergartens, is_complete)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("partner_support", [("K7", "member"), ("P", "lead")]),  # returned under the former code alone
        (PAIR, [("K1", "member"), ("K7", "member"), ("P", "lead")]),  # returned under both
        (ONE_SCHOOL, [("P1", "lead"), ("P9", "member")]),
    ],
)
def test_a_school_that_changed_its_code_is_listed_once_by_the_code_that_it_has(
    marts: Marts, kind: str, names: list[tuple[str, str]]
) -> None:
    rows = marts.ask(
        "select school_code, group_role from marts.fct_group_members where district_code = ? and group_kind = ? order by 1",
        RENAMED, kind,
    )  # fmt: skip
    assert [(r["school_code"].removeprefix(RENAMED), r["group_role"]) for r in rows] == names


@pytest.mark.parametrize("year", [2023, 2024])
def test_a_school_that_changed_its_code_is_in_its_group_in_every_year(marts: Marts, year: int) -> None:
    row = marts.one(
        "select * from marts.fct_group_differences where district_code = ? and school_year = ? and stage = 'primary'"
        " and indicator_code = 'backbone_teachers_per_100_students'",
        RENAMED, year,
    )  # fmt: skip
    # 1 of 100 and 1 of 200 pupils, all in one group: the whole difference is within it
    assert (row["units"], row["grouped_units"]) == (2, 2)
