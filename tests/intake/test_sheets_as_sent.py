"""Sheets as schools write them: what is stated beside the figures is obeyed, and nothing else is read for them."""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.parse.sheet_words import units_stated
from dagster_project.intake.parse.sheets import parse_grids

YEAR = 2024
Row = list[Any]
EAST: Row = ["2150000001", "东镇小学", "小学"]
WEST: Row = ["2150000002", "西镇小学", "小学"]
WHO: Row = ["学校标识码", "学校名称", "学段"]
PUPILS: Row = [*WHO, "在校生数"]
CLASSES: Row = [*WHO, "年级", "班级", "学生数"]
AREAS: Row = ["学校标识码", "教学及辅助用房面积", "室内体育用房面积", "运动场地面积", "教学仪器设备值",
              "网络多媒体教室数", "图书(册)", "计算机(台)"]  # fmt: skip
AREA: Row = ["2150000001", 1800, 200, 2600, 755000, 9, 9000, 40]


def read(
    rows: list[Row], merges: list[tuple[int, int, int, int]] | None = None, sheet: str = "表"
) -> ParsedFile:
    return parse_grids([Grid(sheet, rows, merges=merges or [])], YEAR, [])


def column(parsed: ParsedFile, name: str) -> list[Any]:
    """Values of a column that can be used, over all sheets."""
    return [
        value
        for s in parsed.sheets
        if s.status == "accepted"
        for value, has_fault in zip(s.columns.get(name, []), s.columns.get("has_fault", []), strict=True)
        if not has_fault
    ]


def problems(parsed: ParsedFile) -> list[Problem]:
    return [*parsed.problems, *(p for s in parsed.sheets for p in s.problems)]


def codes(parsed: ParsedFile, *severities: str) -> set[str]:
    """Rules of the findings, without notes unless they are asked for."""
    return {
        p.rule_code
        for p in problems(parsed)
        if p.severity in severities or (not severities and p.severity != "note")
    }


@pytest.mark.parametrize(
    "line",
    ["单位 元", "金额：元", "本表以元为单位", "单位（元）", "（金额单位：元）", "货币单位：元", "注：设备值以元计", "元", "（元）",
     "表中金额单位为元", "说明：本表金额均为元。", "单位：元  填表人：李某", "填报单位：东镇小学    单位：元", "单 位 ： 元",
     "币种：人民币  单位：元", "單位：元", "计量单位：平方米、元", "单位：元（保留两位小数）", "金额按元填写"],
)  # fmt: skip
@pytest.mark.parametrize("place", ["above", "right", "below"])
def test_a_unit_stated_for_the_table_is_obeyed_however_and_wherever_it_is_written(
    line: str, place: str
) -> None:
    rows = {
        "above": [["学校情况表"], [line], AREAS, AREA],
        "right": [["学校情况表", *[""] * 6, line], AREAS, AREA],
        "below": [AREAS, AREA, [], [line]],
    }[place]
    parsed = read(rows)
    assert column(parsed, "equipment_10k_yuan") == [75.5]
    assert codes(parsed, "note") >= {"UNIT_CONVERTED"} and not codes(parsed)


@pytest.mark.parametrize(
    "line",
    ["填报单位：元坝小学", "每亩造价另报", "资助标准1000元", "单位：元/生", "精确到元", "不足1元的按1元计", "单位负责人：元某",
     "公用经费不低于720元/生", "填报单位（盖章）：百元小学", "单位：美元", "单位：东镇小学，元月填报"],
)  # fmt: skip
def test_a_word_like_a_unit_states_none(line: str) -> None:
    assert units_stated(line) == []


def test_two_units_for_one_table_are_asked_about() -> None:
    parsed = read([["单位：元"], AREAS, AREA, ["注：金额单位为万元"]])
    assert codes(parsed) == {"UNITS_CONTRADICT"} and column(parsed, "equipment_10k_yuan") == []


