"""Classes and hazards of a school count once, whatever happened to the school's code; a mistyped grade shifts nothing."""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.warehouse.build import DATABASE_NAME, run_models
from tests.warehouse.accepted_fixture import Accepted, Marts, Row

DISTRICT = "500101"


def school(code: str, year: int, kind: str = "primary", **more: Any) -> Row:
    return {"school_year": year, "school_code": code, "school_name": f"校{code}", "district_code": DISTRICT, "town": "东镇",
            "school_type": kind, "ownership": "public", **more}  # fmt: skip


def a_class(code: str, year: int, grade: int, name: str, students: int, stage: str = "primary") -> Row:
    return {"school_year": year, "school_code": code, "stage": stage, "grade": str(grade), "class_name": name,
            "students": students}  # fmt: skip


def hazard(code: str, number: str, found: str, place: str, struck_off: str | None = None) -> Row:
    return {"school_code": code, "hazard_number": number, "found_on": found, "deadline": "2024-12-31", "place_zh": place,
            "hazard_grade": "general", "hazard_kind": "fire", "inspection_rhythm": "daily", "struck_off_on": struck_off}  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    """In 2024 school A went on as B, M was merged into N, and P into Q, which has sent no return since.

    J1, J2 and J3 are junior secondary schools, and J1 typed its grade 7 of 2024 as 6; S lists the grades 1 to 4.
    """
    a = Accepted(2023, as_of="2025-06-30")
    a.add("schools", *(school(code, 2023) for code in ("A", "M", "N", "P", "Q", "S")),
          school("B", 2024, former_school_code="A"), school("M", 2024, master_school_code="N"), school("N", 2024),
          school("P", 2024, master_school_code="Q"), school("Q", 2024), school("S", 2024))  # fmt: skip
    for year in (2023, 2024):
        a.add("schools", *(school(code, year, "junior_secondary") for code in ("J1", "J2", "J3")))
        a.add("class_sizes", *(a_class(j, year, grade, "1班", 40, "junior_secondary")
                               for j in ("J2", "J3") for grade in (7, 8, 9)))  # fmt: skip
    a.add("class_sizes",
          a_class("A", 2023, 1, "1班", 60), a_class("A", 2023, 2, "2班", 60), a_class("A", 2023, 3, "3班", 60),
          a_class("B", 2024, 2, "1班", 58), a_class("B", 2024, 3, "2班", 40), a_class("B", 2024, 1, "4班", 40),
          a_class("M", 2023, 1, "1班", 50), a_class("N", 2023, 1, "1班", 40),
          a_class("N", 2024, 2, "1班", 40), a_class("N", 2024, 2, "2班", 50),
          a_class("P", 2023, 1, "1班", 50), a_class("Q", 2023, 1, "1班", 40),
          a_class("S", 2023, 4, "1班", 50), a_class("S", 2024, 1, "1班", 30),
          a_class("J1", 2023, 7, "1班", 60, "junior_secondary"), a_class("J1", 2023, 8, "1班", 60, "junior_secondary"),
          a_class("J1", 2024, 6, "1班", 60, "junior_secondary"), a_class("J1", 2024, 8, "1班", 57, "junior_secondary"))  # fmt: skip
    a.add("hazards", hazard("A", "1", "2024-03-01", "食堂"), hazard("A", "2", "2024-03-02", "操场"),
          hazard("B", "1", "2024-03-01", "学校食堂", "2024-04-01"),
          hazard("M", "1", "2024-03-01", "食堂"), hazard("M", "2", "2024-03-01", "操场"),
          hazard("N", "1", "2024-03-01", "食堂", "2024-04-01"), hazard("N", "2", "2024-03-01", "门口"))  # fmt: skip
    # what the schools say of October 2024: A has its new code for a month, S counts one daily check for the whole month
    a.add("rectification_tasks", {"district_code": DISTRICT, "item_number": "18", "measure_number": 1, "measure_zh": "排查",
          "begun_on": "2024-03-01", "proof_kind": "figure", "figure_code": "safety_checks_done_share", "target_value": 1.0})  # fmt: skip
    a.add("safety_duties", *({"school_code": code, "reporting_month": "2024-10", "duty": "daily_check", "due": due,
                              "done": done} for code, due, done in (("A", 21, 10), ("B", 21, 21), ("S", 1, 1))))  # fmt: skip
    folder = tmp_path_factory.mktemp("changed")
    a.write(folder / DATABASE_NAME)
    run_models(
        folder / DATABASE_NAME,
        select=["+fct_class_ledger", "+fct_hazards", "+fct_safety_duties"],
        target=folder / "dbt",
    )
    return Marts(folder / DATABASE_NAME)


