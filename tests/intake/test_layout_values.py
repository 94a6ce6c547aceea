"""What a layout makes of a table: figures worked by hand, and what is reported where a value was not certain."""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.layout_rules import faults_of
from dagster_project.intake.parse.layouts import Layout
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.parse.sheets import parse_grids

HEAD = ["代码", "学段", "男", "女"]


def layout_of(feeds: dict[str, Any], **clauses: Any) -> Layout:
    known = {"layout": "other", "name_zh": "某系统", "recognised_by": ["代码"], "code_pattern": "S[0-9]"}
    layout = Layout.model_validate({**known, "feeds": feeds, **clauses})
    assert not list(faults_of(layout))
    return layout


def staffing(source: Any, **clauses: Any) -> Layout:
    columns = {"school_code": "代码", "stage": {"constant": "小学"}, "full_time_teachers": source}
    return layout_of({"staffing": {"columns": columns}}, **clauses)


def sheets_of(layout: Layout, *rows: list[Any], year: int = 2024) -> dict[str, ParsedSheet]:
    parsed = parse_grids([Grid("表", [list(r) for r in rows])], year, [layout])
    return {s.feed: s for s in parsed.sheets}


def read(layout: Layout, *rows: list[Any], head: list[Any] | None = None) -> ParsedSheet:
    return sheets_of(layout, head or HEAD, *rows)["staffing"]


def teachers(layout: Layout, *rows: list[Any], head: list[Any] | None = None) -> list[Any]:
    return list(read(layout, *rows, head=head).columns["full_time_teachers"])


def rules(sheet: ParsedSheet) -> dict[str, str]:
    return {p.rule_code: p.cell for p in sheet.problems}


def test_a_code_of_missing_data_is_missing_in_each_term_of_a_sum_also_where_blank_is_zero() -> None:
    for source in (
        {"sum": ["男", "女"], "values": {"88888": ""}},
        {"sum": ["男", "女"], "missing": [88888]},
    ):
        sheet = read(
            staffing(source, blank="zero"), ["S1", "", 88888, 3], ["S2", "", 4, 3], ["S3", "", "", 3]
        )
        assert sheet.columns["full_time_teachers"] == [None, 7, 3]
        assert rules(sheet) == {"BLANK_CELL": "C2"}


def test_difference_product_ratio_and_scale_compute_figures() -> None:
    assert teachers(staffing({"difference": ["男", "女", 1]}), ["S1", "", 9, 3]) == [5]
    assert teachers(staffing({"product": ["男", "女"]}), ["S1", "", 23.5, 4]) == [94]
    assert teachers(staffing({"ratio": ["男", "女"]}), ["S1", "", 300, 15], ["S2", "", 3, 0]) == [20, None]
    assert teachers(staffing({"column": "男", "scale": 1000}), ["S1", "", 0.3, 0]) == [300]


def test_a_computed_number_of_persons_is_rounded_and_that_is_noted() -> None:
    sheet = read(staffing({"product": ["男", "女"]}), ["S1", "", 23.4, 4])
    assert sheet.columns["full_time_teachers"] == [94]  # 93.6
    assert "LAYOUT_ROUNDED" in rules(sheet)


def test_a_difference_below_zero_is_no_number_of_persons() -> None:
    sheet = read(staffing({"difference": ["男", "女"]}), ["S1", "", 3, 9])
    assert rules(sheet) == {"NEGATIVE": "C2"}


def test_decimal_and_currency_marks_are_declared_never_guessed() -> None:
    undeclared = read(staffing("男"), ["S1", "", "1,234", 0])
    assert undeclared.columns["has_fault"] == [True]
    (fault,) = undeclared.problems
    assert "decimal" in fault.message_zh
    assert teachers(staffing("男"), ["S1", "", "1,234,567", 0], ["S2", "", "1,234.0", 0]) == [1234567, 1234]
    point = staffing({"column": "男", "decimal": "."})
    assert (
        teachers(point, ["S1", "", "1,234", 0], ["S2", "", "1234.0", 0], ["S3", "", "1 234", 0]) == [1234] * 3
    )
    comma = staffing({"column": "男", "decimal": ",", "marks": ["R$", "人"]})
    assert teachers(comma, ["S1", "", "R$ 1.234,0", 0], ["S2", "", "12人", 0], ["S3", "", 7, 0]) == [
        1234,
        12,
        7,
    ]
    assert teachers(comma, ["S1", "", "1.5", 0], ["S2", "", "12,34,5", 0], ["S3", "", "€3", 0]) == [None] * 3