def test_a_row_of_units_with_a_label_and_a_group_with_a_unit_are_obeyed() -> None:
    labelled = read([AREAS, ["计量单位", "平方米", "平方米", "㎡", "元", "间", "册", "台"], AREA])
    assert column(labelled, "equipment_10k_yuan") == [75.5]
    group: Row = [AREAS[0], "面积（亩）", "", "", *AREAS[4:]]
    sub: Row = ["", *AREAS[1:4], "", "", "", ""]
    grouped = read([group, sub, ["2150000001", 3, 0.3, 6, 75, 9, 9000, 40]], [(1, 2, 1, 4)])
    assert [round(v) for v in column(grouped, "sports_ground_area_m2")] == [4000]
    assert column(grouped, "equipment_10k_yuan") == [75]


def test_a_second_table_keeps_the_unit_of_the_sheet_unless_its_own_head_or_line_states_another() -> None:
    west: Row = ["2150000002", *AREA[1:]]
    own_head = [*AREAS[:4], "教学仪器设备值（元）", *AREAS[5:]]
    same = read([["单位：元"], AREAS, AREA, [], ["西片"], AREAS, west])
    head = read([AREAS, [*AREA[:4], 75.5, *AREA[5:]], own_head, west])
    line = read([AREAS, [*AREA[:4], 75.5, *AREA[5:]], [], ["单位：元"], AREAS, west])
    for parsed in (same, head, line):
        assert column(parsed, "equipment_10k_yuan") == [75.5, 75.5] and not codes(parsed)


@pytest.mark.parametrize("group", ["随迁子女", "其中：寄宿生", "2022学年", "附设幼儿班", "女生", "上年同期"])
def test_a_heading_under_a_group_of_its_own_is_not_the_whole(group: str) -> None:
    alone = read([[*WHO, group, ""], ["", "", "", "在校生数", "班级数"], [*EAST, 40, 2]], [(1, 4, 1, 5)])
    assert codes(alone, "reject_file") == {"NARROWED_HEADING"} and column(alone, "students") == []
    top: Row = [*WHO, "在校学生情况", "", group, ""]
    sub: Row = ["", "", "", "在校生数", "班级数", "在校生数", "班级数"]
    beside = read([top, sub, [*EAST, 500, 12, 40, 2]], [(1, 4, 1, 5), (1, 6, 1, 7)])
    before = read(
        [[*WHO, group, "", "在校学生情况", ""], sub, [*EAST, 40, 2, 500, 12]], [(1, 4, 1, 5), (1, 6, 1, 7)]
    )
    for parsed in (beside, before):
        assert column(parsed, "students") == [500] and column(parsed, "classes") == [12]
        assert not codes(parsed, "reject_file", "quarantine_row")


@pytest.mark.parametrize(
    "group", ["学生情况", "办学规模", "在校学生（人）", "2024学年", "一、基本数据", "填报项目", "本学年"]
)
@pytest.mark.parametrize("is_merged", [True, False])
def test_a_group_that_says_nothing_of_its_own_changes_nothing(group: str, is_merged: bool) -> None:
    rows: list[Row] = [[*WHO, group, ""], ["", "", "", "在校生数", "班级数"], [*EAST, 400, 12]]
    parsed = read(rows, [(1, 4, 1, 5)] if is_merged else [])
    assert column(parsed, "students") == [400] and column(parsed, "classes") == [12] and not codes(parsed)


@pytest.mark.parametrize("title", ["2024学年随迁子女情况统计表", "寄宿生在校统计", "残疾学生名册"])
def test_a_title_that_names_a_part_is_asked_about_and_one_that_includes_it_is_not(title: str) -> None:
    for parsed in (read([[title], PUPILS, [*EAST, 40]]), read([PUPILS, [*EAST, 40]], sheet=title)):
        assert codes(parsed) == {"NARROWED_HEADING"} and column(parsed, "students") == []
    whole = read([["2024学年在校生统计表（含随迁子女）"], PUPILS, [*EAST, 400]])
    assert column(whole, "students") == [400] and not codes(whole)


@pytest.mark.parametrize(
    "sub", [["", ""], [2023, 2024], ["(1)", "(2)"], ["甲", "乙"], ["期初", "期末"], ["1月", "9月"]]
)
def test_a_merged_heading_over_two_filled_columns_is_asked_about(sub: Row) -> None:
    rows: list[Row] = [[*WHO, "年级", "班级", "学生数", ""]]
    if any(sub):
        rows.append([*[""] * 5, *sub])
    parsed = read([*rows, [*EAST, 1, "1班", 40, 44]], [(1, 6, 1, 7)])
    assert "SPANNING_HEADING" in codes(parsed, "reject_file") and column(parsed, "students") == []


