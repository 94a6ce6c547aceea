"""The ledger of oversized classes follows each class from its entry to its graduation; histories worked by hand.

Standards: 45 pupils in a primary class, 50 in a junior, 55 in a senior secondary one. Class returns are about
1 September and due sixty days later, on 31 October.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dagster_project.intake.parse.row_words import class_key
from tests.record.test_names_of_classes import FIRST, OTHERS, TWELFTH
from tests.warehouse.accepted_fixture import Accepted, Marts, Row, build_marts

DISTRICT, FIVE_FOUR, RENAMED = "500101", "500102", "500103"
KINDS = {
    "P1": "primary", "P2": "primary", "P3": "primary", "P4": "primary", "P5": "primary", "P6": "primary", "P7": "primary",
    "P8": "primary", "P9": "primary", "N1": "nine_year", "S1": "senior_secondary",
}  # fmt: skip
AS_OF = "2025-12-31"


def school(code: str, kind: str, year: int, **more: Any) -> Row:
    return {"school_year": year, "school_code": code, "school_name": f"学校{code}", "district_code": DISTRICT, "town": "东镇",
            "school_type": kind, "ownership": "public", "urban_rural_code": "121", **more}  # fmt: skip


def a_class(
    code: str, year: int, grade: int, name: str, students: int | None, stage: str = "primary", **more: Any
) -> Row:
    return {"school_year": year, "school_code": code, "stage": stage, "grade": str(grade), "class_name": name,
            "students": students, **more}  # fmt: skip


def band(code: str, year: int, grade: int, low: int, high: int, classes: int) -> Row:
    return a_class(code, year, grade, f"{low}至{high}人", None, class_count=classes, size_band_minimum=low,
                   size_band_maximum=high)  # fmt: skip


def count(code: str, day: str, grade: int, name: str, students: int, **more: Any) -> Row:
    return {"school_year": int(day[:4]), "school_code": code, "stage": "primary", "grade": str(grade), "class_name": name,
            "counted_on": day, "students": students, **more}  # fmt: skip


def history() -> Accepted:
    a = Accepted(as_of=AS_OF)
    for year in (2023, 2024, 2025):
        a.add("schools", *(school(code, kind, year) for code, kind in KINDS.items()))
        a.add("schools", school("F1", "primary", year, district_code=FIVE_FOUR),
              school("F2", "junior_secondary", year, district_code=FIVE_FOUR),
              school("G1", "primary", year, district_code=RENAMED), school("G2", "nine_year", year, district_code=RENAMED))  # fmt: skip
    a.add("rectification_tasks", {
        "district_code": DISTRICT, "item_number": "9", "measure_number": 1, "area_zh": "领域", "item_title_zh": "班额",
        "measure_zh": "化解", "begun_on": "2024-03-01", "proof_kind": "figure", "figure_code": "open_oversized_classes",
        "target_value": 0, "deadline": "2025-09-30", "lead_department": "教委"})  # fmt: skip
    a.add("class_sizes",
          # P1: no return after 2023; 甲 is counted once more in the autumn of 2024
          a_class("P1", 2023, 1, "甲", 50), a_class("P1", 2023, 2, "乙", 46), a_class("P1", 2023, 3, "丙", 45),
          # N1 and S1: no return after 2023
          a_class("N1", 2023, 9, "1班", 52, "junior_secondary"), a_class("N1", 2023, 8, "1班", 51, "junior_secondary"),
          a_class("N1", 2023, 6, "1班", 49), a_class("S1", 2023, 11, "1班", 60, "senior_secondary"),
          # P2: three classes of a band, then two, then a list class by class
          band("P2", 2023, 1, 46, 50, 3), band("P2", 2023, 1, 41, 45, 1),
          band("P2", 2024, 2, 46, 50, 2), band("P2", 2024, 2, 41, 45, 2),
          *(a_class("P2", 2025, 3, f"{n}班", s) for n, s in enumerate((47, 45, 44, 43), start=1)),
          # P3: a band, then a list with all classes within the standard
          band("P3", 2023, 1, 46, 50, 2), a_class("P3", 2024, 2, "1班", 45), a_class("P3", 2024, 2, "2班", 44),
          # P4: one class vanishes from a full list, another returns within the standard
          a_class("P4", 2023, 1, "1班", 46), a_class("P4", 2023, 1, "2班", 47), a_class("P4", 2024, 2, "2班", 45),
          # P5: two classes by name, then one mean of both: 45 each, which may hide one above
          a_class("P5", 2023, 1, "1班", 46), a_class("P5", 2023, 1, "2班", 44),
          a_class("P5", 2024, 2, "全年级", 90, class_count=2),
          # P6: the return of 2024 has an unreadable row
          a_class("P6", 2023, 1, "1班", 46), a_class("P6", 2023, 1, "2班", 40), a_class("P6", 2024, 2, "2班", 40),
          # P7: a grade that doesn't fit its stage (a warning only)
          a_class("P7", 2025, 7, "1班", 48),
          # P8: two classes by name, then the same two as bands
          a_class("P8", 2023, 1, "1班", 48), a_class("P8", 2023, 1, "2班", 47),
          band("P8", 2024, 2, 46, 50, 1), band("P8", 2024, 2, 41, 45, 1),
          # P9: the return of 2024 names the class and leaves its size blank
          a_class("P9", 2023, 1, "1班", 48), a_class("P9", 2024, 2, "1班", None),
          # primary schools of five years: junior secondary school begins with the sixth
          a_class("F1", 2023, 5, "1班", 50), a_class("F2", 2023, 6, "1班", 55, "junior_secondary"))  # fmt: skip
    # G1 and G2: the grade in the name goes up with the class, the number stays; 实验班 has none; 4班 is another class than 3班
    a.add("class_sizes",
          a_class("G1", 2023, 1, "一年级1班", 50), a_class("G1", 2024, 2, "二年级1班", 51), a_class("G1", 2025, 3, "三年级1班", 52),
          a_class("G1", 2023, 2, "二（1）班", 50), a_class("G1", 2024, 3, "三（1）班", 45), a_class("G1", 2025, 4, "四（1）班", 44),
          a_class("G1", 2023, 3, "2021级1班", 50), a_class("G1", 2024, 4, "1班", 50), a_class("G1", 2025, 5, "五(1)", 50),
          a_class("G1", 2023, 3, "实验班", 46), a_class("G1", 2024, 4, "实验班", 47), a_class("G1", 2025, 5, "实验班", 46),
          a_class("G1", 2023, 1, "一年级3班", 50), a_class("G1", 2024, 2, "二年级4班", 50), a_class("G1", 2025, 3, "三年级4班", 50),
          a_class("G2", 2023, 7, "七年级1班", 55, "junior_secondary"), a_class("G2", 2024, 8, "初二（1）班", 55, "junior_secondary"),
          a_class("G2", 2025, 9, "九1班", 55, "junior_secondary"))  # fmt: skip
    a.add("class_counts", count("G1", "2024-03-15", 2, "（1）班", 49))
    plan = {
        "school_year": 2024,
        "school_code": "G1",
        "stage": "primary",
        "grade": "1",
        "figure_year": 2023,
        "measure_zh": "分班",
    }
    a.add("class_plans", *({**plan, "class_name": name} for name in (*FIRST, *TWELFTH, *OTHERS)))
    a.add("quarantined_rows", {"school_year": 2024, "school_code": "P6", "feed": "class_sizes", "stage": "primary",
                               "row_number": 9, "source_file": "2024/x.xlsx", "sheet": "班级"})  # fmt: skip
    a.add("class_counts", count("P1", "2024-09-20", 2, "甲", 47),
          count("P2", "2024-03-15", 1, "3班", 49), count("P2", "2024-03-15", 1, "4班", 44))  # fmt: skip
    a.add("class_plans", {"school_year": 2024, "school_code": "P1", "stage": "primary", "grade": "2", "class_name": "乙",
                          "figure_year": 2023, "measure_zh": "分班", "deadline": "2024-09-30", "responsible_person": "教务主任"})  # fmt: skip
    return a


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    return build_marts(history(), tmp_path_factory.mktemp("classes"))


def entry(marts: Marts, code: str, name: str, stage: str = "primary") -> Row:
    found = marts.ask(
        "select * from marts.fct_class_ledger where school_code = ? and class_name = ? and stage = ?"
        " order by entry_school_year", code, name, stage,
    )  # fmt: skip
    assert found, f"{code} {name} isn't in the ledger"
    return found[-1]


def month(marts: Marts, text: str, stage: str = "primary", district: str = DISTRICT) -> Row:
    return marts.one(
        "select * from marts.fct_district_class_ledger where reporting_month = ? and stage = ? and district_code = ?",
        text, stage, district,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "name", "stage", "year"),
    [
        ("P1", "甲", "primary", 2023),  # grade 1 of September 2023
        ("P1", "乙", "primary", 2022),  # grade 2
        ("S1", "1班", "senior_secondary", 2022),  # grade 11
        ("F2", "1班", "junior_secondary", 2023),  # grade 6, the first of its junior school
    ],
)
def test_a_class_entered_in_the_year_of_the_first_grade_of_its_stage(
    marts: Marts, code: str, name: str, stage: str, year: int
) -> None:
    assert entry(marts, code, name, stage)["entry_school_year"] == year


def test_grade_nine_of_2023_entered_in_2021(marts: Marts) -> None:
    found = marts.ask(
        "select entry_school_year from marts.fct_class_ledger where school_code = 'N1' and stage = 'junior_secondary'"
        " order by entry_school_year"
    )
    assert [r["entry_school_year"] for r in found] == [2021, 2022]


def test_a_class_that_has_left_its_stage_is_off_the_ledger_without_a_return(marts: Marts) -> None:
    sixth = marts.one("select * from marts.fct_class_ledger where school_code = 'N1' and stage = 'primary'")
    assert (sixth["state"], sixth["closing_reason"], str(sixth["closed_on"])) == (
        "closed",
        "graduated",
        "2024-09-01",
    )
    eighth = entry(marts, "N1", "1班", "junior_secondary")
    assert (eighth["entry_school_year"], eighth["state"], str(eighth["closed_on"])) == (
        2022,
        "closed",
        "2025-09-01",
    )
    assert str(entry(marts, "S1", "1班", "senior_secondary")["closed_on"]) == "2025-09-01"
    # five years of primary school, four of junior secondary: grade 6 of 2023 leaves in 2027
    assert entry(marts, "F1", "1班")["closing_reason"] == "graduated"
    assert entry(marts, "F2", "1班", "junior_secondary")["state"] == "to_verify"


def test_a_missing_return_makes_an_entry_doubtful_and_does_not_close_it(marts: Marts) -> None:
    second = entry(marts, "P1", "乙")
    assert (second["state"], str(second["to_verify_since"])) == ("to_verify", "2024-11-01")
    assert (str(second["last_counted_on"]), second["latest_students"]) == ("2023-09-01", 46)
    # counted on 20 September 2024, so the return of 2025 is the first it lacks
    first = entry(marts, "P1", "甲")
    assert (first["state"], str(first["to_verify_since"])) == ("to_verify", "2025-11-01")
    assert (str(first["last_counted_on"]), first["latest_students"]) == ("2024-09-20", 47)
    assert first["times_opened"] == 1  # doubt and a new count are no reopening


def test_a_plan_for_a_class_finds_it_by_the_year_of_entry(marts: Marts) -> None:
    assert entry(marts, "P1", "乙")["measure_zh"] == "分班"


def test_a_class_whose_name_holds_its_grade_is_one_class_every_year(marts: Marts) -> None:
    rows = marts.ask(
        "select stage, entry_school_year, class_name, times_opened, state, closing_reason, closed_on, peak_students"
        " from marts.fct_class_ledger where district_code = ? order by all", RENAMED,
    )  # fmt: skip
    assert [tuple(str(v) if k == "closed_on" else v for k, v in r.items()) for r in rows] == [
        ("junior_secondary", 2023, "九1班", 1, "to_start", None, "None", 55),
        ("primary", 2021, "五(1)", 1, "to_start", None, "None", 50),
        ("primary", 2021, "实验班", 1, "to_start", None, "None", 47),
        ("primary", 2022, "四（1）班", 1, "closed", "reduced", "2024-09-01", 50),
        ("primary", 2023, "一年级3班", 1, "closed", "not_listed", "2024-09-01", 50),
        ("primary", 2023, "三年级1班", 1, "in_progress", None, "None", 52),  # the plan was for 1班 of grade 1
        ("primary", 2023, "三年级4班", 1, "to_start", None, "None", 50),
    ]  # fmt: skip


def test_the_ledger_knows_a_class_by_the_same_key_as_the_intake(marts: Marts) -> None:
    keys = marts.ask("select class_name, class_key from intermediate.int_class_names")
    assert {*FIRST, *TWELFTH, *OTHERS} <= {r["class_name"] for r in keys}
    assert {r["class_name"]: r["class_key"] for r in keys} == {
        r["class_name"]: class_key(r["class_name"]) for r in keys
    }


def test_a_band_counts_its_classes_and_a_later_list_replaces_it(marts: Marts) -> None:
    replaced = entry(marts, "P2", "46至50人")
    assert (replaced["classes"], replaced["state"], replaced["closing_reason"], str(replaced["closed_on"])) == (
        2, "closed", "listed_otherwise", "2025-09-01",
    )  # fmt: skip
    single = marts.one("select * from marts.fct_class_ledger where school_code = 'P2' and state <> 'closed'")
    assert (single["class_name"], single["classes"], single["latest_students"]) == ("1班", 1, 47)
    assert entry(marts, "P3", "46至50人")["state"] == "closed"


def test_a_count_of_one_class_of_a_band_is_no_entry_of_its_own(marts: Marts) -> None:
    assert (
        marts.ask("select 1 from marts.fct_class_ledger where school_code = 'P2' and class_name = '3班'")
        == []
    )


def test_the_size_of_a_band_is_a_range_and_its_excess_unknown(marts: Marts) -> None:
    row = entry(marts, "P8", "46至50人")
    assert (row["latest_students"], row["excess_students"]) == (None, None)
    assert (row["latest_size_minimum"], row["latest_size_maximum"]) == (46, 50)
    assert row["standard_size"] == 45


@pytest.mark.parametrize(
    ("code", "name", "state", "reason"),
    [
        ("P4", "1班", "closed", "not_listed"),
        ("P4", "2班", "closed", "reduced"),
        ("P5", "1班", "to_verify", None),  # a mean closes nothing
        ("P6", "1班", "to_verify", None),  # the row may be the unreadable one
        ("P7", "1班", "to_start", None),  # wrong grade: an entry isn't lost by it
        ("P8", "1班", "closed", "listed_otherwise"),
        ("P9", "1班", "to_verify", None),  # a blank size is no size
    ],
)
def test_only_class_data_close_an_entry(
    marts: Marts, code: str, name: str, state: str, reason: str | None
) -> None:
    row = entry(marts, code, name)
    assert (row["state"], row["closing_reason"]) == (state, reason)


def test_months_show_what_was_open_and_what_was_doubtful_then(marts: Marts) -> None:
    # begin: P1 2, N1 1, P2 3, P3 2, P4 2, P5 1, P6 1, P8 2, P9 1
    begun = month(marts, "2024-03")
    assert (begun["open_classes"], begun["to_verify_classes"]) == (15, 0)
    # September 2024: N1 graduates, P2 3→2, P3 0, P4 0, P8 2→1: P1 2, P2 2, P5 1, P6 1, P8 1, P9 1
    september = month(marts, "2024-09")
    assert (september["open_classes"], september["to_verify_classes"]) == (8, 0)
    assert (september["opened_in_month"], september["closed_in_month"]) == (0, 7)
    assert september["graduated_since_begin"] == 1
    assert month(marts, "2024-10")["to_verify_classes"] == 0  # 31 October is the last day to report
    november = month(marts, "2024-11")  # 乙 of P1, P5, P6 and P9; 甲 was counted in September
    assert (november["open_classes"], november["to_verify_classes"]) == (8, 4)
    # September 2025: P2's list has one class above; P7 is new
    autumn = month(marts, "2025-09")
    assert (autumn["open_classes"], autumn["opened_in_month"], autumn["closed_in_month"]) == (8, 1, 1)
    # November 2025: 甲 of P1 and the band of P8 lack the return of 2025, too
    last = month(marts, "2025-12")
    assert (last["open_classes"], last["to_verify_classes"], last["closed_since_begin"]) == (8, 6, 8)
    assert str(last["last_counted_on"]) == "2025-09-01"


def test_ledger_months_and_the_measure_agree_on_the_number_of_open_classes(marts: Marts) -> None:
    entries = marts.one(
        "select sum(classes) as classes from marts.fct_class_ledger where state <> 'closed' and district_code = ?"
        " and stage in ('primary', 'junior_secondary')", DISTRICT,
    )  # fmt: skip
    of_month = marts.one(
        "select sum(open_classes) as classes from marts.fct_district_class_ledger where reporting_month = '2025-12'"
        " and district_code = ? and stage in ('primary', 'junior_secondary')", DISTRICT,
    )  # fmt: skip
    measure = marts.one(
        "select figure_value from marts.fct_rectification_measures where reporting_month = '2025-12'"
    )
    assert entries["classes"] == of_month["classes"] == measure["figure_value"] == 8


def test_a_later_day_changes_nothing_before_it(marts: Marts, tmp_path: Path) -> None:
    earlier = history()
    earlier.as_of = "2024-10-31"
    then = build_marts(earlier, tmp_path)
    columns = "reporting_month, stage, open_classes, to_verify_classes, opened_in_month, closed_in_month, closed_since_begin"
    query = (
        f"select {columns} from marts.fct_district_class_ledger where reporting_month <= '2024-10' and district_code = ?"
        " order by reporting_month, stage"
    )
    assert then.ask(query, DISTRICT) == marts.ask(query, DISTRICT)