def test_the_nearest_clause_about_cells_counts() -> None:
    layout = layout_of(
        {
            "staffing": {
                "blank": "missing",
                "columns": {
                    "school_code": "代码",
                    "stage": {"constant": "小学"},
                    "full_time_teachers": "男",
                    "backbone_teachers": {"column": "女", "blank": "zero"},
                },
            }
        },
        blank="zero",
    )
    sheet = read(layout, ["S1", "", "", ""])
    assert (sheet.columns["full_time_teachers"], sheet.columns["backbone_teachers"]) == ([None], [0])


def register(**columns: Any) -> Layout:
    known = {"school_code": "代码", "district_code": "区", "school_type": {"constant": "小学"}}
    return layout_of({"schools": {"columns": {**known, **columns}}}, district_pattern=".+")


def schools(layout: Layout, *rows: list[Any]) -> ParsedSheet:
    return sheets_of(layout, ["代码", "区", "性质", "经度"], *rows)["schools"]


def test_a_default_reads_no_blank_and_lists_the_words_that_only_it_knows() -> None:
    layout = register(ownership={"column": "性质", "values": {"Private": "民办"}, "default": "公办"})
    sheet = schools(layout, ["S1", "甲", "Private", 1], ["S2", "甲", "Charter", 1], ["S3", "甲", "", 1])
    assert sheet.columns["ownership"] == ["private", "public", None]
    assert rules(sheet) == {"LAYOUT_DEFAULT": "C3", "BLANK_CELL": "C4"}
    assert "“Charter”" in sheet.problems[0].message_zh


def test_a_blank_has_a_word_only_where_the_layout_says_so() -> None:
    layout = register(
        ownership={"column": "性质", "values": {"": "公办"}, "prefixes": {"私": "民办", "": "公办"}}
    )
    sheet = schools(layout, ["S1", "甲", "", 1], ["S2", "甲", "私立", 1], ["S3", "甲", "其他", 1])
    assert sheet.columns["ownership"] == ["public", "private", "public"]
    assert not sheet.problems


def test_a_wrong_cell_that_no_figure_needs_is_reported_and_left_blank_and_the_row_counts() -> None:
    layout = register(longitude="经度")
    sheet = schools(layout, ["S1", "甲", "", "东经"], ["S2", "甲", "", 106.5])
    assert sheet.columns["longitude"] == [None, 106.5]
    assert sheet.columns["has_fault"] == [False, False]
    (found,) = sheet.problems
    assert (found.rule_code, found.severity, found.cell) == ("NOT_A_NUMBER", "warn", "D2")
    assert "该行其他内容照常采用" in found.message_zh


def test_blanks_of_required_columns_are_listed() -> None:
    assert rules(read(staffing("男"), ["S1", "", "", 3])) == {"BLANK_CELL": "C2"}


def test_a_key_that_the_layout_reads_as_missing_is_told_with_what_stands_there() -> None:
    layout = staffing("男", missing=["合计"])
    problems = read(layout, ["S1", "", "", 3], ["合计", "", "", 3]).problems
    (total,) = [p for p in problems if p.rule_code == "KEY_BLANK"]
    assert (total.cell, total.value) == ("A3", "合计")
    assert "写的是“合计”" in total.message_zh and "none_of" in total.message_zh


def test_a_key_of_two_columns_is_joined() -> None:
    columns = {
        "school_code": {"joined": ["代码", "学段"], "separator": "-"},
        "stage": {"constant": "小学"},
        "full_time_teachers": "男",
    }
    layout = layout_of({"staffing": {"columns": columns}}, code_pattern="S[0-9]-[0-9]")
    sheet = read(layout, ["S1", 7, 3, 3], ["S2", "", 3, 3])
    assert sheet.columns["school_code"] == ["S1-7", None]
    assert rules(sheet) == {"KEY_BLANK": "A3"}


def test_only_rows_that_meet_the_conditions_are_read() -> None:
    layout = staffing(
        "男", where=[{"column": "学段", "one_of": ["校"]}, {"column": "女", "none_of": [0, ""]}]
    )
    sheet = read(layout, ["S1", "校", 3, 3], ["合计", "区", 3, 3], ["S2", "校", 3, 0], ["S3", "校", 3, ""])
    assert sheet.columns["school_code"] == ["S1"]
    assert (sheet.rows_read, sheet.rows_dropped) == (4, 3)
    # the row of the district has a word that the layout doesn't name
    assert rules(sheet) == {"LAYOUT_ROWS_LEFT_OUT": "A1", "LAYOUT_WORD": "B3"}