def test_a_repeated_head_whose_sub_heads_stand_otherwise_is_read_by_its_own() -> None:
    rows: list[Row] = [
        [*CLASSES, "", ""], [*[""] * 5, "男", "女", "合计"], [*EAST, 1, "1班", 20, 21, 41],
        [*CLASSES, "", ""], [*[""] * 5, "合计", "男", "女"], [*EAST, 1, "2班", 50, 26, 24],
    ]  # fmt: skip
    parsed = read(rows, [(1, 6, 1, 8), (4, 6, 4, 8)])
    assert column(parsed, "students") == [41, 50] and not codes(parsed)


@pytest.mark.parametrize("first", ["学校标识码", "单位", "学校"])
def test_a_second_table_with_an_unknown_head_is_not_read_by_the_head_above(first: str) -> None:
    unknown: Row = [first, "食堂面积", "宿舍面积", "厕所数", "绿地面积", "停车位数", "大门数", "围墙长度"]
    parsed = read([AREAS, [*AREA[:4], 75, *AREA[5:]], [], unknown, ["2150000002", 1, 2, 3, 4, 5, 6, 7]])
    assert column(parsed, "school_code") == ["2150000001"] and codes(parsed) == {"UNRECOGNISED_SHEET"}


def test_a_table_with_an_unknown_head_above_a_known_one_is_listed() -> None:
    parsed = read([["学校标识码", "食堂面积"], ["2150000002", 1, 2], [], PUPILS, [*EAST, 400]])
    assert column(parsed, "students") == [400] and codes(parsed) == {"UNRECOGNISED_SHEET"}


@pytest.mark.parametrize("order", [(2024, 2023), (2023, 2024)])
def test_of_blocks_of_two_years_only_that_of_the_folder_is_read(order: tuple[int, int]) -> None:
    rows: list[Row] = []
    for year in order:
        rows += [[f"{year}学年"], PUPILS, [*EAST, year - 1600]]
    parsed = read(rows)
    assert column(parsed, "students") == [424] and codes(parsed) == {"OTHER_YEAR_ROWS"}


def test_of_rows_of_two_years_only_those_of_the_folder_are_read() -> None:
    rows: list[Row] = [
        [*PUPILS, "学年"],
        [*EAST, 400, "2024-2025"],
        [*EAST, 390, "2023学年"],
        [*WEST, 200, 2023],
    ]
    parsed = read(rows)
    assert column(parsed, "students") == [400] and codes(parsed) == {"OTHER_YEAR_ROWS"}


@pytest.mark.parametrize(
    "name",
    [
        "2023在校生",
        "2023秋",
        "2023年9月",
        "2024春",
        "2024年3月",
        "二〇二三",
        "2023.9",
        "在校生（2023学年）",
        "202309",
    ],
)
def test_a_sheet_named_after_another_year_is_refused(name: str) -> None:
    assert codes(read([PUPILS, [*EAST, 400]], sheet=name)) == {"WRONG_YEAR"}


@pytest.mark.parametrize(
    "name",
    [
        "2024在校生",
        "2024秋",
        "2025年3月",
        "2025春",
        "二〇二四",
        "2021-2024",
        "附2019年版表式",
        "Sheet2023",
    ],
)
def test_a_sheet_named_after_its_year_or_after_none_is_read(name: str) -> None:
    parsed = read([PUPILS, [*EAST, 400]], sheet=name)
    assert column(parsed, "students") == [400] and not codes(parsed)


@pytest.mark.parametrize(
    "title",
    ["二〇二三学年", "2023年下半年", "2024年上半年", "23-24学年", "二○二三至二○二四学年", "统计时间：2023年9月", "数据年份：2023",
     "2023 ─ 2024 学年", "2023、2024学年度", "截至2024年6月", "Sept 2023", "March 2024", "贰零贰叁年", "贰零贰叁学年",
     "2023年9月—2024年6月", "统计时间：2023年9月至2024年8月", "2023年9月至2024年8月在校生统计表", "在校生统计表（2023.9-2024.6）"],
)  # fmt: skip
def test_a_title_of_another_year_is_refused(title: str) -> None:
    assert codes(read([[title], PUPILS, [*EAST, 400]])) == {"WRONG_YEAR"}


