"""A table of something else beside a return: the return is read as if it stood alone, or both cells are named."""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import Any

import pytest

from dagster_project.intake.feeds import Column, Feed, load_feeds
from dagster_project.intake.files.grid import Grid, column_letter
from dagster_project.intake.parse.parsed import ParsedFile, ParsedSheet
from dagster_project.intake.parse.sheets import parse_grids

YEAR = 2024
CODES = ("2150000001", "2150000002")
HEADS = ["学校标识码", "学校名称", "学段", "在校生数", "班级数"]
ROWS = [[CODES[0], "云台小学", "小学", 300, 8], [CODES[1], "东镇小学", "小学", 90, 6]]
CANTEENS = [
    ["学校名称", "食堂面积", "就餐人数"],
    ["东镇小学", 80, 85],
    ["云台小学", 200, 280],
    ["西镇小学", 100, 90],
]
#: A value of each type that its column takes.
VALUES = {"district": "500115", "count": 4, "area": 50.5, "money": 3000, "decimal": 1, "year": 2020,
          "date": dt.date(2024, 10, 8), "month": "2024-10", "text": "云台小学"}  # fmt: skip


def read(rows: list[list[Any]]) -> ParsedFile:
    return parse_grids([Grid("表", rows)], YEAR, [])


def beside(left: list[list[Any]], right: list[list[Any]], gap: int = 0) -> list[list[Any]]:
    """Two tables whose headings stand in one row."""
    height = max(len(left), len(right))
    filled = [[*t, *[[""] * len(t[0])] * (height - len(t))] for t in (left, right)]
    return [[*a, *[""] * gap, *b] for a, b in zip(*filled, strict=True)]


def sample(feed: Feed) -> list[list[Any]]:
    """A return with two rows and the columns of every form, a school's name if the feed has one, one of each group."""
    one_of = {name for group in feed.one_of for name in group}
    columns = [c for c in feed.columns if c.required or c.name in {"school_name", *feed.essential, *one_of}]

    def value(column: Column, row: int) -> Any:
        if column.choices:
            return next(iter(column.choices))
        if column.name in ("school_code", "district_code"):
            return CODES[row] if column.type == "code" else "500115"
        if column.name in feed.grain and column.type in ("text", "count"):
            return row + 1
        return VALUES.get(column.type, CODES[0])

    return [[c.heading_zh for c in columns], *([value(c, i) for c in columns] for i in range(2))]


def naming_heading(feed: Feed) -> str:
    """Heading by which a table of something else may name its rows, too."""
    names = [
        c for c in feed.columns if c.name == "school_name" or (c.name in feed.grain[1:] and c.type == "text")
    ]
    return names[0].heading_zh if names else ""


FEEDS = [feed for feed in load_feeds().values() if naming_heading(feed)]


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.feed)
def test_a_table_of_something_else_that_names_schools_takes_nothing_from_the_return(feed: Feed) -> None:
    alone = sample(feed)
    (wanted,) = read(alone).sheets
    assert wanted.status == "accepted" and wanted.rows_read > wanted.rows_dropped
    other = [
        [naming_heading(feed), "供餐单位", "就餐餐次"],
        *(["乙", "甲公司", 3], ["丙", "乙公司", 2], ["丁", "丙公司", 1]),
    ]
    width = len(alone[0])
    for is_behind, gap in product((True, False), (0, 1)):
        rows = beside(alone, other, gap) if is_behind else beside(other, alone, gap)
        found = read(rows)
        (sheet,) = found.sheets
        told = [p for p in sheet.problems if "旁边另一张表" in p.message_zh]
        cell = f"{column_letter(width + gap + 1)}1" if is_behind else "A1"
        assert [(p.rule_code, p.severity, p.cell) for p in told] == [("UNMAPPED_COLUMN", "warn", cell)]
        assert "供餐单位" in told[0].message_zh
        moved = 0 if is_behind else 3 + gap
        assert content(sheet, told) == content(wanted, [], moved), (is_behind, gap)


def content(sheet: ParsedSheet, besides: list[Any], moved: int = 0) -> Any:
    """What was read of a sheet, with the places of its columns and its findings, as many columns further right."""
    letters = {n: column_letter(1 + moved + ord(v) - 65) for n, v in sheet.column_maps[0].items()} if moved else sheet.column_maps[0]  # fmt: skip
    findings = [p.rule_code for p in sheet.problems if p not in besides]
    return sheet.status, sheet.columns, sheet.rows_read, sheet.rows_dropped, letters, findings


@pytest.mark.parametrize("is_behind", [True, False])
def test_titles_over_both_and_over_each_table_are_no_part_of_the_heading(is_behind: bool) -> None:
    pair = ([HEADS, *ROWS], CANTEENS) if is_behind else (CANTEENS, [HEADS, *ROWS])
    rows = beside(*pair)
    first = len(pair[0][0])
    for above in (
        [["云台区2024年在校生及食堂情况"]],
        [["在校生", *[""] * (first - 1), "食堂"]] if is_behind else [["食堂", *[""] * (first - 1), "在校生"]],
    ):
        (sheet,) = read([*above, *rows]).sheets
        assert (sheet.status, sheet.columns["students"]) == ("accepted", [300, 90])
        assert sheet.columns["school_name"] == ["云台小学", "东镇小学"]


@pytest.mark.parametrize(
    ("other", "cells"),
    [
        # a figure of the return, too: it may be the right one
        ([["学校名称", "在校生数", "食堂面积"], ["云台小学", 301, 200]], {("B1", "F1"), ("D1", "G1")}),
        # nothing that would make it a table of something else
        ([["学校名称"], ["云台小学"]], {("B1", "F1")}),
        # a column of the return that stands only there
        ([["学校名称", "招生数", "食堂面积"], ["云台小学", 50, 200]], {("B1", "F1")}),
    ],
)
def test_what_cant_be_told_apart_names_both_cells_and_what_to_do(
    other: list[list[Any]], cells: set[tuple[str, str]]
) -> None:
    (sheet,) = read(beside([HEADS, *ROWS], other)).sheets
    assert sheet.status == "rejected"
    refused = [p for p in sheet.problems if p.rule_code == "DUPLICATE_COLUMN"]
    assert {p.cell for p in refused} == {again for _, again in cells}
    for first, again in cells:
        (finding,) = [p for p in refused if p.cell == again]
        assert f"（{first} 和 {again}）" in finding.message_zh
        assert "请只保留一列" in finding.message_zh and "另一张工作表" in finding.message_zh


def test_the_heading_of_two_rows_is_cut_as_a_whole() -> None:
    rows = beside([HEADS, *ROWS], CANTEENS)
    above = ["", "", "", "在校情况", "", "", "食堂", ""]
    (sheet,) = read([above, *rows]).sheets
    assert (sheet.status, sheet.columns["students"]) == ("accepted", [300, 90])
