"""A school under an old code, a credit code or that of another system is the same school, in every kind of return.

The codes are made up; the credit codes have a letter, as those of schools do.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from dagster_project.intake import receive
from tests.record.test_several_sources import FORM, Desk

A, B = "2199000002", "2199000003"
#: Credit codes of digits alone; the last two also have a date, the first and the last the check digit of an identity number.
ALL_DIGITS = ["125001151007809635", "125001154826373527", "125001201204044991", "125001200609285611"]
CREDIT_A, CREDIT_B = "12500115MB1C234567", "12500115MB1C765432"
#: Ends of codes of one beginning that both check digits fit, and a code that may be somebody's number (region 522220).
CHECKED = ("0948", "1094", "1182", "1270")
BOTH = "522220199802091209"
REGISTER = {"district_code": "500115", "town": "某镇", "school_type": "小学", "ownership": "公办"}
TEACHERS = {"stage": "小学", "full_time_teachers": 30, "above_required_degree_teachers": 28, "backbone_teachers": 4,
            "pe_teachers": 2, "music_teachers": 2, "fine_art_teachers": 2}  # fmt: skip
LAYOUT = """
layout: old_system
name_zh: 老系统的教师表
source: 合成
recognised_by: [机构代码, 教师合计]
code_pattern: "[A-Z][0-9]{3}"
feeds:
  enrolment:
    columns: {school_code: 机构代码, stage: {constant: 小学}, students: 教师合计}
