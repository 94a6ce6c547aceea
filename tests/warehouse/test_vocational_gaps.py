"""What vocational schools lack, on all premises and on what they own; worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.warehouse.accepted_fixture import Accepted, Marts, Row, build_marts

SHORT, BLANK, TECHNICIAN = "V1", "V2", "T1"


def report(code: str, **more: Any) -> Row:
    return {"school_code": code, "upper_secondary_type": "secondary_vocational", "students": 1500,
            "campus_area_m2": 49500.0, "owned_campus_area_m2": 49500.0, "floor_area_m2": 30000.0,
            "owned_floor_area_m2": 30000.0, "full_time_teachers": 75, "equipment_10k_yuan": 375.0, "books": 45000,
            **more}  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted()
    a.add("schools", *({"school_code": code, "school_name": code, "district_code": "500101", "town": "东镇",
                        "school_type": kind, "ownership": "public", "founded_year": 1980}
                       for code, kind in ((SHORT, "secondary_vocational"), (BLANK, "secondary_vocational"),
                                          (TECHNICIAN, "technician"))))  # fmt: skip
    a.add("vocational_enrolment",
          report(SHORT, campus_area_m2=45000.0, owned_campus_area_m2=30000.0, owned_floor_area_m2=0.0,
                 full_time_teachers=70, equipment_10k_yuan=300.0),
          report(BLANK, books=None),
          report(TECHNICIAN, upper_secondary_type="technician"))  # fmt: skip
    a.add("school_groups",
          {"school_code": SHORT, "group_kind": "partner_support", "group_name": "甲", "group_role": "lead"},
          {"school_code": BLANK, "group_kind": "partner_support", "group_name": "甲", "group_role": "member"})  # fmt: skip
    return build_marts(a, tmp_path_factory.mktemp("vocational"))


def gaps(marts: Marts, code: str) -> Row:
    return marts.one("select * from marts.fct_vocational_gaps where school_code = ?", code)


def test_the_larger_of_the_needs_in_total_and_for_each_student_counts(marts: Marts) -> None:
    row = gaps(marts, SHORT)
    assert row["campus_gap_m2"] == 33 * 1500 - 45000
    assert row["teachers_gap"] == 1500 / 20 - 70
    assert row["equipment_gap_yuan"] == 2500 * 1500 - 3_000_000
    assert (row["floor_gap_m2"], row["books_gap"]) == (0, 0)
    assert (row["conditions_judged"], row["conditions_missed"], row["status"]) == (9, 3, "not_met")


def test_rented_premises_count_for_nothing_on_what_the_school_owns(marts: Marts) -> None:
    row = gaps(marts, SHORT)
    assert (row["campus_gap_owned_only_m2"], row["floor_gap_owned_only_m2"]) == (33 * 1500 - 30000, 20 * 1500)
    # both campus and both floor conditions, teachers, equipment
    assert (row["conditions_missed_owned_only"], row["status_owned_only"]) == (6, "not_met")


def test_a_blank_figure_leaves_its_gap_missing_and_the_school_undecided(marts: Marts) -> None:
    row = gaps(marts, BLANK)
    assert (row["books_gap"], row["campus_gap_m2"]) == (None, 0)
    assert (row["conditions_available"], row["status"], row["status_owned_only"]) == (
        8,
        "not_available",
        "not_available",
    )


def test_a_technician_school_has_the_conditions_that_its_source_names(marts: Marts) -> None:
    row = gaps(marts, TECHNICIAN)
    assert (row["conditions_judged"], row["status"], row["teachers_gap"]) == (3, "met", None)


def test_members_of_groups_are_listed_with_their_role(marts: Marts) -> None:
    found = {r["school_code"]: r["group_role"] for r in marts.ask("select * from marts.fct_group_members")}
    assert found == {SHORT: "lead", BLANK: "member"}
