"""A list of persons in a sheet with a return, or under headings of its own: nothing of it is kept, the return is read."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from dagster_project.core.homes import LAYOUTS_DIR, PROJECT_ROOT, Home
from dagster_project.intake import receive
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.layout_files import load_layouts
from dagster_project.intake.parse.layouts import Layout
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.parse.sheets import parse_grids
from tests.searching import found_in

HEAD = ["学校标识码", "学校名称", "学段", "在校生数"]
CODES = ["2150001234", "2150005678", "2150009999"]
RETURN: list[list[Any]] = [HEAD, *([code, f"第{i}小学", "小学", 300 + i] for i, code in enumerate(CODES, 1))]
LONG: list[list[Any]] = [HEAD, *([f"21600{i:05d}", "远小学", "小学", 100] for i in range(250))]
NAMES = ["上官甲乙", "太史丙丁", "欧阳戊己", "司马庚辛"]
NUMBERS = [f"99990419880101{i:04d}" for i in range(1, 5)]
MOBILES = [f"1991111222{i}" for i in range(4)]
SECRETS = {*NAMES, *NUMBERS, *MOBILES}
NAMED = [["姓名", "身份证号", "任教学科"], *([a, b, "数学"] for a, b in zip(NAMES, NUMBERS, strict=True))]
CALLED = [["教师", "手机"], *map(list, zip(NAMES, MOBILES, strict=True))]


def read(*sheets: list[list[Any]], layouts: list[Layout] | None = None) -> ParsedFile:
    grids = [Grid(f"表{i}", [list(row) for row in rows]) for i, rows in enumerate(sheets, 1)]
    return parse_grids(grids, 2024, layouts or [])


def students(parsed: ParsedFile) -> list[int]:
    return [n for s in parsed.sheets if s.feed == "enrolment" for n in s.columns["students"]]


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        pytest.param([*RETURN, [], *NAMED], 3, id="below a return"),
        pytest.param([*LONG, [], *NAMED], 250, id="more than 200 rows below its heading"),
        pytest.param([*NAMED, [], ["在校生数统计表"], *RETURN], 3, id="above a return"),
        pytest.param([*RETURN, [], *NAMED[1:]], 3, id="without a heading"),
        pytest.param([*LONG, *NAMED[1:]], 250, id="without a heading, far below"),
        pytest.param([*RETURN, [], *([m] for m in MOBILES)], 3, id="only telephone numbers"),
        pytest.param([*RETURN, *([int(m)] for m in MOBILES)], 3, id="only telephone numbers, as numbers"),
        pytest.param(
            [*RETURN, [], *(["", i, f"+86 {m[:3]} {m[3:7]} {m[7:]}"] for i, m in enumerate(MOBILES, 1))], 3,
            id="telephone numbers behind their places",
        ),
        pytest.param([*(["", "", m] for m in MOBILES), [], *RETURN], 3, id="only telephone numbers above"),
        pytest.param([*RETURN, [], *CALLED], 3, id="names and telephone numbers"),
        pytest.param(
            [[*HEAD, "姓名"], *([*row, "李某"] for row in RETURN[1:]), [], *NAMED], 3, id="a contact's name first"
        ),
        pytest.param([*RETURN, [], *NAMED, [], *NAMED], 3, id="twice"),
        pytest.param(
            [[*row, "", *own] for row, own in zip(RETURN, NAMED, strict=False)], 0, id="beside a return"
        ),
        pytest.param(
            [RETURN[0], *([*r, "", *o] for r, o in zip(RETURN[1:], NAMED, strict=False))], 0, id="beside, lower"
        ),
    ],
)  # fmt: skip
def test_a_list_in_the_sheet_of_a_return_is_neither_read_nor_kept(rows: list[list[Any]], count: int) -> None:
    parsed = read(rows)
    assert len(students(parsed)) == count
    assert parsed.has_persons  # the original isn't kept
    found = [p for p in parsed.problems if p.rule_code == "PERSON_ROWS"]
    assert found and all(p.severity == "reject_file" for p in found)
    shown = repr([*parsed.problems, *((s.problems, s.columns) for s in parsed.sheets)])
    assert not [secret for secret in SECRETS if secret in shown]


@pytest.mark.parametrize(
    "heading",
    [
        ["教师", "手机"], ["班主任", "联系电话"], ["任课教师", "电话号码"], ["学生", "家长电话"], ["名单", "手机号码"],
        ["教师名单", "性别"], ["老师", "微信号"], ["家长", "联系方式"], ["人员", "出生年月"], ["员工", "移动电话"],
        ["什么", "怎样"],
    ],
)  # fmt: skip
def test_a_list_of_persons_is_kept_nowhere_whatever_its_heading(heading: list[str]) -> None:
    parsed = read([heading, *map(list, zip(NAMES, MOBILES, strict=True))])
    assert parsed.has_persons and [p.rule_code for p in parsed.problems] == ["PERSON_ROWS"]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([[*HEAD, "联系人", "手机"], *([*r, "李某", MOBILES[0]] for r in RETURN[1:])], id="contact"),
        pytest.param([[*HEAD, "教师"], *([*r, 20] for r in RETURN[1:])], id="a count of teachers"),
        pytest.param([*RETURN, [], ["填表人", "李某", "联系电话", MOBILES[0]]], id="signature"),
        pytest.param([*RETURN, [], ["姓名", "李某", "手机", MOBILES[0]]], id="signature with a name"),
        pytest.param([*RETURN, [], [MOBILES[0]], [MOBILES[1]]], id="numbers of those who filled it in"),
        pytest.param(
            [*RETURN, [], *([f"{who}：李某", m] for who, m in zip(["校长", "审核", "填表"], MOBILES, strict=False))],
            id="signatures with numbers",
        ),
        pytest.param(
            [["", "", "", "", "联系人", ""], [*HEAD, "姓名", "电话"], *([*r, "李某", "67890123"] for r in RETURN[1:])],
            id="a contact below a heading over two columns",
        ),
    ],
)  # fmt: skip
def test_a_contact_or_a_count_makes_no_list_of_persons(rows: list[list[Any]]) -> None:
    parsed = read(rows)
    assert students(parsed) == [301, 302, 303]
    assert not parsed.has_persons and not [p for p in parsed.problems if p.rule_code == "PERSON_ROWS"]


def test_numbers_in_rows_with_a_code_cost_the_original_and_no_row() -> None:
    rows = [[*HEAD, "校长身份证号"], *([*row, n] for row, n in zip(RETURN[1:], NUMBERS, strict=False))]
    parsed = read(rows)
    assert students(parsed) == [301, 302, 303] and parsed.has_persons


TEACHERS = list(
    csv.reader((PROJECT_ROOT / "tests/fixtures/rosters/teachers.csv").read_text("utf-8-sig").splitlines())
)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([*RETURN, [], *TEACHERS], id="roster below"),
        pytest.param([*LONG[:-1], [], *TEACHERS], id="roster far below"),
        pytest.param([*TEACHERS, [], ["在校生数统计表"], *RETURN], id="roster above"),
    ],
)
def test_a_roster_with_a_layout_and_a_return_in_one_sheet_are_both_read(rows: list[list[Any]]) -> None:
    layouts = load_layouts(LAYOUTS_DIR)
    alone, parsed = read(TEACHERS, layouts=layouts), read(rows, layouts=layouts)
    (staffing,) = (s for s in parsed.sheets if s.feed == "staffing")
    assert staffing.columns["full_time_teachers"] == alone.sheets[0].columns["full_time_teachers"]
    assert len(students(parsed)) in (3, 249)
    assert parsed.has_persons and not [p for p in parsed.problems if p.severity == "reject_file"]
    drawn = {p.rule_code for s in parsed.sheets for p in s.problems}
    assert drawn == {p.rule_code for s in alone.sheets for p in s.problems}


def test_a_roster_and_a_return_of_one_feed_in_one_sheet_are_refused_together() -> None:
    rows = [["学校标识码", "学段", "专任教师数", "高于规定学历教师数", "县级以上骨干教师数", "体育专任教师数", "音乐专任教师数",
             "美术专任教师数"], ["2150001234", "小学", 9, 8, 1, 1, 1, 1]]  # fmt: skip
    parsed = read([*rows, [], *TEACHERS], layouts=load_layouts(LAYOUTS_DIR))
    assert parsed.sheets == [] and parsed.has_persons
    (problem,) = parsed.problems
    assert problem.rule_code == "PERSON_ROWS" and "分放在两个文件里" in problem.message_zh


BY_NAME = """\
layout: by_name
name_zh: 按校名的名册
recognised_by: [姓名, 身份证号, 所在学校]
roster: {row: 教师, number: 身份证号}
feeds:
  staffing:
    columns:
      school_code: {register_name: 所在学校}
      stage: {constant: 小学}
      full_time_teachers: {count: rows}
