"""`junheng layout` proposes a layout that loads and reads the table; what is only a guess is marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import PROJECT_ROOT
from dagster_project.intake.parse.layout_files import read_layout
from dagster_project.intake.parse.layouts import Layout
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.reader import parse_content
from dagster_project.questions.propose_layout import propose

SYNTHETIC = PROJECT_ROOT / "tests" / "fixtures" / "synthetic_elementary_schools.csv"


def proposed(tmp_path: Path, table: Path) -> tuple[str, Layout]:
    text = propose(table)
    path = tmp_path / "proposed.yml"
    path.write_text(text, encoding="utf-8")
    return text, read_layout(path)


def read(table: Path, layout: Layout, year: int) -> ParsedFile:
    return parse_content(table.read_bytes(), table.name, year, [layout])


def write(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_an_unknown_table_by_grades_is_read_by_its_proposal(tmp_path: Path) -> None:
    text, layout = proposed(tmp_path, SYNTHETIC)
    sheets = {s.feed: s for s in read(SYNTHETIC, layout, 2024).sheets}
    assert {s.status for s in sheets.values()} == {"accepted"}
    assert sheets["staffing"].columns["full_time_teachers"][0] == 9 + 16
    assert sheets["class_sizes"].columns["students"][0] == 33 + 37
    assert "待定" in text


def test_years_missing_codes_and_decimal_marks_are_found_and_left_to_decide(tmp_path: Path) -> None:
    table = write(
        tmp_path,
        "School Year,DBN,School Name,Enrollment,Full-time Teachers",
        '2023-24,01M015,P.S. 015,"1,178",14',
        "2023-24,01M019,P.S. 019,203,s",
        "2023-24,01M020,P.S. 020,380,31",
    )
    text, layout = proposed(tmp_path, table)
    sheets = {s.feed: s for s in read(table, layout, 2023).sheets}
    assert sheets["enrolment"].columns["school_code"] == ["01M015", "01M019", "01M020"]
    assert sheets["enrolment"].columns["students"] == [1178, 203, 380]
    assert sheets["staffing"].columns["full_time_teachers"] == [14, None, 31]
    for clause in ("school_year", "missing", "decimal", "code_pattern"):
        assert any(line.startswith(clause) and "待定" in line for line in text.splitlines()), clause


def test_a_row_of_codes_below_the_heading_is_found(tmp_path: Path) -> None:
    table = write(
        tmp_path, "学校代码,学校名称,在校生数", "CODE,NAME,QT", "350001,甲小学,120", "350002,乙小学,90"
    )
    _, layout = proposed(tmp_path, table)
    assert layout.heading_rows == 2
    (enrolment,) = [s for s in read(table, layout, 2023).sheets if s.feed == "enrolment"]
    assert enrolment.columns["students"] == [120, 90]


def test_columns_that_nothing_resembles_are_listed(tmp_path: Path) -> None:
    text, _ = proposed(
        tmp_path,
        write(tmp_path, "学校代码,学校名称,在校生数,校歌", "350001,甲小学,120,啦", "350002,乙小学,9,哦"),
    )
    assert text.rstrip().endswith("没有用到的列：校歌")


def test_a_file_without_a_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        propose(write(tmp_path, "只有一行"))
    with pytest.raises(UsageError):
        propose(tmp_path / "nothing.csv")