"""
ROSTER = LAYOUT.replace("教师合计]", "班号]\nroster: {row: 班级}").replace("教师合计", "{count: rows}")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    schools = [
        {"school_code": code, "school_name": name, **REGISTER}
        for code, name in ((A, "甲小学"), (B, "乙小学"))
    ]
    desk.table("名录.xlsx", "schools", *schools)
    return desk


def crosswalk(desk: Desk, *rows: dict[str, Any]) -> None:
    desk.table("对照.xlsx", "school_codes", *({"valid_from": "2020-09-01", **row} for row in rows))


def teachers(desk: Desk, *codes: str, name: str = "教师.xlsx", **other: Any) -> None:
    desk.table(name, "staffing", *({**TEACHERS, "school_code": code, **other} for code in codes))


def in_force(found: dict[str, Any], feed: str = "staffing") -> set[str]:
    return {row["school_code"] for row in found[feed]}


def told(found: dict[str, Any], rule_code: str) -> list[tuple[str, str, str]]:
    listed = [*found["problems"], *found["assumptions"]]
    return [(p["cell"], p["value"], p["message_zh"]) for p in listed if p["rule_code"] == rule_code]


@pytest.mark.parametrize(
    ("column", "code", "written"),
    [
        ("credit_code", CREDIT_A, CREDIT_A),
        ("credit_code", CREDIT_A, CREDIT_A.lower()),
        ("credit_code", CREDIT_A, "12500115 MB1C 234567"),
        ("credit_code", CREDIT_A, "１２５００１１５ＭＢ１Ｃ２３４５６７"),
        ("credit_code", "１２５００１１５ｍｂ１ｃ２３４５６７", CREDIT_A),
        ("old_code", "2199000999", "2199000999"),
        ("old_code", "500115-0017", "5001150017"),
        ("old_code", "99017", "99017"),
        ("other_system_code", "JX-0017", "JX0017"),
        *(("credit_code", code, code) for code in ALL_DIGITS),
        ("credit_code", "'" + ALL_DIGITS[0], ALL_DIGITS[0]),
        ("credit_code", ALL_DIGITS[0], "’" + ALL_DIGITS[0]),
        ("old_code", "’99017", "99017"),
        ("old_code", "2199000999", "'2199000999"),
        ("other_system_code", "JX-0017", "＇JX0017"),
    ],
)
def test_a_row_of_a_template_under_another_code_is_the_schools(
    desk: Desk, column: str, code: str, written: str
) -> None:
    crosswalk(desk, {"school_code": A, column: code})
    teachers(desk, written)
    found = desk.decide()
    assert in_force(found) == {A}
    ((cell, value, message),) = told(found, "OTHER_CODE_TAKEN")
    assert cell == "A2" and value.strip("'’＇") == written.strip("'’＇")
    assert value in message and A in message and "代码留空" in message  # how a wrong row is taken back
    assert not told(found, "PERSONAL_NUMBER")
    assert not [p for p in found["problems"] if p["severity"] == "quarantine_row"]


def test_many_returns_under_codes_of_digits_alone_are_no_list_of_persons(desk: Desk) -> None:
    codes = ["12500115100780" + rest for rest in CHECKED]
    crosswalk(
        desk,
        *(
            {"school_code": A, "credit_code": c, "valid_from": f"2020-09-0{i}"}
            for i, c in enumerate(codes, 1)
        ),
    )
    teachers(desk, *codes)
    found = desk.decide()
    assert in_force(found) == {A}
    assert not told(found, "PERSON_ROWS")


def test_what_only_an_identity_numbers_check_digit_fits_is_masked_in_a_crosswalk(desk: Desk) -> None:
    """The first has a date, the second the check digit alone, the third neither is a region of a credit code."""
    for number in ("125001200410288217", "125001159099250475", "500210199003078734"):
        crosswalk(desk, {"school_code": A, "credit_code": number})
        ((cell, value, _),) = told(desk.decide(), "PERSONAL_NUMBER")
        assert cell == "B2" and "***" in value and number not in value


def test_a_code_that_both_check_digits_fit_is_a_code_in_the_column_of_codes(desk: Desk) -> None:
    crosswalk(desk, {"school_code": A, "credit_code": BOTH})
    found = desk.decide()
    assert [r["credit_code"] for r in found["school_codes"]] == [BOTH]
    assert not told(found, "PERSONAL_NUMBER")


def test_a_row_sent_again_without_the_code_takes_it_back(desk: Desk) -> None:
    crosswalk(desk, {"school_code": B, "old_code": "2199000999"})
    teachers(desk, "2199000999")
    assert in_force(desk.decide()) == {B}
    crosswalk(desk, {"school_code": B, "old_code": None}, {"school_code": A, "old_code": "2199000999"})
    assert in_force(desk.decide()) == {A}


def test_a_crosswalk_outside_the_folders_of_years_is_told_where_it_belongs(desk: Desk) -> None:
    crosswalk(desk, {"school_code": A, "old_code": "99017"})
    (desk.raw / "2023" / "对照.xlsx").rename(desk.raw / "学校代码对照.xlsx")
    taken = receive.take_in(desk.home, desk.raw)
    (message,) = [p.message_zh for f in taken.files for p in f.problems]
    assert "学校代码对照" in message and "任何一个年度文件夹" in message


@pytest.mark.parametrize(
    ("rows", "is_known"),
    [
        ([{"valid_from": "2023-08-31"}], True),
        ([{"valid_from": "2023-12-31"}], True),  # the day of the build
        ([{"valid_from": "2024-01-01"}], False),
        ([{"valid_until": "2023-08-31"}], False),
        ([{"valid_until": "2023-09-01"}], True),
        ([{"valid_from": "2018-09-01", "valid_until": "2019-08-31"}, {}], True),
        ([], False),
    ],
)
def test_a_code_counts_in_the_school_years_of_its_days(
    desk: Desk, rows: list[dict[str, Any]], is_known: bool
) -> None:
    crosswalk(
        desk,
        {"school_code": B, "old_code": "1"},
        *({"school_code": A, "credit_code": CREDIT_A, **r} for r in rows),
    )
    teachers(desk, CREDIT_A)
    found = desk.decide()
    assert in_force(found) == ({A} if is_known else set())
    # an unknown code is told at its cell, with what to do
    refused = told(found, "BAD_CODE")
    assert len(refused) == (not is_known)
    assert all(cell == "A2" and "学校代码对照" in message for cell, _, message in refused)


@pytest.mark.parametrize("code", [CREDIT_A, "2199000999"])
def test_a_code_of_two_schools_is_told_at_the_cell_and_in_the_crosswalk(desk: Desk, code: str) -> None:
    column = "credit_code" if code == CREDIT_A else "old_code"
    crosswalk(desk, {"school_code": A, column: code}, {"school_code": B, column: code})
    teachers(desk, code)
    found = desk.decide()
    assert in_force(found) == set()
    refused = told(found, "OTHER_CODE_UNCLEAR") + told(found, "STAFFING_FORMER_CODE")
    assert [cell for cell, *_ in refused] == ["A2"]
    assert f"{A}、{B}" in refused[0][2]
    assert not told(found, "BAD_CODE")
    ((_, _, message),) = told(found, "SCHOOL_CODES_SEVERAL_SCHOOLS")
    assert code in message and B in message


@pytest.mark.parametrize("written", ["2199000998", "2199000999"])
def test_a_crosswalk_to_a_code_that_the_register_calls_a_former_one_leads_to_the_present_one(
    tmp_path: Path, written: str
) -> None:
    desk = Desk(tmp_path)
    school = {"school_name": "甲小学", **REGISTER}
    desk.table("名录.xlsx", "schools", {"school_code": "2199000998", **school}, year=2022)
    now = {"school_code": A, "former_school_code": "2199000998", **school}
    desk.table("名录.xlsx", "schools", now)
    crosswalk(desk, {"school_code": "2199000998", "old_code": "2199000999"})
    teachers(desk, written)
    found = desk.decide()
    assert in_force(found) == {A}


def test_a_return_under_the_present_code_takes_the_place_of_one_under_another_code(desk: Desk) -> None:
    crosswalk(desk, {"school_code": A, "old_code": "2199000999"})
    teachers(desk, "2199000999", name="教师1.xlsx")
    desk.decide()
    teachers(desk, A, name="教师2.xlsx", full_time_teachers=31)
    assert [(r["school_code"], r["full_time_teachers"]) for r in desk.decide()["staffing"]] == [(A, 31)]


def test_two_codes_for_one_school_in_one_return_are_told(desk: Desk) -> None:
    """Equal rows are one; rows that differ contradict each other, though their codes are different."""
    crosswalk(desk, {"school_code": A, "credit_code": CREDIT_A})
    teachers(desk, A, CREDIT_A)
    found = desk.decide()
    assert in_force(found) == {A} and len(found["staffing"]) == 1
    ((cell, _, message),) = told(found, "TWO_CODES_OF_A_SCHOOL")
    assert cell == "A3" and f"{CREDIT_A}、{A}" in message
    rows = [{**TEACHERS, "school_code": A}, {**TEACHERS, "school_code": CREDIT_A, "full_time_teachers": 31}]
    desk.table("教师.xlsx", "staffing", *rows)
    found = desk.decide()
    assert {cell for cell, *_ in told(found, "STAFFING_CONFLICT")} == {"A2", "A3"}


def test_a_row_with_another_fault_stays_put_aside_under_its_school(desk: Desk) -> None:
    crosswalk(desk, {"school_code": A, "credit_code": CREDIT_A})
    teachers(desk, CREDIT_A, full_time_teachers="三十")
    found = desk.decide()
    assert in_force(found) == set()
    assert [p["rule_code"] for p in found["problems"] if p["severity"] == "quarantine_row"] == [
        "NOT_A_NUMBER"
    ]
    (note,) = told(found, "OTHER_CODE_TAKEN")
    assert note[1] == CREDIT_A


def test_a_code_that_a_school_has_now_is_that_schools(desk: Desk) -> None:
    crosswalk(desk, {"school_code": A, "old_code": B})
    teachers(desk, B)
    assert in_force(desk.decide()) == {B}


def test_a_statistics_form_under_a_credit_code_is_the_schools(desk: Desk) -> None:
    content = with_code(FORM.read_bytes(), A, CREDIT_A)
    desk.put("form.xlsx", content)
    assert in_force(desk.decide()) == set()
    crosswalk(desk, {"school_code": A, "credit_code": CREDIT_A})
    found = desk.decide()
    (row,) = found["staffing"]
    # 60 teachers in the forms (expected.csv of the fixtures)
    assert (row["school_code"], row["full_time_teachers"]) == (A, 60)
    assert in_force(found, "schools") == {A, B}  # its row of the register needs the school's own code


def with_code(content: bytes, code: str, other: str) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in book:
        for cell in (c for row in sheet.iter_rows() for c in row if isinstance(c.value, str)):
            cell.value = cell.value.replace(code, other)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("layout", "table", "feed", "wanted"),
    [
        (LAYOUT, ["机构代码,教师合计", "K017,412", "K018,300"], "enrolment", {"students": 412}),
        # a list of classes, of which the number of rows counts
        (
            ROSTER,
            ["机构代码,班号,班主任", "K017,1,赵某", "K017,2,钱某", "K018,1,孙某"],
            "enrolment",
            {"students": 2},
        ),
    ],
)
def test_a_table_and_a_roster_of_another_system_are_read_by_that_systems_codes(
    desk: Desk, layout: str, table: list[str], feed: str, wanted: dict[str, Any]
) -> None:
    (desk.raw / "layouts").mkdir()
    (desk.raw / "layouts" / "old_system.yml").write_text(layout, encoding="utf-8")
    crosswalk(desk, {"school_code": A, "other_system_code": "K017"})
    (desk.raw / "2023" / "老系统.csv").write_bytes("\n".join(table).encode())
    receive.take_in(desk.home, desk.raw)
    found = desk.decide()
    (row,) = found[feed]
    assert {"school_code": A, **wanted}.items() <= row.items()
    ((_, _, message),) = told(found, "OTHER_CODE_TAKEN")
    assert "K017" in message
    ((_, _, message),) = told(found, f"{feed.upper()}_UNREGISTERED")
    assert "K018" in message


def test_apostrophes_before_codes_are_no_part_of_them_in_any_return(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    register = {
        **REGISTER,
        "district_code": "'500115",
        "urban_rural_code": "’210",
        "former_school_code": "‘2199000001",
    }
    desk.table("名录.xlsx", "schools", {"school_code": f"'{A}", "school_name": "甲小学", **register})
    teachers(desk, f"’{A}")
    hazard = {"school_code": f"＇{A}", "hazard_number": "'01", "found_on": "2023-10-08", "inspection_rhythm": "日",
              "place_zh": "食堂", "hazard_kind": "消防", "hazard_grade": "一般", "deadline": "2023-10-18"}  # fmt: skip
    desk.table("隐患.xlsx", "hazards", hazard)
    found = desk.decide()
    (school,) = found["schools"]
    names = ("school_code", "district_code", "urban_rural_code", "former_school_code")
    assert [school[name] for name in names] == [A, "500115", "210", "2199000001"]
    assert in_force(found) == {A}
    assert [(r["school_code"], r["hazard_number"]) for r in found["hazards"]] == [(A, "01")]
    assert told(found, "CODE_CLEANED")


def test_a_ledger_goes_by_the_crosswalk_too(desk: Desk) -> None:
    crosswalk(desk, {"school_code": A, "credit_code": CREDIT_A})
    hazard = {"school_code": CREDIT_A, "hazard_number": "1", "found_on": "2023-10-08", "inspection_rhythm": "日",
              "place_zh": "食堂", "hazard_kind": "消防", "hazard_grade": "一般", "deadline": "2023-10-18"}  # fmt: skip
    desk.table("隐患.xlsx", "hazards", hazard)
    found = desk.decide()
    assert in_force(found, "hazards") == {A}, told(found, "BAD_CODE")


@pytest.mark.parametrize(
    ("code", "name", "offered"),
    [
        ("甲小学", None, A),
        ("219900002", "甲小学", A),
        ("乙小学", "乙小学", B),
        (None, "乙小学", B),
        ("219900002", "同名小学", ""),
        ("丙小学", None, ""),
        ("219900002", None, ""),
    ],
)
def test_a_code_that_cannot_be_read_is_offered_by_the_name_beside_it(
    desk: Desk, code: str | None, name: str | None, offered: str
) -> None:
    """Two schools are called 同名小学, none is called 丙小学; the row waits all the same."""
    twins = [{"school_code": f"219900000{i}", "school_name": "同名小学", **REGISTER} for i in (8, 9)]
    desk.table("名录二.xlsx", "schools", *twins)
    desk.table("教师.xlsx", "staffing", {**TEACHERS, "school_code": code, "school_name": name})
    found = desk.decide()
    assert not found["staffing"]
    (problem,) = [p for p in found["problems"] if p["feed"] == "staffing"]
    assert problem["cell"] == "A2" and problem["school_code"] == offered
    assert (f"学校标识码是 {offered}" in problem["message_zh"]) == bool(offered)
