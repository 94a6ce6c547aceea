"""Tables side by side under one column of codes: each is read as if it had the codes to itself, or the sheet is refused."""

from __future__ import annotations

import random
from typing import Any

import pytest

from dagster_project.intake.files.grid import Grid, column_letter
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.parse.sheets import parse_grids
from tests.intake.test_dressed_workbooks import YEAR, Row, Table, classes, enrolment, stops, values_of

A, B = "2150000001", "2150000002"
SHARED = ["学校标识码", "学校名称", "学段"]
GROUP = ["年级", "班级", "学生数"]


def read(rows: list[Row]) -> ParsedFile:
    return parse_grids([Grid("表", rows)], YEAR, [])


def beside(table: Table, shared: int, count: int, chance: random.Random) -> list[Row]:
    """The table's rows dealt out to groups of columns, each school's rows under its own code, with lines and totals."""
    head, *rows = table.plain()
    owners: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        owners.setdefault(tuple(row[:shared]), []).append(row[shared:])
    gap = [""] * chance.randint(0, 1)
    laid: list[Row] = [["云台区学生统计"], head[:shared] + (head[shared:] + gap) * count]
    sums = [0] * count
    for owner, parts in owners.items():
        dealt = [parts[k::count] for k in range(count)]
        for i in range(max(map(len, dealt))):
            line: Row = list(owner)
            for k, own in enumerate(dealt):
                blank = [""] * (len(head) - shared)
                line += (own[i] if i < len(own) else blank) + gap
                sums[k] += own[i][-1] if i < len(own) else 0
            laid.append(line)
    if chance.random() < 0.5:
        total: Row = ["合计", *[""] * (shared - 1)]
        for own_sum in sums:
            total += [*[""] * (len(head) - shared - 1), own_sum, *gap]
        laid.append(total)
    return [*laid, ["校长签字：李某"]]


@pytest.mark.parametrize("seed", range(60))
def test_rows_dealt_out_to_groups_of_columns_are_all_read_at_their_own_school(seed: int) -> None:
    chance = random.Random(seed)
    table = classes(chance, 1)
    found = read(beside(table, 3, chance.randint(2, 4), chance))
    assert not stops(found)
    assert values_of(found) == values_of(read(table.plain()))


def test_stages_beside_each_other_are_each_a_row() -> None:
    head = ["学校标识码", "学校名称", *["学段", "在校生数", "班级数"] * 3]
    rows = [[A, "云台学校", "小学", 300, 8, "初中", 200, 5, "高中", 150, 3], [B, "东镇小学", "小学", 90, 6]]
    (sheet,) = read([head, *rows]).sheets
    assert sorted(zip(sheet.columns["school_code"], sheet.columns["students"], strict=True)) == [
        (A, 150), (A, 200), (A, 300), (B, 90),
    ]  # fmt: skip
    assert [m["students"] for m in sheet.column_maps] == ["D", "G", "J"]


def test_a_wrong_total_of_one_group_names_its_own_cell() -> None:
    rows: list[Row] = [[*SHARED, *GROUP, *GROUP], [A, "云台小学", "小学", 1, "1班", 40, 2, "1班", 41]]
    found = read([*rows, ["合计", "", "", "", "", 40, "", "", 42]])
    assert [p.cell for s in found.sheets for p in s.problems if p.rule_code == "TOTAL_MISMATCH"] == ["I3"]


def test_columns_outside_the_feed_are_each_told_once() -> None:
    rows: list[Row] = [[*SHARED, *GROUP, "备注", *GROUP, "备注"]]
    rows.append([A, "云台小学", "小学", 1, "1班", 40, "新", 2, "1班", 41, "旧"])
    (sheet,) = read(rows).sheets
    assert [p.cell for p in sheet.problems if p.rule_code == "UNMAPPED_COLUMN"] == ["G1", "K1"]


@pytest.mark.parametrize(
    "groups",
    [
        ["年级", "班级", "学生数", "学生数"],
        ["年级", "班级", "学生数", "年级", "学生数", "班级"],
        ["年级", "班级", "学生数", "班级", "学生数", "班级", "年级"],
        ["班级", "学生数", "班级", "学生数", "年级"],
    ],
)
def test_groups_that_differ_are_asked_about(groups: list[str]) -> None:
    values = {"年级": 1, "班级": "1班", "学生数": 40}
    found = read([[*SHARED, *groups], [A, "云台小学", "小学", *(values[g] for g in groups)]])
    refused = [p for s in found.sheets for p in s.problems if p.severity == "reject_file"]
    # each heading that has occurred before, at its own cell
    again = [f"{column_letter(4 + i)}1" for i, heading in enumerate(groups) if heading in groups[:i]]
    assert [(p.rule_code, p.cell) for p in refused] == [("DUPLICATE_COLUMN", cell) for cell in again]


def test_a_figure_given_twice_without_a_key_of_its_own_is_asked_about() -> None:
    table = enrolment(random.Random(1), 1)
    head, *rows = table.plain()
    found = read([[*head, *head[3:]], *([*row, *row[3:]] for row in rows)])
    assert any("DUPLICATE_COLUMN" in s for s in stops(found))


@pytest.mark.parametrize(
    ("labels", "is_read"),
    [
        (["一年级", "二年级"], True), (["2024学年", "2024学年"], True), (["学生情况", "学生情况"], True),
        (["2024年", "2023年"], False), (["男生", "女生"], False), (["东校区", "西校区"], False), (["", "2023年"], False),
        (["上学期", "下学期"], False),
    ],
)  # fmt: skip
def test_what_stands_above_the_groups_must_leave_their_figures_what_they_are(
    labels: list[str], is_read: bool
) -> None:
    above: Row = ["", "", "", labels[0], "", "", labels[1], "", ""]
    rows: list[Row] = [above, [*SHARED, *GROUP, *GROUP], [A, "云台小学", "小学", 1, "1班", 40, 2, "1班", 41]]
    merges = [(1, 4, 1, 6), (1, 7, 1, 9)]
    for own_merges in ([], merges):
        found = parse_grids([Grid("表", [list(r) for r in rows], merges=own_merges)], YEAR, [])
        assert (not stops(found)) == is_read, (labels, own_merges)


def test_a_class_that_stands_in_two_groups_is_asked_about() -> None:
    rows: list[Row] = [[*SHARED, *GROUP, *GROUP], [A, "云台小学", "小学", 1, "1班", 40, 1, "1班", 40]]
    (sheet,) = read(rows).sheets
    assert sheet.columns["has_fault"] == [True, True]
    assert {p.rule_code for p in sheet.problems} == {"TOLD_APART_BY_UNREAD_COLUMN"}