def ledger(marts: Marts, *codes: str) -> list[tuple[Any, ...]]:
    rows = marts.ask(
        "select school_code, class_name, entry_school_year, latest_students, state, closing_reason, closed_on"
        f" from marts.fct_class_ledger where school_code in ({', '.join('?' * len(codes))}) order by all",
        *codes,
    )
    return [tuple(str(v) if k == "closed_on" else v for k, v in row.items()) for row in rows]


def test_the_classes_of_a_school_go_on_under_its_new_code(marts: Marts) -> None:
    assert ledger(marts, "A", "B") == [
        ("B", "1班", 2023, 58.0, "to_start", None, "None"),
        ("B", "2班", 2022, 40.0, "closed", "reduced", "2024-09-01"),
        ("B", "3班", 2021, 60.0, "closed", "not_listed", "2024-09-01"),
    ]  # fmt: skip


def test_a_class_of_a_merged_school_ends_with_the_return_of_the_other_school(marts: Marts) -> None:
    assert ledger(marts, "M", "N", "P", "Q") == [
        ("M", "1班", 2023, 50.0, "closed", "merged", "2024-09-01"),
        ("N", "2班", 2023, 50.0, "to_start", None, "None"),
        ("P", "1班", 2023, 50.0, "to_verify", None, "None"),  # nobody has counted its classes since
    ]  # fmt: skip


