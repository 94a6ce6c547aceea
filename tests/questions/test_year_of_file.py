"""The school year of a file named on the command line: given, its folder's, what it states, or an assumption that is said."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest

from dagster_project.core.local_time import today
from dagster_project.intake.raw_folder import year_folder_of
from dagster_project.questions.check import check_files
from dagster_project.questions.look import look_at


def workbook(path: Path, title: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([title])
    sheet.append(["学校标识码", "学校名称", "学段", "在校生数", "班级数"])
    sheet.append(["2150000001", "东镇小学", "小学", 300, 7])
    book.save(path)
    return path


@pytest.mark.parametrize("folder", ["2023", "2023学年", "2023-2024学年", "2023/东镇", "2023学年/东镇/一"])
def test_the_nearest_folder_of_a_year_counts(folder: str, tmp_path: Path) -> None:
    path = workbook(tmp_path / "raw" / folder / "a.xlsx", "在校生数")
    found = year_folder_of(path)
    assert found is not None and found.parent.name == "raw"
    assert next(look_at(path)) == f"{path}（按 2023 学年）"
    checked = check_files([path])
    assert (checked.problems, checked.assumed_years) == ([], [])


def test_an_archive_is_looked_at_file_by_file_and_a_broken_one_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "raw" / "2023" / "某镇.zip"
    book = workbook(tmp_path / "a.xlsx", "在校生数")
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(book, "一小.xlsx")
        archive.writestr("坏.xlsx", b"PK\x03\x04 broken")
    lines = list(look_at(path))
    assert lines[0] == f"{path}：压缩包，内有 2 个文件"
    assert any(line.startswith("某镇.zip › 坏.xlsx：") for line in lines)
    at = lines.index("某镇.zip › 一小.xlsx（按 2023 学年）")
    assert "认成“在校生数”" in lines[at + 1]


def test_a_check_says_what_was_read_of_each_sheet(tmp_path: Path) -> None:
    path = tmp_path / "raw" / "2023" / "某镇.zip"
    book = workbook(tmp_path / "a.xlsx", "在校生数")
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(book, "一小.xlsx")
    (line,) = check_files([path]).read
    assert line.startswith(str(path)) and "一小.xlsx" in line and line.endswith("认成“在校生数”，数据 1 行")


def test_a_file_elsewhere_is_read_for_the_year_that_it_states_and_this_is_said(tmp_path: Path) -> None:
    path = workbook(tmp_path / "桌面" / "a.xlsx", "2021学年在校生数")
    first, second, *_ = look_at(path)
    assert "按 2021 学年" in first
    assert "表内写明的 2021 学年" in second and "--year" in second
    checked = check_files([path])
    assert checked.problems == []
    (assumed,) = checked.assumed_years
    assert "2021 学年" in assumed and "--year" in assumed


def test_a_file_that_states_no_year_is_read_for_the_current_one_and_this_is_said(tmp_path: Path) -> None:
    path = workbook(tmp_path / "桌面" / "a.xlsx", "在校生数")
    day = today()
    current = day.year if day.month >= 8 else day.year - 1
    first, second, *_ = look_at(path)
    assert f"按 {current} 学年" in first
    assert "没有写明" in second and "--year" in second
    assert f"{current} 学年" in check_files([path]).assumed_years[0]


def test_the_year_that_is_given_counts_before_any_other(tmp_path: Path) -> None:
    path = workbook(tmp_path / "2023" / "a.xlsx", "2023学年在校生数")
    checked = check_files([path], school_year=2022)
    assert [p["rule_code"] for p in checked.problems] == ["WRONG_YEAR"]
    assert checked.assumed_years == []