@pytest.mark.parametrize(
    "title",
    [
        "二〇二四学年",
        "2025年上半年",
        "24-25学年",
        "统计时间：2024年9月",
        "填报时间：2026年10月8日",
        "2025年春季学期",
        "Sept 2024",
        "maybe 2023",
        "贰零贰肆年",
        "2024年9月—2025年6月",
        "2024年9月至2025年8月在校生统计表",
        "2021年9月—2024年6月",
        "2023年1月—2023年12月",
        "根据2023年9月至2024年6月的通知",
    ],
)
def test_a_title_of_its_year_is_read(title: str) -> None:
    parsed = read([[title], PUPILS, [*EAST, 400]])
    assert column(parsed, "students") == [400] and not codes(parsed)


EQUAL: Row = [*EAST, 1, "1班", 40]
OTHER_NAME: Row = ["2150000001", "东镇小学西校区", "小学", 1, "1班", 40]


@pytest.mark.parametrize(
    "rows",
    [
        [CLASSES, ["东校区"], EQUAL, ["西校区"], EQUAL],
        [CLASSES, EQUAL, ["西校区"], EQUAL],
        [["东校区"], CLASSES, EQUAL, [], ["西校区"], CLASSES, EQUAL],
        [CLASSES, [*EQUAL, "东"], [*EQUAL, "西"]],
        [[*CLASSES, "备注"], [*EQUAL, "东校区"], [*EQUAL, "西校区"]],
        [[*CLASSES, "校区"], [*EQUAL, "东校区"], [*EQUAL, ""]],
        [CLASSES, EQUAL, OTHER_NAME],
    ],
    ids=["sections", "one section", "blocks", "unnamed column", "remarks", "campus", "name"],
)
def test_equal_rows_that_something_tells_apart_are_asked_about(rows: list[Row]) -> None:
    parsed = read(rows)
    assert column(parsed, "students") == []
    assert codes(parsed, "quarantine_row") == {"TOLD_APART_BY_UNREAD_COLUMN"}


@pytest.mark.parametrize(
    "rows",
    [
        [CLASSES, EQUAL, EQUAL],
        [["序号", *CLASSES], [1, *EQUAL], [2, *EQUAL]],
        [CLASSES, EQUAL, ["第2页"], EQUAL],
    ],
)
def test_rows_that_nothing_tells_apart_stay_repetitions(rows: list[Row]) -> None:
    parsed = read(rows)
    assert column(parsed, "students") == [40, 40] and not codes(parsed)


def test_codes_written_only_where_they_change_are_filled_down() -> None:
    rows: list[Row] = [
        CLASSES, [*EAST, 1, "1班", 40], ["", "", "", "", "2班", 41], ["", "", "", 2, "1班", 42], ["教导处"],
        [*WEST, 1, "1班", 43], ["", "", "", "", "2班", 44], ["合计", "", "", "", "", 210],
    ]  # fmt: skip
    parsed = read(rows)
    assert column(parsed, "school_code") == ["2150000001"] * 3 + ["2150000002"] * 2
    assert column(parsed, "grade") == ["1", "1", "2", "1", "1"]
    assert codes(parsed, "note") >= {"FILLED_DOWN"} and not codes(parsed)


@pytest.mark.parametrize(
    "rows",
    [
        [CLASSES, [*EAST, 1, "1班", 40], [*EAST, 1, "2班", 41], ["", "", "小学", 2, "1班", 42]],
        [CLASSES, [*EAST, 1, "1班", 40], ["", "西镇小学", "小学", 2, "1班", 42]],
        [[*WHO[:1], *CLASSES[2:]], ["2150000001", "小学", 1, "1班", 40], ["", "小学", 2, "1班", 42]],
    ],
    ids=["codes are repeated elsewhere", "another name", "no names"],
)
def test_a_code_that_may_have_been_forgotten_is_not_filled_down(rows: list[Row]) -> None:
    parsed = read(rows)
    assert "KEY_BLANK" in codes(parsed, "quarantine_row")
    assert 42 not in column(parsed, "students")