OF_CLASSES = {"school_code": "代码", "stage": {"constant": "小学"}, "grade": {"constant": 1}, "class_name": "班",
           "students": "人数"}  # fmt: skip


def test_a_row_of_which_a_condition_does_not_say_whether_it_counts_is_asked_about() -> None:
    """A school with 40 pupils in use: the same school's next row has some word, then that of another school."""
    where = [{"column": "状态", "one_of": ["在用"], "none_of": ["停用"]}]
    layouts = [
        layout_of({"class_sizes": {"where": where, "columns": OF_CLASSES}}),
        layout_of({"class_sizes": {"columns": OF_CLASSES}}, where=where),
    ]
    # word, code; what is said of the row, and whether it is put aside
    cases = [
        ("停用", "S1", None, False), ("小计", "S1", None, False), ("", "S1", "LAYOUT_ROW_UNDECIDED", True),
        ("使用", "S1", "LAYOUT_ROW_UNDECIDED", True), ("使用", "S2", "LAYOUT_WORD", False), ("", "S2", "LAYOUT_WORD", False),
        ("停用", "S2", None, False),
    ]  # fmt: skip
    for layout in layouts:
        for word, code, rule, is_aside in cases:
            rows = [["代码", "状态", "班", "人数"], ["S1", "在用", "1班", 40], [code, word, "2班", 50]]
            sheet = sheets_of(layout, *rows)["class_sizes"]
            expected = [(40, False), (50, True)] if is_aside else [(40, False)]
            assert (
                list(zip(sheet.columns["students"], sheet.columns["has_fault"], strict=True)) == expected
            ), word
            said = {p.rule_code: p for p in sheet.problems}
            assert said.keys() - {"LAYOUT_ROWS_LEFT_OUT"} == ({rule} if rule else set()), (word, code)
            assert ("LAYOUT_ROWS_LEFT_OUT" in said) == (rule is None)
            if rule:
                assert said[rule].cell == "B3" and "状态" in said[rule].message_zh
                assert (said[rule].severity, said[rule].school_code) == (
                    ("quarantine_row", code) if is_aside else ("warn", "")
                )


def test_conditions_that_no_row_meets_refuse_the_sheet_and_name_the_words_there_are() -> None:
    layout = staffing("男", where=[{"column": "学段", "one_of": ["校级"]}])
    sheet = read(layout, ["S1", "校", 3, 3])
    assert sheet.status == "rejected"
    assert "“校”" in sheet.problems[-1].message_zh


def test_a_heading_that_stands_twice_is_refused_until_its_group_is_named() -> None:
    head = [["", "小学", "", "初中", ""], ["代码", "男", "女", "男", "女"]]
    (twice,) = sheets_of(staffing("男"), *head, ["S1", 1, 2, 3, 4]).values()
    assert twice.status == "rejected"
    assert "B2、D2" in twice.problems[0].message_zh
    (named,) = sheets_of(staffing("初中>男"), *head, ["S1", 1, 2, 3, 4]).values()
    assert named.columns["full_time_teachers"] == [3]


def test_rows_of_codes_below_the_heading_are_no_records() -> None:
    layout = staffing("男", heading_rows=2)
    sheet = read(layout, ["LEA", "STAGE", "M", "F"], ["S1", "", 3, 3])
    assert sheet.columns["school_code"] == ["S1"]
    assert (sheet.columns["row_number"], sheet.problems) == ([3], [])


CLASSES = {
    "school_code": "代码",
    "stage": {"constant": "小学"},
    "grade": {"constant": "{grade}"},
    "class_name": {"constant": "全年级"},
    "students": "{grade}年级人数",
    "class_count": "{grade}年级班数",
}
GRADES = ["代码", "1年级人数", "1年级班数", "2年级人数", "2年级班数"]


