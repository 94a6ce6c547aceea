"""A heading in unknown words is read where only one reading is possible, with a note; everything else is asked about."""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.parse.sheets import parse_grids
from tests.intake.test_dressed_workbooks import YEAR, Row, stops, values_of

A, B = "2150000001", "2150000002"
HEAD = ["学校标识码", "学校名称", "学段", "在校生数", "班级数"]
ROWS: list[Row] = [[A, "青石桥小学", "小学", 412, 10], [B, "望江中学", "初中", 655, 14]]
CLASS_HEAD = ["学校标识码", "学校名称", "学段", "年级", "班级", "学生数"]
CLASSES: list[Row] = [
    [A, "青石桥小学", "小学", "一年级", "1班", 43],
    [A, "青石桥小学", "小学", "一年级", "2班", 41],
]


def read(*rows: Row) -> ParsedFile:
    return parse_grids([Grid("表", [list(row) for row in rows])], YEAR, [])


def assumed(parsed: ParsedFile) -> list[tuple[str, str]]:
    return [
        (p.cell, p.column_zh) for s in parsed.sheets for p in s.problems if p.rule_code == "ASSUMED_HEADING"
    ]


def renamed(head: list[str], **words: str) -> Row:
    return [words.get(f"c{j}", text) for j, text in enumerate(head)]


@pytest.mark.parametrize(
    "code",
    [
        "国标码",
        "机构标识码",
        "学校编码",
        "学籍系统学校标识码",
        "标识代码",
        "学校识别码",
        "办学点编号",
        "单位代号",
    ],
)
def test_a_column_of_codes_is_that_of_the_schools_whatever_it_is_called(code: str) -> None:
    parsed = read(renamed(HEAD, c0=code), *ROWS, ["合计", "", "", 1067, 24])
    assert not stops(parsed) and values_of(parsed) == values_of(read(HEAD, *ROWS))
    assert assumed(parsed) == [("A1", "学校标识码")]
    notes = [p.message_zh for s in parsed.sheets for p in s.problems if p.rule_code == "ASSUMED_HEADING"]
    assert f"列名“{code}”不是模板的写法" in notes[0]


@pytest.mark.parametrize("stage", ["办学层次", "阶段", "所属学段", "学段（小学/初中）", "教育阶段"])
def test_a_column_of_stages_is_read_whatever_it_is_called(stage: str) -> None:
    for head, rows in ((HEAD, ROWS), (CLASS_HEAD, CLASSES)):
        parsed = read(["附件2"], renamed(head, c2=stage), *rows, ["填表人：李某"])
        assert not stops(parsed) and values_of(parsed) == values_of(read(head, *rows))
        assert assumed(parsed) == [("C2", "学段")]


def test_two_columns_may_be_known_by_what_is_in_them() -> None:
    parsed = read(renamed(CLASS_HEAD, c0="国标码", c3="级别"), *CLASSES)
    assert not stops(parsed) and values_of(parsed) == values_of(read(CLASS_HEAD, *CLASSES))
    assert assumed(parsed) == [("A1", "学校标识码"), ("D1", "年级")]


def test_pupils_of_a_table_without_classes_are_those_of_the_school() -> None:
    parsed = read(renamed(HEAD, c3="学生数"), *ROWS)
    assert not stops(parsed) and values_of(parsed) == values_of(read(HEAD, *ROWS))
    assert assumed(parsed) == [("D1", "在校生数")]


@pytest.mark.parametrize(
    ("title", "is_read"),
    [
        ("云台区2024年秋季学校学生数汇总表", True), ("在校学生情况一览表", True), ("第三学区学生和班级数", True), ("附件1", True),
        ("学籍系统学生统计表", True), ("课后服务参与情况", False), ("校服征订情况", False), ("研学旅行报名表", False),
        ("寄宿生统计表", False),
    ],
)  # fmt: skip
def test_under_another_feeds_word_every_word_of_the_title_must_be_known(title: str, is_read: bool) -> None:
    parsed = read([title], renamed(HEAD, c3="学生数"), *ROWS)
    assert (not stops(parsed)) == is_read
    if title != "寄宿生统计表":
        assert not stops(read([title], HEAD, *ROWS))


@pytest.mark.parametrize(
    ("head", "row"),
    [
        (["国标码", "上级代码", "学段", "在校生数"], [A, B, "小学", 412]),
        (["联系电话", "学校名称", "学段", "在校生数"], ["13800000000", "青石桥小学", "小学", 412]),
        (["学校标识码", "学校名称", "类型", "在校生数"], [A, "青石桥学校", "九年一贯制", 412]),
        (["学校标识码", "甲", "乙", "在校生数"], [A, "小学", "初中", 412]),
        (["学校标识码", "学校名称", "学段", "女生数"], [A, "青石桥小学", "小学", 200]),
        (["学校标识码", "学校名称", "学段", "班级", "学生数"], [A, "青石桥小学", "小学", "1班", 43]),
        (["学校标识码", "学校名称", "学段", "班别", "学生数"], [A, "青石桥小学", "小学", "1班", 43]),
        (["学校标识码", "学校名称", "学段", "所在级", "学生数"], [A, "青石桥小学", "小学", "一年级", 43]),
        (["学校标识码", "学校名称", "学段", "年级", "学生数"], [A, "青石桥小学", "小学", 1, 43]),
    ],
)
def test_where_another_reading_is_possible_it_is_asked_about(head: Row, row: list[Any]) -> None:
    parsed = read(head, row)
    assert parsed.sheets == []
    assert {p.rule_code for p in parsed.problems} in ({"MISSING_COLUMN"}, {"UNRECOGNISED_SHEET"})


def test_a_few_wrong_codes_in_a_column_of_codes_are_each_told_at_their_cell() -> None:
    rows = [[f"21500000{i:02d}", f"示例{i}小学", "小学", 100 + i, 3] for i in range(20)]
    rows[7][0] = "21500000"
    parsed = read(renamed(HEAD, c0="国标码"), *rows)
    assert [p.cell for s in parsed.sheets for p in s.problems if p.severity == "quarantine_row"] == ["A9"]