def test_totals_above_their_rows_agree_with_them() -> None:
    rows: list[Row] = [
        CLASSES, ["合计", "", "", "", "", 81], [*EAST, 1, "1班", 40], [*EAST, 1, "2班", 41],
        ["合计", "", "", "", "", 43], [*WEST, 1, "1班", 43],
    ]  # fmt: skip
    assert column(read(rows), "students") == [40, 41, 43]
    rows[1] = ["合计", "", "", "", "", 82]
    assert codes(read(rows)) == {"TOTAL_MISMATCH"}


def test_a_total_of_all_pages_agrees_though_each_page_has_its_own_title() -> None:
    rows: list[Row] = [
        ["2024学年"],
        PUPILS,
        [*EAST, 400],
        ["单位：人"],
        PUPILS,
        [*WEST, 200],
        ["合计", "", "", 600],
    ]
    assert column(read(rows), "students") == [400, 200] and not codes(read(rows))


@pytest.mark.parametrize("shift", [0, 1, 2])
@pytest.mark.parametrize("gap", [0, 1])
def test_tables_beside_each_other_are_read_though_the_code_is_not_first(shift: int, gap: int) -> None:
    head: Row = ["学校名称", "学校标识码", "学段", "在校生数"]
    left: list[Row] = [head, ["东镇小学", "2150000001", "小学", 400], ["中镇小学", "2150000003", "小学", 300]]
    right: list[Row] = [[""] * 4] * shift + [head, ["西镇小学", "2150000002", "小学", 200]]
    if shift and not gap:
        return  # without a gap the texts of one are those of the other
    rows = [
        [*(left[i] if i < len(left) else [""] * 4), *[""] * gap, *(right[i] if i < len(right) else [""] * 4)]
        for i in range(max(len(left), len(right)))
    ]
    parsed = read(rows)
    assert sorted(column(parsed, "students")) == [200, 300, 400] and not codes(parsed)


@pytest.mark.parametrize(
    "written",
    [
        "①{}",
        "A.{}",
        "（3）{}",
        "3.{}",
        "第3列：{}",
        "{}①",
        "★{}",
        "{}（必填）",
        "□{}",
        "3、{}",
        "{}。",
        "({})",
        "【{}】",
        "“{}”",
    ],
)
def test_marks_around_a_heading_do_not_change_it(written: str) -> None:
    parsed = read([[written.format(text) for text in PUPILS], [*EAST, 400]])
    assert column(parsed, "students") == [400] and not codes(parsed)


def test_headings_in_traditional_characters_are_read() -> None:
    parsed = read([["學校標識碼", "學校名稱", "學段", "在校生數"], [*EAST, 400]])
    assert column(parsed, "students") == [400] and not codes(parsed)


def test_every_word_for_a_part_that_a_feed_itself_counts_leaves_that_feed_alone() -> None:
    for feed in load_feeds().values():
        title: Row = [feed.name_zh]
        names = [c for c in feed.columns if c.required]
        parsed = read([title, [c.heading_zh for c in names]])
        assert "NARROWED_HEADING" not in codes(parsed), feed.feed


STAFF: Row = [
    *WHO,
    "专任教师数",
    "高于规定学历教师数",
    "县级以上骨干教师数",
    "体育专任教师数",
    "音乐专任教师数",
    "美术专任教师数",
]


@pytest.mark.parametrize("group", ["体育教师", "骨干教师", "音体美教师", "高学历教师"])
def test_a_group_of_one_kind_narrows_a_column_that_names_none(group: str) -> None:
    rows: list[Row] = [[*WHO, group, *[""] * 5], ["", "", "", *STAFF[3:]], [*EAST, 30, 20, 5, 2, 1, 1]]
    assert codes(read(rows, [(1, 4, 1, 9)]), "reject_file") == {"NARROWED_HEADING"}


@pytest.mark.parametrize(
    "group", ["体育艺术教师", "音体美教师", "体育、音乐、美术教师", "艺体教师配备", "其中"]
)
def test_a_group_of_the_kinds_that_its_columns_name_changes_nothing(group: str) -> None:
    rows: list[Row] = [
        [*STAFF[:6], group, "", ""], [*[""] * 6, *STAFF[6:]], [*EAST, 30, 20, 5, 2, 1, 1],
    ]  # fmt: skip
    parsed = read(rows, [(1, 7, 1, 9)])
    assert column(parsed, "pe_teachers") == [2] and not codes(parsed)