def test_a_group_whose_cells_are_all_blank_makes_no_row_of_zeros() -> None:
    feeds = {"class_sizes": {"columns": CLASSES, "repeat": [{"grade": 1}, {"grade": 2}]}}
    sheet = sheets_of(layout_of(feeds, blank="zero"), GRADES, ["S1", 30, 1, "", ""], ["S2", 9, 1, 0, 0])[
        "class_sizes"
    ]
    found = list(
        zip(sheet.columns["school_code"], sheet.columns["grade"], sheet.columns["students"], strict=True)
    )
    assert found == [("S1", "1", 30), ("S2", "1", 9), ("S2", "2", 0)]
    assert rules(sheet) == {"LAYOUT_BLANK_GROUPS": "A1"}


def test_rows_of_several_classes_are_reported_as_averages() -> None:
    feeds = {"class_sizes": {"columns": CLASSES, "repeat": [{"grade": 1}, {"grade": 2}]}}
    sheet = sheets_of(layout_of(feeds), GRADES, ["S1", 150, 3, 40, 1])["class_sizes"]
    (found,) = sheet.problems
    assert (found.rule_code, found.severity) == ("LAYOUT_AVERAGES", "warn")
    assert "1 行" in found.message_zh
    assert "3 个班" in found.message_zh


def test_the_largest_class_is_taken_beside_the_average_of_the_others() -> None:
    common = {"school_code": "代码", "stage": {"constant": "小学"}, "grade": {"constant": "1"}}
    largest = {
        "columns": common | {"class_name": {"constant": "最大的班"}, "students": "最大班"},
        "where": [{"column": "班数", "none_of": [0, ""]}],
    }
    others = {
        "columns": common
        | {
            "class_name": {"constant": "其余各班"},
            "students": {"difference": ["人数", "最大班"]},
            "class_count": {"difference": ["班数", 1]},
        },
        "where": [{"column": "班数", "none_of": [0, 1, ""]}],
    }
    layout = layout_of({"class_sizes": [largest, others]})
    sheet = sheets_of(
        layout, ["代码", "人数", "班数", "最大班"], ["S1", 150, 3, 60], ["S2", 40, 1, 40], ["S3", 0, 0, ""]
    )["class_sizes"]
    names = ("school_code", "class_name", "students", "class_count")
    assert sorted(zip(*(sheet.columns[n] for n in names), strict=True)) == [
        ("S1", "其余各班", 90, 2),
        ("S1", "最大的班", 60, None),
        ("S2", "最大的班", 40, None),
    ]


def test_rows_of_several_years_each_count_for_their_year() -> None:
    layout = staffing("男", school_year={"column": "学段"})
    rows = [["S1", "2023/24", 1, 1], ["S1", 2024, 2, 1], ["S1", "2022-2023", 3, 1], ["S1", "合计", 6, 1]]
    sheet = read(layout, *rows)
    assert sheet.columns["school_year"] == [2023, 2024, 2022]
    assert sheet.columns["full_time_teachers"] == [1, 2, 3]
    assert rules(sheet) == {"LAYOUT_YEARS": "A1", "LAYOUT_YEAR": "B5"}


def test_a_table_without_the_year_of_its_folder_is_refused() -> None:
    layout = staffing("男", school_year={"column": "学段"})
    (sheet,) = sheets_of(layout, HEAD, ["S1", 2023, 1, 1]).values()
    assert (sheet.status, sheet.problems[0].rule_code) == ("rejected", "WRONG_YEAR")


def test_a_table_that_nearly_fits_is_reported_with_what_it_lacks() -> None:
    layout = staffing("男", recognised_by=["代码", "学段", "男性"])
    parsed = parse_grids([Grid("表", [HEAD, ["S1", "", 1, 1]])], 2024, [layout])
    (found,) = parsed.problems
    assert found.rule_code == "LAYOUT_NEARLY"
    assert "“男性”" in found.message_zh


@pytest.mark.parametrize("source", [{"sum": ["男", "女"]}, {"product": ["男", "女"]}])
def test_a_faulty_term_is_listed_at_its_own_cell(source: Any) -> None:
    assert rules(read(staffing(source), ["S1", "", 3, "三"])) == {"NOT_A_NUMBER": "D2"}


def test_of_two_layouts_that_recognise_a_table_the_closer_one_reads_it() -> None:
    broad, close = staffing("男"), staffing("女", recognised_by=["代码", "学段", "女"], layout="close")
    for layouts in ([broad, close], [close, broad]):
        (sheet,) = parse_grids([Grid("表", [HEAD, ["S1", "", 3, 4]])], 2024, layouts).sheets
        assert sheet.columns["full_time_teachers"] == [4]
