"""The same habits in other words, places and marks: a sound sheet gives its figures, a doubtful one is asked about."""

from __future__ import annotations

import pytest

from tests.intake.test_sheets_as_sent import (
    AREA,
    AREAS,
    CLASSES,
    EAST,
    PUPILS,
    WEST,
    WHO,
    Row,
    codes,
    column,
    read,
)

TWO: list[Row] = [[*EAST, 400], [*WEST, 200]]
MONEY = "equipment_10k_yuan"

NO_RECORDS = [
    "负责人（签章）", "分管领导：王某某　审核：李某某", "以下空白", "（此页无正文）", "※以上数据截至9月1日", "制表日期：2024年9月28日", "数据来源：学籍系统",
    "表号：教基 1021", "批准文号：国统制〔2024〕1号", "打印时间 2024-10-08 09:30", "第1页,共1页", "———以下为西片———", "谢谢配合！",
    "二〇二四年九月二十八日", "审核意见：同意上报", "经办 张三 电话 13800000000", "2024.9.28", "--- End of report ---", "1/1", "Ver 2.1",
    "甲乙双方", "***", "合计大写：陆佰", "以上共2所学校", "（转下页）", "备  注",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_RECORDS)
def test_a_line_in_any_words_is_no_record_wherever_it_stands(text: str) -> None:
    for place in (1, 2, 3):
        rows = [PUPILS, *TWO]
        rows.insert(place, [text])
        parsed = read(rows)
        assert column(parsed, "students") == [400, 200] and not codes(parsed), place


@pytest.mark.parametrize(
    "row",
    [
        ["负责人", "张三", "审核人", "李四"], ["code", "name", "stage", "students"], ["xxbsm", "xxmc", "xd", "zxs"],
        ["文本", "文本", "下拉", "整数"], ["10位", "全称", "见代码表", "≥0"], ["必填", "必填", "必填", "必填"], ["甲", "乙", "丙", "1"],
        ["①", "②", "③", "④"], [1, 2, 3, 4], ["(1)", "(2)", "(3)", "(4)=(5)+(6)"], ["例：5001000001", "××小学", "小学", 100],
        ["2150009999", "某某小学（示例）", "小学", 100], ["（填写样例）2150009999", "实验小学", "小学", 120], ["", "", "", 0],
        ["其中：女", "", "", 190], ["", "其中女", "", 190], ["", "", "其中女生", 190], ["2150000001", "其中：女生", "小学", 190],
        ["2150000001", "其中随迁子女", "小学", 19], ["学校代码", "2150000001", "学校名称", "东镇小学"],
    ],
)  # fmt: skip
def test_a_row_in_several_cells_that_is_no_record_costs_nothing(row: Row) -> None:
    parsed = read([PUPILS, row, *TWO])
    assert column(parsed, "students") == [400, 200] and not codes(parsed, "reject_file", "quarantine_row")


def test_rows_numbered_beforehand_are_blank() -> None:
    empty: list[Row] = [[3, "", "", "", ""], [4, "", "", "", 0]]
    parsed = read([["序号", *PUPILS], [1, *TWO[0]], [2, *TWO[1]], *empty])
    assert column(parsed, "students") == [400, 200] and not codes(parsed)


