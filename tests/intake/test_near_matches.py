"""A sheet whose headings are short forms is named by the form that it resembles, and says which headings to rename."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.files.grid import Grid, column_letter
from dagster_project.intake.parse.sheets import parse_grids

TEACHERS = ["学校标识码", "学校名称", "学段", "专任", "高于规定学历", "骨干", "体育", "音乐", "美术"]
PREMISES = [
    "学校标识码",
    "学校名称",
    "教学及辅助用房",
    "室内体育用房",
    "运动场地",
    "教学仪器设备",
    "网络多媒体",
]
PAY = [
    "学校标识码",
    "学校名称",
    "教职工",
    "在编教师",
    "在编教师年工资",
    "临聘教师",
    "临聘教师年工资",
    "足额缴纳五险一金",
]


@pytest.mark.parametrize(
    ("headings", "form", "renamed"),
    [(TEACHERS, "教师配备", "“体育专任教师数”（表中有相近的“体育”"), (PREMISES, "校舍与装备", "“网络多媒体教室数”（表中有相近的“网络多媒体”"),
     (PAY, "幼儿园待遇", "“教职工总数”（表中有相近的“教职工”")],
)  # fmt: skip
@pytest.mark.parametrize("turned", [lambda row: row, lambda row: row[:2] + row[:1:-1]])
def test_short_headings_are_named_by_the_right_form(
    headings: list[str], form: str, renamed: str, turned: Callable[[list[Any]], list[Any]]
) -> None:
    rows = [turned(headings), turned(["5001880003", "白云小学", *([30] * (len(headings) - 2))])]
    parsed = parse_grids([Grid("Sheet1", rows)], 2024, [])
    assert parsed.sheets == []
    found = [p for p in parsed.problems if p.severity == "reject_file"]
    assert {(p.rule_code, f"像是“{form}”" in p.message_zh) for p in found} == {("MISSING_COLUMN", True)}
    assert any(renamed in p.message_zh for p in found)
    # each heading that is to be renamed is told at its own cell, and no right one
    told = {p.cell: p.message_zh for p in found}
    assert len(told) == len(found)
    assert all(f"相近的“{rows[0]['ABCDEFGHI'.index(cell[0])]}”" in text for cell, text in told.items())


def test_wrong_and_lacking_headings_are_told_each_at_its_place() -> None:
    """专任老师数 and 县级以上骨干老师数 are written otherwise; 音乐专任教师数 is not there at all."""
    heads = [
        c.heading_zh
        for c in load_feeds()["staffing"].columns
        if c.is_in_every_form or c.name == "school_name"
    ]
    lacking = [h for h in heads if h != "音乐专任教师数"]
    sent = [
        {"专任教师数": "专任老师数", "县级以上骨干教师数": "县级以上骨干老师数"}.get(h, h) for h in lacking
    ]
    row = ["5001880003", "白云小学", "小学", *([30] * (len(sent) - 3))]
    parsed = parse_grids([Grid("Sheet1", [["某区教师统计"], sent, row], first_row=1)], 2024, [])
    found = [p for p in parsed.problems if p.rule_code == "MISSING_COLUMN"]
    cells = [f"{column_letter(1 + sent.index(h))}2" for h in ("专任老师数", "县级以上骨干老师数")]
    assert [p.cell for p in found] == [*cells, f"{column_letter(len(sent) + 1)}2"]
    assert ["专任老师数" in p.message_zh for p in found] == [True, False, False]
    assert [("音乐专任教师数" in p.message_zh, "请改名" in p.message_zh) for p in found] == [
        (False, True), (False, True), (True, False),
    ]  # fmt: skip


def test_each_heading_that_stands_twice_is_told_at_its_cell() -> None:
    heads = ["学校标识码", "学校名称", "学段", "在校生数", "班级数"]
    row = ["5001880003", "白云小学", "小学", 30, 1]
    parsed = parse_grids([Grid("Sheet1", [[*heads, "在校生数", "班级数"], [*row, 31, 1]])], 2024, [])
    (sheet,) = parsed.sheets
    assert sheet.status == "rejected"
    assert [(p.rule_code, p.cell) for p in sheet.problems] == [
        ("DUPLICATE_COLUMN", "F1"),
        ("DUPLICATE_COLUMN", "G1"),
    ]
