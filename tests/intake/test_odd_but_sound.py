"""Odd but sound sheets: lines, totals and heads in words that no list holds give the plain figures."""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.parse.sheets import parse_grids
from tests.intake.test_dressed_workbooks import YEAR, Row, stops, values_of

A, B, C = "2150000001", "2150000002", "2150000003"
HEAD = ["学校标识码", "学校名称", "学段", "在校生数", "班级数"]
ROWS: list[Row] = [
    [A, "青石桥小学", "小学", 412, 10], [B, "白鹭洲小学", "小学", 236, 6], [C, "望江中学", "初中", 655, 14],
]  # fmt: skip
CLASS_HEAD = ["学校标识码", "学校名称", "学段", "年级", "班级", "学生数"]
CLASSES: list[Row] = [[A, "青石桥小学", "小学", 1, "1班", 43], [A, "青石桥小学", "小学", 1, "2班", 41]]


def read(*rows: Row) -> ParsedFile:
    return parse_grids([Grid("表", [list(row) for row in rows])], YEAR, [])


def is_as_plain(parsed: ParsedFile, head: Row, rows: list[Row]) -> bool:
    return not stops(parsed) and values_of(parsed) == values_of(read(head, *rows))


@pytest.mark.parametrize(
    "line",
    [
        ["字符型", "字符型", "选择", "整数", "整数"],
        ["10位代码", "全称", "下拉", "填整数", "填整数"],
        ["文本", "文本", "文本", "数值", "小数"],
    ],
)
def test_a_row_of_what_to_fill_in_below_the_heading_ends_no_table(line: Row) -> None:
    assert is_as_plain(read(HEAD, line, *ROWS), HEAD, ROWS)


@pytest.mark.parametrize("blank", [["", "", "小学", 0, 0], ["", "", "", 0, 0], ["", "", "初中", 0, ""]])
def test_rows_with_zeros_and_choices_filled_in_beforehand_are_blank(blank: Row) -> None:
    assert is_as_plain(read(HEAD, *ROWS, *[blank] * 5), HEAD, ROWS)
    numbered = [[i, *row] for i, row in enumerate([*ROWS, blank, blank], 1)]
    assert is_as_plain(read(["序号", *HEAD], *numbered), HEAD, ROWS)


def test_a_school_may_still_say_that_it_has_no_pupils() -> None:
    rows: list[Row] = [*ROWS, ["2150000004", "云岭教学点", "小学", 0, 0]]
    parsed = read(HEAD, *rows)
    assert not stops(parsed) and parsed.sheets[0].columns["students"] == [412, 236, 655, 0]


@pytest.mark.parametrize("code", ["500188", "500188000000", 500188, "500188001"])
def test_the_total_of_a_division_may_stand_under_its_own_code(code: Any) -> None:
    total = [code, "白鹭区", "", 1303, 30]
    for place in (1, 2, 3, 4):
        rows = [HEAD, *ROWS]
        rows.insert(place, total)
        assert is_as_plain(read(*rows), HEAD, ROWS), place
    wrong = read(HEAD, *ROWS, [code, "白鹭区", "", 1304, 30])
    assert [p.rule_code for s in wrong.sheets for p in s.problems if p.cell == "A5"] == ["BAD_CODE"]


@pytest.mark.parametrize("word", ["2个班", "共2个班", "两个教学班", "计2个班"])
def test_a_number_of_classes_with_their_sum_is_a_total(word: str) -> None:
    assert is_as_plain(
        read(CLASS_HEAD, *CLASSES, [A, "青石桥小学", "小学", 1, word, 84]), CLASS_HEAD, CLASSES
    )


def test_a_number_of_classes_with_other_pupils_is_asked_about() -> None:
    parsed = read(CLASS_HEAD, *CLASSES, [A, "青石桥小学", "小学", 2, "2个班", 80])
    assert parsed.sheets[0].columns["has_fault"] == [False, False, True]


@pytest.mark.parametrize(
    "heading", ["教学班数", "班数（个）", "行政班数", "现有班级数", "班级个数", "总班数"]
)
def test_classes_are_counted_under_any_of_their_names(heading: str) -> None:
    assert is_as_plain(read([*HEAD[:4], heading], *ROWS), HEAD, ROWS)


@pytest.mark.parametrize(
    ("note", "is_read"),
    [("9月1日", True), ("10月1日口径", True), ("截至9月30日", True), ("2023年9月1日", False), ("9月1日前", False),
     ("13月1日", False)],
)  # fmt: skip
def test_a_day_in_a_heading_is_that_of_the_figures_unless_it_is_of_another_year(
    note: str, is_read: bool
) -> None:
    parsed = read([*HEAD[:3], f"在校生数（{note}）", HEAD[4]], *ROWS)
    assert is_as_plain(parsed, HEAD, ROWS) == is_read
    assert is_read or parsed.sheets == []


def test_an_unknown_table_above_a_known_one_costs_the_table_above_it_nothing() -> None:
    buses: list[Row] = [
        ["校车情况"],
        ["学校标识码", "学校名称", "校车辆数", "驾驶员数"],
        [A, "青石桥小学", 2, 2],
    ]
    parsed = read(HEAD, *ROWS, [], *buses, [], CLASS_HEAD, *CLASSES)
    assert not stops(parsed)
    assert values_of(parsed) == values_of(read(HEAD, *ROWS)) | values_of(read(CLASS_HEAD, *CLASSES))
    assert [p.rule_code for p in parsed.problems] == ["UNRECOGNISED_SHEET"]