@pytest.mark.parametrize(
    "line",
    [
        "填报日期：2024年10月",
        "单位：人、个",
        "联系人：李某 电话：023",
        "（盖章）",
        "附件2",
        "表号：教基1021",
        "2024学年在校生统计",
        "学生信息",
    ],
)
def test_a_merged_line_above_the_head_is_no_group(line: str) -> None:
    rows: list[Row] = [["填报单位", "", "", line, ""], [*PUPILS, "班级数"], [*EAST, 400, 12]]
    parsed = read(rows, [(1, 1, 1, 3), (1, 4, 1, 5)])
    assert column(parsed, "students") == [400] and not codes(parsed)
    title: list[Row] = [["", "东镇小学上报", "", "", ""], *rows[1:]]
    assert column(read(title, [(1, 2, 1, 5)]), "students") == [400]
    part: list[Row] = [["学校", "", "", "随迁子女", ""], *rows[1:]]
    assert column(read(part, [(1, 1, 1, 3), (1, 4, 1, 5)]), "students") == []


@pytest.mark.parametrize(
    "name",
    [
        "2个班",
        "1、2班",
        "1班、2班",
        "1至3班",
        "1班和2班",
        "一年级合班",
        "1班（男）",
        "1班（上学期）",
        "最大班额",
        "女生",
        "班主任",
    ],
)
def test_a_row_that_is_no_single_class_is_asked_about(name: str) -> None:
    head = ["学校标识码", "学校名称", "学段", "年级", "班级", "学生数"]
    rows = [["2150000001", "东镇小学", "小学", 1, "3班", 45], ["2150000001", "东镇小学", "小学", 1, name, 89]]
    (sheet,) = parse_grids([Grid("表", [head, *rows])], 2023, []).sheets
    assert [p.rule_code for p in sheet.problems if p.severity == "quarantine_row"] == ["REFUSED_TEXT"]
    assert sheet.columns["has_fault"] == [False, True]


@pytest.mark.parametrize(
    "name",
    [
        "1班",
        "（2）班",
        "一（3）班",
        "2023级1班",
        "1-2",
        "和平班",
        "及第班",
        "向日葵班",
        "至善班",
        "小1班",
        "混合班",
        "融合班1",
        "初一2班",
        "46～50人",
        "46至50人",
    ],
)
def test_the_name_of_a_class_is_one(name: str) -> None:
    head = ["学校标识码", "学校名称", "学段", "年级", "班级", "学生数"]
    rows = [["2150000001", "东镇小学", "小学", 1, name, 45], ["2150000002", "西镇小学", "小学", 1, name, 44]]
    (sheet,) = parse_grids([Grid("表", [head, *rows])], 2023, []).sheets
    assert sheet.columns["has_fault"] == [False, False]


@pytest.mark.parametrize("unit", ["圆", "元人民币", "RMB", "yuan", "¥", "￥"])
def test_yuan_in_other_words_are_yuan(unit: str) -> None:
    head = ["学校标识码", "教学及辅助用房面积", "室内体育用房面积", "运动场地面积", f"教学仪器设备值（{unit}）", "网络多媒体教室数",
            "图书(册)", "计算机(台)"]  # fmt: skip
    (sheet,) = parse_grids(
        [Grid("表", [head, ["2150000001", 1800, 200, 2600, 755000, 9, 9000, 40]])], 2023, []
    ).sheets
    assert sheet.columns["equipment_10k_yuan"] == [75.5]


def test_the_notes_of_an_entry_workbook_are_known_without_the_name_of_their_sheet() -> None:
    notes: list[Row] = [
        ["填报说明"],
        ["1. 一表一页。"],
        ["在校生数"],
        ["学校标识码", "10 位"],
        ["在校生数", "人"],
    ]
    assert codes(read(notes)) == set()
    # a title alone takes no table away
    parsed = read([["填报说明"], PUPILS, [*EAST, 400]])
    assert column(parsed, "students") == [400]