def test_a_hazard_that_is_sent_again_under_another_code_counts_once(marts: Marts) -> None:
    rows = marts.ask("select school_code, hazard_number, state from marts.fct_hazards order by all")
    assert [tuple(r.values()) for r in rows] == [
        ("A", "2", "to_start"), ("B", "1", "closed"), ("M", "2", "to_start"), ("N", "1", "closed"), ("N", "2", "to_start"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def chains(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    """Mergers and new codes one after the other; each year's register lists all its schools, but W's town sent none in 2025.

    M was merged into N in 2024, and N has the code O since 2025. A was merged into B in 2024, and is listed as C since 2025.
    E had the code F in 2024 and was merged into G in 2025. W was merged into N, too.
    L, D and U left the register, L and D in 2024 and U, which had sent no return for it, in 2025; two schools say of
    themselves that they were D. T's town has sent no register after 2023.
    """
    a = Accepted(2023, as_of="2026-06-30")
    a.add("schools", *(school(code, 2023) for code in "MNABEG"), school("W", 2023, town="西镇"),
          school("M", 2024, master_school_code="N"), school("N", 2024), school("B", 2024), school("G", 2024),
          school("A", 2024, master_school_code="B"), school("F", 2024, former_school_code="E"),
          school("W", 2024, town="西镇", master_school_code="N"),
          school("M", 2025, master_school_code="O"), school("O", 2025, former_school_code="N"), school("B", 2025),
          school("C", 2025, former_school_code="A", master_school_code="B"), school("G", 2025),
          school("F", 2025, master_school_code="G"),
          *(school(code, 2023) for code in "LDU"), school("T", 2023, town="南镇"), school("U", 2024),
          *(school(code, year, former_school_code="D") for code in ("D1", "D2") for year in (2024, 2025)))  # fmt: skip
    a.add("rectification_tasks", {"district_code": DISTRICT, "item_number": "9", "measure_number": 1, "measure_zh": "化解",
          "begun_on": "2024-03-01", "proof_kind": "figure", "figure_code": "open_oversized_classes", "target_value": 0.0})  # fmt: skip
    a.add(
        "class_sizes",
        *(a_class(code, 2023, 1, "1班", 50) for code in "LDTU"),
        a_class("L", 2023, 6, "1班", 50),
    )
    a.add("class_sizes",
          a_class("M", 2023, 1, "1班", 50), a_class("N", 2023, 1, "1班", 60), a_class("N", 2024, 2, "1班", 58),
          a_class("O", 2025, 3, "1班", 57),
          a_class("A", 2023, 1, "1班", 50), a_class("B", 2024, 2, "1班", 40), a_class("B", 2025, 3, "1班", 40),
          a_class("E", 2023, 1, "1班", 60), a_class("F", 2024, 2, "1班", 58), a_class("G", 2025, 3, "1班", 40),
          a_class("W", 2023, 1, "1班", 50))  # fmt: skip
    a.add("hazards", hazard("M", "1", "2024-03-01", "食堂"), hazard("N", "1", "2024-03-01", "食堂"),
          hazard("M", "2", "2024-03-02", "操场"), hazard("O", "2", "2024-03-02", "操场"),
          hazard("E", "3", "2024-03-03", "食堂"), hazard("G", "3", "2024-03-03", "食堂"))  # fmt: skip
    folder = tmp_path_factory.mktemp("chains")
    a.write(folder / DATABASE_NAME)
    run_models(
        folder / DATABASE_NAME,
        select=["+fct_district_class_ledger", "+fct_town_class_ledger", "+fct_hazards", "+dim_schools"],
        target=folder / "dbt",
    )
    return Marts(folder / DATABASE_NAME)


def test_a_class_of_a_merged_school_ends_whatever_codes_both_schools_get_later(chains: Marts) -> None:
    assert ledger(chains, *"MNOABCEFGW") == [
        ("C", "1班", 2023, 50.0, "closed", "merged", "2024-09-01"),  # A's, with the first return of B
        ("F", "1班", 2023, 58.0, "closed", "merged", "2025-09-01"),  # E's
        ("M", "1班", 2023, 50.0, "closed", "merged", "2024-09-01"),
        ("O", "1班", 2023, 57.0, "to_start", None, "None"),  # N's goes on
        ("W", "1班", 2023, 50.0, "closed", "merged", "2024-09-01"),
    ]  # fmt: skip


def test_a_class_whose_school_has_left_the_register_waits_for_word_of_its_students(chains: Marts) -> None:
    rows = chains.ask(
        "select school_code, entry_school_year, state, to_verify_reason, to_verify_since, closing_reason"
        " from marts.fct_class_ledger where school_code in ('L', 'D', 'T', 'U') order by all"
    )
    assert [tuple(str(v) if k == "to_verify_since" else v for k, v in r.items()) for r in rows] == [
        ("D", 2023, "to_verify", "school_left", "2024-09-01", None),  # which of the two has the class, nobody says
        ("L", 2018, "closed", None, "None", "graduated"),
        ("L", 2023, "to_verify", "school_left", "2024-09-01", None),
        ("T", 2023, "to_verify", "overdue", "2024-11-01", None),  # its register is carried on: the return is due
        ("U", 2023, "to_verify", "school_left", "2025-09-01", None),  # overdue before
    ]  # fmt: skip


def test_open_classes_of_schools_that_left_are_counted_and_told_apart(chains: Marts) -> None:
    months = {
        row.pop("reporting_month"): tuple(row.values())
        for row in chains.ask(
            "select reporting_month, open_classes, to_verify_classes, school_left_classes from marts.fct_district_class_ledger"
        )
    }
    # all ten of 2023: those of M, N, A, E, W, D, T and U, and two of L
    assert months["2024-08"] == (10, 0, 0)
    # A, M and W were merged and the sixth grade of L left: N, F, D, T, U and L; D and L have no school any more
    assert months["2024-09"] == (6, 2, 2)
    assert months["2024-11"] == (6, 4, 2)  # the returns of T and U are overdue
    assert months["2025-09"] == (5, 4, 3)  # F was merged; U has left
    town = chains.one("select * from marts.fct_town_class_ledger where town = '东镇'")
    assert (town["open_classes"], town["to_verify_classes"], town["school_left_classes"]) == (
        4,
        3,
        3,
    )  # without T


def test_a_hazard_that_a_merged_school_sends_again_under_any_later_code_counts_once(chains: Marts) -> None:
    rows = chains.ask("select school_code, hazard_number from marts.fct_hazards order by all")
    assert [tuple(r.values()) for r in rows] == [("G", "3"), ("N", "1"), ("O", "2")]


def test_a_school_whose_master_has_a_new_code_is_held_no_more(chains: Marts) -> None:
    rows = chains.ask(
        "select school_code, master_school_code, is_held from marts.dim_schools"
        " where school_year = 2025 and school_code in ('M', 'W') order by all"
    )
    assert [tuple(r.values()) for r in rows] == [("M", "O", False), ("W", "O", False)]


def test_one_mistyped_grade_shifts_no_year_of_entry_and_closes_nothing(marts: Marts) -> None:
    assert ledger(marts, "J1") == [
        ("J1", "1班", 2022, 60.0, "to_verify", None, "None"),
        ("J1", "1班", 2023, 57.0, "to_start", None, "None"),
    ]  # fmt: skip
    # four grades of a small primary school make no five-year system
    assert ledger(marts, "S") == [("S", "1班", 2020, 50.0, "closed", "not_listed", "2024-09-01")]


def test_duties_are_those_of_schools_in_the_register_done_as_often_as_the_calendar_asks(marts: Marts) -> None:
    row = marts.one(
        "select * from marts.fct_safety_duties where reporting_month = '2024-10' and duty = 'daily_check'"
    )
    # B, M, N, P, Q, S, J1, J2 and J3 owe it; of B and S, which reported it, only B did it
    assert (row["schools_due"], row["schools_reported"], row["schools_complete"]) == (9, 2, 1)
    assert (row["schools"], row["due"], row["done"]) == (2, 22, 22)