"""


def test_a_name_in_the_column_of_schools_is_kept_nowhere(tmp_path: Path) -> None:
    (tmp_path / "by_name.yml").write_text(BY_NAME, encoding="utf-8")
    schools = ["东镇小学", "三小", NAMES[2], "东镇小学"]
    rows = [["姓名", "身份证号", "所在学校"], *map(list, zip(NAMES, NUMBERS, schools, strict=True))]
    parsed = read(rows, layouts=load_layouts(tmp_path))
    (sheet,) = parsed.sheets
    assert sheet.columns["lookup_name"] == ["东镇小学", "三小"]
    assert sheet.columns["full_time_teachers"] == [2, 1]
    (found,) = (p for p in sheet.problems if p.rule_code == "ROSTER_ROW")
    assert found.cell == "C4" and "不像学校的名称" in found.message_zh
    assert not [secret for secret in SECRETS if secret in repr((sheet, parsed.problems))]


def test_no_file_of_the_home_has_a_word_of_them(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    (raw / "2024").mkdir(parents=True)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for i, rows in enumerate(([*LONG, [], *NAMED], CALLED, [*RETURN, *NAMED[1:]], [*RETURN, [], *CALLED]), 1):
        sheet = book.create_sheet(f"表{i}")
        for row in rows:
            sheet.append(row)
        book.save(raw / "2024" / f"{i}.xlsx")
    taken = receive.take_in(Home(tmp_path / "home"), raw)
    assert {f.record.path: f.record.is_kept for f in taken.files} == {
        f"2024/{i}.xlsx": False for i in range(1, 5)
    }
    assert found_in([tmp_path / "home"], SECRETS) == set()
