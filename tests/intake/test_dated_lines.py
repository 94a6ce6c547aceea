"""A year that only a date gives, above or below the table; the sheets are in the folder of 2024."""

from __future__ import annotations

import datetime as dt

from tests.intake.test_sheets_as_sent import EAST, PUPILS, WEST, Row, codes, column, read

TWO: list[Row] = [[*EAST, 400], [*WEST, 200]]

EARLIER: list[Row] = [
    ["2023年9月"], ["（2023.10）"], ["2023-11"], ["2023 年 9 月 1 日"], ["二〇二三年十月二十八日"], [dt.date(2023, 9, 1)], [dt.datetime(2023, 12, 1)],
    ["填表日期：2023年10月8日"], ["打印时间：2024-01-05"], ["制表：张某　2024年3月"], ["填表人：张某", "日期", "2023.10.8"], ["某镇教办 2023/9/20"],
    ["2023年9月15日填报"], ["以上为2023学年数据"], ["数据口径：2023年秋季学期"], ["（2023—2024学年度）"], ["某县2023学年在校生统计表"],
    ["20230928"], [20230928], ["填表日期：20230928"], ["时点数（2023年9月1日）"], ["2023年9月1日零时"], ["2023/2024"], ["2023/2024学年"], ["23年9月"],
    ["2023年第四季度"], ["2023年9月至12月"], ["2023年9～12月"], ["学年初：2023年9月"], ["2023"], [2023], ["学年", "2023"], ["年度", 2023],
    ["2023—2024 学年（上）"], ["2023学年末"], ["填表人", "张某", "2023年9月28日"], ["2023年9月28日 星期四"], ["在校生统计表", "2023年9月"],
    ["2023年9月28日", "填表人：张某"], ["东镇小学", "2023年9月28日"], ["张某 2023年9月20日"], ["制表单位：东镇小学 2023年9月8日"], ["城关", "2023年9月"],
]  # fmt: skip
NO_OTHER_YEAR: list[Row] = [
    ["2024年9月"], ["2025年3月"], ["2024年8月"], ["2025年9月10日"], ["填报时间", "2026年3月"], ["报送日期： 2026年3月5日"], ["2026年3月8日打印"],
    ["建校时间：2003年9月"], ["成立日期", "1998年9月"], ["有效期至 2023年12月"], ["竣工时间：2019年9月"], ["2023年7月修订"], ["2020年9月更名"],
    [dt.date(2024, 9, 1)], ["国统制〔2023〕15号 2024年9月"], ["注：比2023学年多2个班"],
    ["新校门启用", "2023.9.1"], ["设备购置", "2023年9月"], ["校长到任", "2023年9月1日"], ["2023年9月1日", "新校门启用"], ["2023年9月10日 启用"],
    ["扩建", "2023年9月"],
    ["注：1班转出2人，2023年10月"], ["注：东镇小学", "2023年9月"], ["本表依据文件印发 2023年9月"], ["20240928"], ["24年9月"], ["2024年第四季度"],
    ["学年", "2024"], ["2024/2025"], ["2024—2025 学年（上）"], ["电话", "20231399"],
]  # fmt: skip


def places(line: Row) -> list[list[Row]]:
    return [[line, PUPILS, *TWO], [["在校生统计表"], line, PUPILS, *TWO], [PUPILS, *TWO, [], line]]


def test_a_date_before_the_school_year_refuses_the_sheet_wherever_it_stands() -> None:
    for line in EARLIER:
        for rows in places(line):
            parsed = read(rows)
            assert (column(parsed, "students"), codes(parsed)) == ([], {"WRONG_YEAR"}), rows


def test_a_date_of_the_school_year_of_filling_in_or_of_something_else_costs_nothing() -> None:
    for line in NO_OTHER_YEAR:
        for rows in places(line):
            parsed = read(rows)
            assert column(parsed, "students") == [400, 200] and not codes(parsed, "reject_file"), rows
    for note in ("2023学年撤并教学点1个", "（2023学年数据见上次报表）", "2023学年至2024学年转入8人"):
        assert column(read([PUPILS, *TWO, [note]]), "students") == [400, 200], note


def test_a_later_month_under_the_title_is_the_year_of_the_figures_and_below_the_table_that_of_the_signature() -> (
    None
):
    assert codes(read([["2025年10月"], PUPILS, *TWO])) == {"WRONG_YEAR"}
    assert column(read([PUPILS, *TWO, ["2025年10月"]]), "students") == [400, 200]


def test_a_school_year_in_words_counts_before_any_date() -> None:
    for rows in (
        [["2024学年"], ["2023年9月"], PUPILS, *TWO],
        [["2024学年"], PUPILS, *TWO, ["2023年9月28日"]],
    ):
        assert column(read(rows), "students") == [400, 200], rows
    assert codes(read([["2023学年"], PUPILS, *TWO, ["2024年9月28日"]])) == {"WRONG_YEAR"}


def test_a_year_group_is_no_year() -> None:
    classes: list[Row] = [["学校标识码", "学校名称", "学段", "年级", "班级", "学生数"], [*EAST, 1, "1班", 40]]
    assert column(read([["2023级班级学生数"], *classes]), "students") == [40]
