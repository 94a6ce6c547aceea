"""A sheet whose headings are short forms is named by the form that it resembles, and says which headings to rename."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dagster_project.intake.files.grid import Grid
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
    (found,) = [p for p in parsed.problems if p.rule_code != "NOTHING_RECOGNISED"]
    assert (found.rule_code, f"像是“{form}”" in found.message_zh) == ("MISSING_COLUMN", True), (
        found.message_zh
    )
    assert renamed in found.message_zh
