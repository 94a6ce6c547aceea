"""A table whose headings are those of one form is never taken for another, nor named as another, whatever it lacks."""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.intake.feeds import Column, Feed, load_feeds
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.parse.sheets import parse_grids

CODE = "2150000001"
KEYS: list[Any] = ["学校标识码", "学校名称", "学段"]
SCHOOL: list[Any] = [CODE, "青石桥小学", "小学"]


def read(*rows: list[Any]) -> ParsedFile:
    return parse_grids([Grid("表", [list(row) for row in rows])], 2024, [])


def findings(parsed: ParsedFile, rule_code: str) -> list[str]:
    found = [*parsed.problems, *(p for s in parsed.sheets for p in s.problems)]
    return [p.message_zh for p in found if p.rule_code == rule_code]


@pytest.mark.parametrize(
    ("headings", "form"),
    [
        (["高学历教师数", "骨干教师数"], "教师配备"),
        (["学生数", "高学历教师数", "骨干教师数"], "教师配备"),
        (["学生人数", "教师数"], "教师配备"),
        (["学生数", "专任教师", "高学历教师数", "骨干教师数"], "教师配备"),
        (["学生数", "体育教师数", "音乐教师数"], "教师配备"),
        (["学生数", "教室间数", "专用教室数"], ""),
        (["教职工总数", "在编教师数", "临聘教师数"], "幼儿园待遇"),
        (["学生数", "双师型教师数", "高级职称教师数"], "高中阶段教育"),
        (["学生数", "运动场地面积", "图书(册)", "计算机(台)"], "校舍与装备"),
    ],
)
def test_a_table_of_other_figures_is_not_the_pupils_return_because_a_column_of_pupils_stands_in_it(
    headings: list[str], form: str
) -> None:
    for title in ([], [["2024年教师情况统计表"]]):
        parsed = read(*title, KEYS + headings, SCHOOL + list(range(10, 10 + len(headings))))
        assert "enrolment" not in {s.feed for s in parsed.sheets} or not form
        if form:
            assert any(f"像是“{form}”" in text for text in findings(parsed, "MISSING_COLUMN"))


def test_pupils_under_their_own_heading_are_read_and_the_other_forms_columns_are_told_with_what_it_lacks() -> (
    None
):
    parsed = read([*KEYS, "在校生数", "高学历教师数", "骨干教师数", "备注"], [*SCHOOL, 412, 9, 3, ""])
    assert [(s.feed, s.columns["students"]) for s in parsed.sheets] == [("enrolment", [412])]
    (beside, remark) = findings(parsed, "UNMAPPED_COLUMN")
    assert "“高学历教师数”、“骨干教师数”像是“教师配备”的列" in beside and "缺少 “专任教师数”" in beside
    assert "“备注”" in remark


@pytest.mark.parametrize(
    ("heading", "cell", "is_part"),
    [
        ("班级", "1班", True), ("班级", "一年级1班", True), ("年级", "一年级", True), ("年级", "2024级", True),
        ("班级", 10, False), ("班级", "", False), ("班级", "合计", False), ("年级", "全校", False), ("班级", "所有班", False),
    ],
)  # fmt: skip
def test_the_pupils_of_one_class_are_not_those_of_the_school(heading: str, cell: Any, is_part: bool) -> None:
    parsed = read([*KEYS, heading, "在校生数"], [*SCHOOL, cell, 43])
    (sheet,) = parsed.sheets
    assert sheet.columns["has_fault"] == [is_part]
    assert len(findings(parsed, "TOLD_APART_BY_UNREAD_COLUMN")) == is_part


def cell_of(column: Column) -> Any:
    """A value that fits a column."""
    if column.type == "code":
        return "510107" if column.name == "district_code" else CODE
    if column.type == "choice":
        return next(iter(column.choices))
    return {"date": "2024-09-01", "month": "2024-09", "text": "文"}.get(column.type, 12)


def lacking(feed: Feed) -> Column:
    """The last required column of a feed that is no key, or the last key."""
    required = [c for c in feed.columns if c.is_in_every_form]
    return next((c for c in reversed(required) if c.name not in feed.key_columns), required[-1])


def columns_of(feed: Feed) -> list[Column]:
    return [c for c in feed.columns if c.is_in_every_form or any(c.name in group for group in feed.one_of)]


@pytest.mark.parametrize("form", sorted(load_feeds()))
def test_no_form_that_lacks_a_column_is_taken_for_another_by_that_ones_words(form: str) -> None:
    feed = load_feeds()[form]
    lost = lacking(feed)
    own = [c for c in columns_of(feed) if c is not lost]
    figures = [c.heading_zh for c in own if c.is_number and c.name not in feed.key_columns]
    for other in load_feeds().values():
        known = {c.heading_zh for c in own}
        added = [c for c in columns_of(other) if c.heading_zh not in known]
        if other is feed or len(added) != 1 or added[0].heading_zh == lost.heading_zh:
            continue
        foreign = {
            h
            for f in load_feeds().values()
            for c in f.columns
            if c.name == added[0].name
            for h in c.headings()
        }
        for word in sorted(foreign):
            columns = [*own, added[0]]
            head = [*(c.heading_zh for c in own), word]
            parsed = read(head, [cell_of(c) for c in columns])
            taken = {s.feed for s in parsed.sheets if s.status == "accepted"} - {form}
            told = "".join(findings(parsed, "UNMAPPED_COLUMN"))
            unread = [text for text in figures if text not in _read_headings(parsed, head)]
            assert not taken or len(unread) < 2 or f"像是“{feed.name_zh}”的列" in told, (head, taken, told)
            assert not findings(parsed, "ASSUMED_HEADING") or not unread, (head, taken)


def _read_headings(parsed: ParsedFile, head: list[str]) -> set[str]:
    letters = {letter for s in parsed.sheets for m in s.column_maps for letter in m.values()}
    return {text for j, text in enumerate(head) if chr(ord("A") + j) in letters}


@pytest.mark.parametrize("form", sorted(load_feeds()))
def test_a_form_that_lacks_one_column_is_named_as_itself(form: str) -> None:
    feed = load_feeds()[form]
    own = [c for c in columns_of(feed) if c is not lacking(feed)]
    parsed = read([c.heading_zh for c in own], [cell_of(c) for c in own])
    if not parsed.sheets:
        (told,) = findings(parsed, "MISSING_COLUMN")
        assert f"像是“{feed.name_zh}”" in told, told