@pytest.mark.parametrize(
    "word",
    [
        "总人数",
        "全镇总计",
        "片区小计",
        "本表合计",
        "合计（2所）",
        "总计：",
        "累计数",
        "2所合计",
        "合 计 数",
        "共2所",
        "全区",
        "全镇",
        "以上合计",
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_total_by_any_name_in_any_text_column_is_no_record(word: str, place: int) -> None:
    total: Row = ["", "", "", 600]
    total[place] = word
    for rows in ([PUPILS, *TWO, total], [PUPILS, total, *TWO]):
        parsed = read(rows)
        assert column(parsed, "students") == [400, 200], rows
        assert not codes(parsed, "reject_file", "quarantine_row"), rows


@pytest.mark.parametrize(
    "heading",
    ["在校生人数", "在校生总数", "在校学生人数", "在校生数（单位：人）", "在校生数/人", "在 校 生 数", "在校\n生数", "4、在校生数", "（四）在校生数",
     "D 在校生数", "在校生数[人]", "在校生数（必填项）", "在校生数▲", "Ⅳ.在校生数", "在校生数【必填】", "在校生数 (Students)", "在校生数（合计）",
     "在校生数_人", "在校学生数合计", "在校人数", "在籍学生数", "全校学生数", "现有在校生数"],
)  # fmt: skip
def test_a_heading_within_its_synonyms_is_the_same_column(heading: str) -> None:
    parsed = read([[*WHO, heading], *TWO])
    assert column(parsed, "students") == [400, 200] and not codes(parsed)


@pytest.mark.parametrize(
    "heading",
    ["其中女生数", "女生在校生数", "随迁子女在校生数", "在校生数（女）", "寄宿生数", "上年在校生数", "2023年在校生数", "预计在校生数", "在校生数增减",
     "班均在校生数", "离校生数", "在校生数（不含送教上门）", "在校生数（去年）", "在校生数2023"],
)  # fmt: skip
def test_a_heading_of_another_figure_is_never_taken_for_the_whole(heading: str) -> None:
    alone = read([[*WHO, heading], *TWO])
    assert column(alone, "students") == [] and codes(alone)
    beside = read([[*WHO, heading, "在校生数"], [*EAST, 40, 400], [*WEST, 20, 200]])
    assert column(beside, "students") == [400, 200]


@pytest.mark.parametrize(
    ("levels", "whole"),
    [(["男", "女", "计"], 2), (["计", "男", "女"], 0), (["合  计", "其中：女"], 0), (["总计", "其中：女生", "其中：寄宿"], 0), (["走读", "寄宿", "总数"], 2),
     (["男", "女", "总人数"], 2), (["全校", "女"], 0), (["人数", "其中：女"], 0), (["合计（人）", "女（人）"], 0), (["男", "女", "合计数"], 2),
     (["总", "女"], 0)],
)  # fmt: skip
@pytest.mark.parametrize("is_merged", [True, False])
def test_under_a_heading_over_several_columns_the_whole_is_meant(
    levels: list[str], whole: int, is_merged: bool
) -> None:
    figures = [11, 12, 13][: len(levels)]
    figures[whole] = 400
    rows: list[Row] = [[*PUPILS, *[""] * (len(levels) - 1)], ["", "", "", *levels], [*EAST, *figures]]
    parsed = read(rows, [(1, 4, 1, 3 + len(levels))] if is_merged else [])
    assert column(parsed, "students") == [400] and not codes(parsed)


@pytest.mark.parametrize(
    "levels",
    [
        ["男", "女"],
        ["公办", "民办"],
        ["上年", "本年"],
        ["一年级", "二年级"],
        ["小学", "初中"],
        ["东校区", "西校区"],
        ["期初", "期末"],
    ],
)
@pytest.mark.parametrize("is_merged", [True, False])
def test_parts_without_a_whole_are_asked_about(levels: list[str], is_merged: bool) -> None:
    rows: list[Row] = [[*PUPILS, ""], ["", "", "", *levels], [*EAST, 40, 41]]
    parsed = read(rows, [(1, 4, 1, 5)] if is_merged else [])
    assert column(parsed, "students") == [] and codes(parsed, "reject_file")


@pytest.mark.parametrize(
    "title",
    ["东教发〔2023〕15号", "根据《2023年全国教育事业统计调查制度》", "2020年修订", "（2024年9月1日）", "2024/2025学年", "报表期别：2024", "学校创建于2003年",
     "与2023学年相比有变动的请说明", "十四五期间（2021—2025年）统计表", "2026年3月5日报送", "2024学年统计表（与2023学年对比）", "截至2025年8月31日",
     "统计时间：2024年1月1日至12月31日", "2024—2025学年第一学期期末（2025年1月）", "学校情况表（2021年修订版）"],
)  # fmt: skip
def test_a_title_that_states_no_other_year_changes_nothing(title: str) -> None:
    for rows in ([[title], PUPILS, *TWO], [["东镇"], ["", title], [], PUPILS, *TWO]):
        parsed = read(rows)
        assert column(parsed, "students") == [400, 200] and not codes(parsed)


@pytest.mark.parametrize(
    "cells",
    [["2022学年初学校规模统计表"], ["2023—2024学年在校生"], ["二〇二二年统计表"], ["年度：2022"], ["数据时间：2023.09"], ["２０２３学年"], ["2 0 2 3 学年"],
     ["学年", 2023.0], ["学年度：", "2023"], ["2023", "学年", "统计表"], [2023.0, "学年统计表"], ["在校生统计表（2023年）"], ["在校生统计表（2023—2024）"],
     ["2023年9月在校生统计表"], ["统计表", "", "2023年"], ["2025年度学校规模统计表"]],
)  # fmt: skip
def test_another_year_in_any_form_refuses_the_sheet(cells: Row) -> None:
    parsed = read([cells, PUPILS, *TWO])
    assert column(parsed, "students") == [] and codes(parsed) == {"WRONG_YEAR"}


def test_of_two_tables_beside_each_other_under_two_years_the_folders_is_read() -> None:
    rows: list[Row] = [
        ["2023学年", "", "", "", "", "2024学年"],
        [*PUPILS, "", *PUPILS],
        [*EAST, 390, "", *EAST, 400],
    ]
    parsed = read(rows)
    assert column(parsed, "students") == [400] and codes(parsed) == {"OTHER_YEAR_ROWS"}


@pytest.mark.parametrize("groups", [("2023学年", "2024学年"), ("2024年", "2023年"), ("上学年", "本学年")])
def test_of_columns_under_two_years_the_folders_are_read(groups: tuple[str, str]) -> None:
    own = next(k for k, g in enumerate(groups) if "2024" in g or g == "本学年")
    figures = [[390, 11], [390, 11]]
    figures[own] = [400, 12]
    rows: list[Row] = [
        [*WHO, groups[0], "", groups[1], ""], ["", "", "", *["在校生数", "班级数"] * 2], [*EAST, *figures[0], *figures[1]],
    ]  # fmt: skip
    parsed = read(rows, [(1, 4, 1, 5), (1, 6, 1, 7)])
    assert column(parsed, "students") == [400] and column(parsed, "classes") == [12]


@pytest.mark.parametrize(
    "heading",
    [
        "教学仪器设备值（元）",
        "教学仪器设备值(单位元)",
        "教学仪器设备值:元",
        "教学仪器设备值〔元〕",
        "教学仪器设备值\n元",
        "教学仪器设备值（填元）",
        "（教学仪器设备值/元）",
    ],
)
def test_yuan_at_the_heading_in_any_form_is_converted(heading: str) -> None:
    parsed = read([[*AREAS[:4], heading, *AREAS[5:]], AREA])
    assert column(parsed, MONEY) == [75.5] and not codes(parsed)


@pytest.mark.parametrize(
    "line",
    [
        "单位为“元”",
        "单位：RMB元",
        "除面积外单位均为元",
        "Unit: 元",
        "设备单位：元",
        "注：1.设备值按元填报",
        "（单位：元，㎡）",
    ],
)
def test_yuan_stated_for_the_table_in_any_words_is_converted(line: str) -> None:
    for rows in ([[line], AREAS, AREA], [AREAS, AREA, [line]], [["统计表", *[""] * 7, line], AREAS, AREA]):
        parsed = read(rows)
        assert column(parsed, MONEY) == [75.5] and not codes(parsed)


def test_a_row_of_units_above_the_headings_is_obeyed() -> None:
    parsed = read([["", "㎡", "㎡", "㎡", "元", "间", "册", "台"], AREAS, AREA])
    assert column(parsed, MONEY) == [75.5]


@pytest.mark.parametrize("unit", ["千册", "万册", "百册"])
def test_counts_in_hundreds_and_more_are_asked_about(unit: str) -> None:
    books: Row = ["2150000001", 1800, 200, 2600, 75.5, 9, 9, 40]
    at_heading = read([[*AREAS[:6], f"图书（{unit}）", AREAS[7]], books])
    stated = read([[f"单位：㎡、万元、{unit}、台"], AREAS, books])
    for parsed in (at_heading, stated):
        assert column(parsed, "books") == [] and codes(parsed, "reject_file")


SUMMARY: list[Row] = [["项目", "小学", "初中", "合计"], ["学校数", 2, 0, 2], ["学生数", 600, 0, 600]]


@pytest.mark.parametrize(
    "rows",
    [
        [*SUMMARY, [], PUPILS, *TWO],
        [PUPILS, *TWO, [], *SUMMARY],
        [PUPILS, *TWO, [], ["代码", "含义"], ["211", "小学"], ["311", "初中"]],
        [PUPILS, *TWO, [], ["学校标识码", "联系人", "电话"], ["2150000001", "张", "1"]],
        [[*PUPILS, "", "填写说明"], [*TWO[0], "", "1.请如实填写"], [*TWO[1], "", "2.请盖章"]],
        [[*PUPILS, "", "学校标识码", "学校名称"], [*TWO[0], "", "2150000003", "中镇小学"], [*TWO[1], "", "2150000004", "上镇小学"]],
        [["学校代码", "2150000001", "学校名称", "东镇小学"], [], PUPILS, *TWO],
        [PUPILS, TWO[0], ["第1页", "", "", "共2页"], PUPILS, TWO[1]],
        [PUPILS, TWO[0], ["*学校标识码", "*学校名称", "*学段", "*在校生数（人）"], TWO[1]],
        [PUPILS, TWO[0], [], ["在校生数", "学段", "学校名称", "学校标识码"], [200, "小学", "西镇小学", "2150000002"]],
        [[*PUPILS, "", "", "", "", ""], [*TWO[0], *[""] * 5], [*[""] * 5, *PUPILS], [*[""] * 5, *TWO[1]]],
    ],
)  # fmt: skip
def test_what_else_stands_on_the_sheet_costs_the_table_nothing(rows: list[Row]) -> None:
    assert column(read(rows), "students") == [400, 200]


@pytest.mark.parametrize("head", ["校区", "教学点", "年级组", "性质", "备注", "片区", "说明", "班主任", ""])
def test_a_column_of_any_name_tells_equal_rows_apart(head: str) -> None:
    equal: Row = [*EAST, 1, "1班", 40]
    parsed = read([[*CLASSES, head], [*equal, "甲"], [*equal, "乙"]])
    assert column(parsed, "students") == []
    assert codes(parsed, "quarantine_row") == {"TOLD_APART_BY_UNREAD_COLUMN"}


def test_a_blank_name_is_none_of_another_school() -> None:
    equal: Row = [*EAST, 1, "1班", 40]
    unnamed: Row = ["2150000001", "", "小学", 1, "1班", 40]
    parsed = read([CLASSES, equal, unnamed])
    assert column(parsed, "students") == [40, 40] and not codes(parsed)


REGISTER_HEADS = ("学校标识码", "学校名称", "区县代码", "所属镇街", "办学类型", "办学性质")


@pytest.mark.parametrize("own", ["办学性质", "办别", "办别（公办/民办）", "办学性质(公办、民办)"])
@pytest.mark.parametrize("name", ["学校名称", "学校名称（全称）", "学校全称", "学校名称（与公章一致）"])
def test_a_register_is_read_whatever_its_headings_say_of_how_to_fill_them_in(own: str, name: str) -> None:
    code, _, district, town, kind, _ = REGISTER_HEADS
    rows: list[Row] = [
        [code, name, district, town, kind, own],
        [EAST[0], "东镇小学", "500101", "东镇", "小学", "民办"],
    ]
    parsed = read(rows)
    assert column(parsed, "ownership") == ["private"]
    assert column(parsed, "school_name") == ["东镇小学"]
