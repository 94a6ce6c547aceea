"""A refused file or sheet leaves the problem list once a later file brought it, or once it was taken away."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dagster_project.record.settled_refusals import names_without_marks
from tests.intake import bad_files as make
from tests.intake.bad_files import HEAD
from tests.record.test_decisions_and_corrections import A, B, Desk, students

#: 在校生数 without the column of students: the sheet is refused as a whole.
WITHOUT_STUDENTS = [
    [h for h in HEAD if h != "在校生数"],
    [A, "示例一小学", "小学", 1],
    [B, "示例二小学", "小学", 1],
]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def open_problems(found: dict[str, pd.DataFrame], name: str) -> list[str]:
    rows = found["problems"]
    return sorted(rows[rows["source_file"] == name]["rule_code"])


def ages(found: dict[str, pd.DataFrame], name: str) -> dict[str, str]:
    rows = found["problem_ages"]
    rows = rows[rows["source_file"] == name]
    return dict(zip(rows["rule_code"], rows["status"], strict=True))


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("2024/甲镇.xlsx", "2024/甲镇"),
        ("2024/甲镇_更正.xlsx", "2024/甲镇"),
        ("2024/甲镇（更正件）.xls", "2024/甲镇"),
        ("2024/甲镇 修改稿(2).xlsx", "2024/甲镇"),
        ("2024/甲镇-v2.csv", "2024/甲镇"),
        ("2024/更正_甲镇.xlsx", "2024/甲镇"),
        ("2024/【改后】甲镇.xlsx", "2024/甲镇"),
        ("2024/复件 甲镇.xls", "2024/甲镇"),
        ("2024/甲镇_更正_20241105.xlsx", "2024/甲镇"),
        ("2024/甲镇（修改11月5日）.xlsx", "2024/甲镇"),
        ("2024/甲镇(更正)11.5.xlsx", "2024/甲镇"),
        ("2024/更正件/甲镇.xlsx", "2024/甲镇"),
        ("2024/补报11.5/甲镇_更正.xlsx", "2024/甲镇"),
        ("2024/甲镇_问题反馈_2024.xlsx", "2024/甲镇"),
        ("2024/甲镇_问题反馈_2024_2.xlsx", "2024/甲镇"),
        ("2024/甲镇_20241105.xlsx", "2024/甲镇_20241105"),
        ("2024/甲镇/最新.xlsx", "2024/甲镇/最新"),
        ("2024/一小1.xlsx", "2024/一小1"),
        ("2024/更正.xlsx", "2024/更正"),
    ],
)
def test_marks_of_correction_are_no_part_of_a_name(path: str, plain: str) -> None:
    assert names_without_marks(path)[-1] == plain


def test_a_refused_sheet_is_settled_when_its_schools_are_brought_by_another_file(desk: Desk) -> None:
    assert desk.put(make.workbook(WITHOUT_STUDENTS), "2023/甲.xlsx")[-1] == "rejected"
    assert "MISSING_COLUMN" in open_problems(desk.judge(), "2023/甲.xlsx")
    one = make.workbook([HEAD, [A, "示例一小学", "小学", 30, 1]])
    desk.put(one, "2023/一小.xlsx")
    assert "MISSING_COLUMN" in open_problems(desk.judge(), "2023/甲.xlsx"), (
        "the second school is still missing"
    )
    desk.put(make.workbook([HEAD, [B, "示例二小学", "小学", 40, 1]]), "2023/二小.xlsx")
    found = desk.judge()
    assert open_problems(found, "2023/甲.xlsx") == []
    assert ages(found, "2023/甲.xlsx")["MISSING_COLUMN"] == "mended"


def test_a_refused_file_is_settled_by_a_file_of_its_name_with_a_mark_of_correction(desk: Desk) -> None:
    assert desk.put(b"PK\x03\x04 broken", "2023/甲.xlsx")[-1] == "rejected"
    desk.put(students(30), "2023/乙.xlsx")
    assert open_problems(desk.judge(), "2023/甲.xlsx"), (
        "a file of another name settles nothing that can't be read"
    )
    rows = desk.judge()["problems"]
    (message,) = rows[rows["source_file"] == "2023/甲.xlsx"]["message_zh"]
    assert "文件名前后加“更正”" in message and "从文件夹移走" in message, "how an analyst ends it"
    desk.put(students(31), "2023/甲_更正.xlsx")
    found = desk.judge()
    assert open_problems(found, "2023/甲.xlsx") == []
    assert set(ages(found, "2023/甲.xlsx").values()) == {"mended"}


def test_files_with_different_marks_may_be_of_different_classes_and_settle_nothing(desk: Desk) -> None:
    """One release for all: a broken file, and the sound one that comes after it."""
    pairs = {
        "一年级(1).xlsx": ("一年级(2).xlsx", False),
        "东镇小学（1）.xlsx": ("东镇小学（2）.xlsx", False),
        "班级第1次.xlsx": ("班级第2次.xlsx", False),
        "乙.xlsx": ("乙(2).xlsx", True),
        "丙(1).xlsx": ("丙.xlsx", True),
        "丁_更正.xlsx": ("丁_更正(2).xlsx", True),
        "戊.xlsx": ("【更正】戊.xlsx", True),
        "己.xlsx": ("己_更正_20231105.xlsx", True),
        "庚.xlsx": ("更正/庚.xlsx", True),
        "辛.xlsx": ("辛_问题反馈_2023.xlsx", True),
        "壬_2023.xlsx": ("壬_问题反馈_2023.xlsx", True),
        "癸_问题反馈_2023.xlsx": ("癸_问题反馈_2023_示例一小学.xlsx", False),
        "子_20231105.xlsx": ("子_20231106.xlsx", False),
    }
    for k, (broken, (sound, _)) in enumerate(pairs.items()):
        desk.put(b"PK\x03\x04 broken" + bytes([k]), f"2023/{broken}")
        desk.put(students(30 + k), f"2023/{sound}")
    found = desk.judge()
    settled = {broken: not open_problems(found, f"2023/{broken}") for broken in pairs}
    assert settled == {broken: is_settled for broken, (_, is_settled) in pairs.items()}


def test_a_refused_file_that_is_taken_away_is_withdrawn_and_comes_back_with_it(desk: Desk) -> None:
    desk.put(students(30), "2023/乙.xlsx")
    desk.put(b"PK\x03\x04 broken", "2023/甲.xlsx")
    path = desk.raw / "2023" / "甲.xlsx"
    content = path.read_bytes()
    path.unlink()
    found = desk.judge()
    assert open_problems(found, "2023/甲.xlsx") == []
    assert set(ages(found, "2023/甲.xlsx").values()) == {"withdrawn"}
    assert found["problem_ages"][found["problem_ages"]["status"] == "withdrawn"]["days_standing"].isna().all()
    path.write_bytes(content)
    found = desk.judge()
    assert open_problems(found, "2023/甲.xlsx") and set(ages(found, "2023/甲.xlsx").values()) == {"open"}


def test_a_year_whose_folder_is_missing_withdraws_nothing(desk: Desk) -> None:
    desk.put(b"PK\x03\x04 broken", "2022/甲.xlsx")
    (desk.raw / "2022" / "甲.xlsx").unlink()
    (desk.raw / "2022").rmdir()
    assert open_problems(desk.judge(), "2022/甲.xlsx")


def test_warnings_about_a_sheet_end_when_no_row_of_it_counts_any_longer(desk: Desk) -> None:
    extra = [
        [*HEAD, "不认识的列"],
        [A, "示例一小学", "小学", 30, 1, "x"],
        [B, "示例二小学", "小学", 40, 1, "y"],
    ]
    desk.put(make.workbook(extra), "2023/甲.xlsx")
    assert open_problems(desk.judge(), "2023/甲.xlsx") == ["UNMAPPED_COLUMN"]
    desk.put(make.workbook([HEAD, [A, "示例一小学", "小学", 31, 1]]), "2023/一小.xlsx")
    assert open_problems(desk.judge(), "2023/甲.xlsx") == ["UNMAPPED_COLUMN"], "one school's row still counts"
    desk.put(make.workbook([HEAD, [B, "示例二小学", "小学", 41, 1]]), "2023/二小.xlsx")
    assert open_problems(desk.judge(), "2023/甲.xlsx") == []
