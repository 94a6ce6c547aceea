"""Rosters: one row a teacher, pupil or class in, figures of schools out; what may be asked of a layout for that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dagster_project.core.errors import UserError
from dagster_project.core.homes import LAYOUTS_DIR, PROJECT_ROOT
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.layout_files import load_layouts, read_layout
from dagster_project.intake.parse.parsed import ParsedFile, ParsedSheet
from dagster_project.intake.parse.sheets import parse_grids
from dagster_project.intake.reader import parse_content

ROSTERS = PROJECT_ROOT / "tests" / "fixtures" / "rosters"
LAYOUTS = load_layouts(LAYOUTS_DIR)
A, B = "2150001234", "2150005678"
HEADS = [
    "姓名",
    "身份证件号",
    "学校标识码",
    "任教学段",
    "岗位类别",
    "任教学科",
    "最高学历",
    "骨干教师级别",
    "有无教师资格证",
]


def read(name: str) -> ParsedFile:
    return parse_content((ROSTERS / name).read_bytes(), name, 2024, LAYOUTS)


def rows_of(sheet: ParsedSheet, *names: str) -> set[tuple[Any, ...]]:
    return set(zip(*(sheet.columns[name] for name in names), strict=True))


def codes(sheet: ParsedSheet) -> dict[str, Any]:
    return {p.rule_code: p for p in sheet.problems}


def teacher(number: Any, code: Any = A, stage: str = "小学", **more: Any) -> list[Any]:
    values = {"岗位类别": "专任教师", "任教学科": "语文", "最高学历": "大学本科", "骨干教师级别": "无",
              "有无教师资格证": "有", **more}  # fmt: skip
    return ["东方示例", number, code, stage, *(values[h] for h in HEADS[4:])]


def grouped(*rows: list[Any]) -> ParsedSheet:
    (sheet,) = parse_grids([Grid("教师", [HEADS, *rows])], 2024, LAYOUTS).sheets
    return sheet


def test_a_list_of_teachers_gives_staffing_per_school_and_stage() -> None:
    (sheet,) = read("teachers.csv").sheets
    figures = (
        "school_code", "stage", "full_time_teachers", "above_required_degree_teachers", "backbone_teachers", "pe_teachers",
        "music_teachers", "fine_art_teachers", "other_art_teachers", "certified_teachers",
    )  # fmt: skip
    assert sheet.feed == "staffing"
    assert rows_of(sheet, *figures) == {
        (A, "primary", 3, 2, 1, 1, 1, 0, 0, 2),
        (B, "primary", 1, 1, 0, 0, 0, 1, 0, 1),
        (B, "junior_secondary", 2, 1, 1, 1, 0, 0, 1, 2),  # a college degree is what is required there
    }
    assert (sheet.rows_read, sheet.rows_dropped) == (8, 5)
    assert "共 8 行教师，布局的条件没有取 1 行，计入 6 行" in codes(sheet)["ROSTER_GROUPED"].message_zh


def test_a_list_of_pupils_gives_classes_and_a_list_of_classes_their_sums() -> None:
    (sheet,) = read("pupils.csv").sheets
    assert rows_of(sheet, "school_code", "stage", "grade", "class_name", "students") == {
        (A, "primary", "1", "1班", 3), (A, "primary", "1", "2班", 2), (A, "primary", "2", "1班", 4),
    }  # fmt: skip
    classes, pupils = read("classes.csv").sheets
    assert rows_of(classes, "school_code", "grade", "class_name", "students") == {
        (A, "1", "1班", 44), (A, "1", "2班", 46), (B, "1", "1班", 30), (B, "7", "1班", 55),
    }  # fmt: skip
    assert rows_of(pupils, "school_code", "stage", "students", "classes") == {
        (A, "primary", 90, 2), (B, "primary", 30, 1), (B, "junior_secondary", 55, 1),
    }  # fmt: skip


def test_a_person_counts_once_in_a_school_and_stage_and_is_asked_about_in_two() -> None:
    sheet = grouped(
        teacher("99990119850115001X"), teacher(" 99990119850115001x"), teacher("99990119850115001X", B),
        teacher("99990119850115002X", stage="普通初中"), teacher("99990119850115002X"),
    )  # fmt: skip
    assert rows_of(sheet, "school_code", "stage", "full_time_teachers") == {
        (A, "primary", 2), (B, "primary", 1), (A, "junior_secondary", 1),
    }  # fmt: skip
    found = codes(sheet)
    assert (found["ROSTER_TWICE"].severity, found["ROSTER_TWICE"].cell) == ("note", "B3")
    elsewhere = [p for p in sheet.problems if p.rule_code == "ROSTER_ELSEWHERE"]
    assert [(p.severity, p.cell) for p in elsewhere] == [("warn", "B4"), ("warn", "B5")]


def test_numbers_that_lost_digits_are_not_compared() -> None:
    sheet = grouped(teacher(5.00210199003079e17), teacher(5.00210199003079e17), teacher(""))
    assert sheet.columns["full_time_teachers"] == [3]
    assert codes(sheet)["ROSTER_NO_NUMBER"].message_zh.count("第 2、3、4 行") == 1


def test_rows_that_cannot_be_counted_are_named_without_a_cell_of_them() -> None:
    sheet = grouped(
        teacher("101"), teacher("102", "欧阳铁柱"), teacher("103", stage=""), teacher("104", stage="欧阳铁柱"),
        teacher("105", **{"最高学历": "欧阳铁柱"}), teacher("106", **{"有无教师资格证": ""}),
    )  # fmt: skip
    assert sheet.columns["full_time_teachers"] == [3]
    # whether the teacher with another word counts is not known
    assert sheet.columns["above_required_degree_teachers"] == [None]
    assert sheet.columns["certified_teachers"] == [None]
    assert sheet.columns["has_fault"] == [True], "two of the school's teachers have no stage"
    listed = {(p.rule_code, p.severity, p.cell) for p in sheet.problems if p.severity != "note"}
    assert listed == {
        ("ROSTER_ROW", "quarantine_row", "C3"), ("ROSTER_ROW", "quarantine_row", "D4"),
        ("ROSTER_ROW", "quarantine_row", "D5"), ("ROSTER_WORD", "warn", "G6"), ("ROSTER_WORD", "warn", "I7"),
        ("ROSTER_INCOMPLETE", "quarantine_row", "C2"),
    }  # fmt: skip
    assert "欧阳铁柱" not in repr(sheet)


def test_a_name_in_the_column_of_classes_is_no_class() -> None:
    heads = ["学生姓名", "身份证件号", "学校标识码", "学段", "年级", "班级", "学生状态"]
    rows = [
        ["欧阳示例", f"{i}", A, "小学", "一年级", c, "在校"]
        for i, c in enumerate(("1班", "欧阳铁柱", "（三）", "1班"))
    ]
    (sheet,) = parse_grids([Grid("学生", [heads, *rows])], 2024, LAYOUTS).sheets
    assert rows_of(sheet, "class_name", "students") == {("1班", 2), ("（三）", 1)}
    assert "欧阳" not in repr(sheet)


def test_a_total_lacks_what_a_row_lacks() -> None:
    heads = ["学校标识码", "学段", "年级", "班级名称", "班主任姓名", "班级人数"]
    rows = [
        [A, "小学", "一年级", "1班", "", 40],
        [A, "小学", "一年级", "2班", "", ""],
        [B, "小学", "一年级", "1班", "", 30],
    ]
    _, pupils = parse_grids([Grid("班级", [heads, *rows])], 2024, LAYOUTS).sheets
    assert rows_of(pupils, "school_code", "students", "classes") == {(A, None, 2), (B, 30, 1)}
    assert (codes(pupils)["ROSTER_NO_FIGURE"].cell, codes(pupils)["ROSTER_NO_FIGURE"].severity) == (
        "F3",
        "warn",
    )


def test_rows_of_delimited_text_with_a_cell_more_are_not_counted() -> None:
    rows = [HEADS, teacher("1"), [*teacher("2"), "多"], teacher("3")[:-1]]
    (sheet,) = parse_grids([Grid("", rows, is_ragged=True)], 2024, LAYOUTS).sheets
    assert sheet.columns["full_time_teachers"] == [1]
    assert codes(sheet)["ROSTER_SHIFTED"].message_zh.count("第 3、4 行") == 1


def faults(sheet: ParsedSheet) -> dict[str, bool]:
    """Whether each school of a sheet is put aside."""
    return dict(zip(sheet.columns["school_code"], sheet.columns["has_fault"], strict=True))


def test_a_row_of_which_the_layout_does_not_say_whether_it_counts_puts_its_school_aside() -> None:
    # by the words of a teacher's 岗位类别 and 任教学段: whether the school's other teachers count
    cases = [
        ({"岗位类别": "行政人员"}, True), ({"岗位类别": "工勤人员"}, True),
        ({"岗位类别": "专任教师（一级）"}, False), ({"岗位类别": ""}, False), ({"岗位类别": "专职教师"}, False),
    ]  # fmt: skip
    for more, counts in cases:
        sheet = grouped(teacher("101"), teacher("102"), teacher("103", **more), teacher("104", B))
        assert faults(sheet) == {A: not counts, B: False}, more
        assert sheet.columns["full_time_teachers"] == [2, 1]
        listed = [(p.severity, p.cell) for p in sheet.problems if p.rule_code == "ROSTER_WORD"]
        assert listed == ([] if counts else [("warn", "E4")]), more
    # a row that the layout leaves out by one column needs no word in another
    states = {"学生状态": "转出", "年级": ""}
    for changed, counts in (
        (states, True),
        (states | {"学生状态": "在读"}, False),
        (states | {"学生状态": ""}, False),
    ):
        row = {"姓": "欧阳", "号": "2", "学校": A, "学段": "小学", "年级": "一年级", "班级": "1班", **changed}
        heads = ["学生姓名", "身份证件号", "学校标识码", "学段", "年级", "班级", "学生状态"]
        first = ["欧阳", "1", A, "小学", "一年级", "1班", "在校"]
        (sheet,) = parse_grids([Grid("学生", [heads, first, list(row.values())])], 2024, LAYOUTS).sheets
        assert faults(sheet) == {A: not counts}, changed


def test_a_part_that_names_its_rows_alone_asks_about_rows_that_no_part_takes(tmp_path: Path) -> None:
    written = ROSTER.replace(
        "feeds:\n  staffing:\n    columns:",
        "feeds:\n  staffing:\n  - where: [{column: 岗位, one_of: [专任]}]\n    columns:",
    )
    written = written.replace(COUNTED, "{count: rows}")
    path = tmp_path / "r.yml"
    path.write_text(written, encoding="utf-8")
    heads = ["姓名", "身份证件号", "学校", "学段", "岗位"]
    for word, counts in (("专任", True), ("教辅", False), ("", False)):
        rows = [["甲", "1", A, "小学", "专任"], ["乙", "2", A, "小学", word]]
        (sheet,) = parse_grids([Grid("教师", [heads, *rows])], 2024, [read_layout(path)]).sheets
        assert faults(sheet) == {A: not counts}, word
    path.write_text(written.replace("one_of: [专任]", "one_of: [专任], none_of: [教辅]"), encoding="utf-8")
    rows = [["甲", "1", A, "小学", "专任"], ["乙", "2", A, "小学", "教辅"]]
    (sheet,) = parse_grids([Grid("教师", [heads, *rows])], 2024, [read_layout(path)]).sheets
    assert faults(sheet) == {A: False} and sheet.columns["full_time_teachers"] == [1]


CLASS_HEADS = ["学校标识码", "学段", "年级", "班级名称", "班主任姓名", "班级人数"]


def test_a_class_that_is_listed_twice_puts_its_school_aside_and_totals_are_no_classes() -> None:
    one, other = [A, "小学", "一年级", "1班", "王", 44], [B, "小学", "一年级", "1班", "李", 30]
    # rows below two classes; whether the first school counts, and its pupils and classes in both feeds
    cases = [
        ([one], False), ([[*one[:3], "一（1）班", "王", 40]], False), ([[A, "普通小学", "1年级", "１班 ", "", 3]], False),
        ([[*one[:3], "2个班", "", 88]], False), ([[*one[:3], "全部班", "", 44]], False), ([[*one[:3], "1班小计", "", 44]], False),
        ([[*one[:3], "00", "", 44]], False), ([[*one[:3], 99, "", 44]], False), ([[*one[:3], "000班", "", 44]], False),
        ([[*one[:3], "合计", "", 44]], True), ([[*one[:3], "小计", "", 44], [A, "小学", "合计", "1个班", "", 44]], True),
        ([[*one[:2], "一年级小计", "", "", 44]], True), ([["合计", "", "", "", "", 74]], True),
        ([["", "", "", "总计", "", 74], ["全镇合计", "", "", "", "", 74]], True),
        ([[*one[:2], "二年级", "1班", "", 50]], None),
    ]  # fmt: skip
    for rows, counts in cases:
        classes, pupils = parse_grids([Grid("班级", [CLASS_HEADS, one, other, *rows])], 2024, LAYOUTS).sheets
        assert faults(classes)[A] == faults(pupils)[A] == (counts is False), rows
        assert not faults(classes)[B] and not faults(pupils)[B]
        found = rows_of(pupils, "school_code", "students", "classes")
        assert (B, 30, 1) in found
        if counts is not False:
            assert ((A, 44, 1) if counts else (A, 94, 2)) in found, rows
            assert ("PASSED_OVER" in codes(classes)) == bool(counts), rows
        assert "王" not in repr(classes)
        assert "ROSTER_NO_NUMBER" not in codes(classes)


def test_sums_of_rows_that_a_layout_does_not_tell_apart_are_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "r.yml"
    path.write_text(
        (LAYOUTS_DIR / "class_roster.yml").read_text("utf-8").replace(", row_of: class_sizes", ""), "utf-8"
    )
    row = [A, "小学", "一年级", "1班", "王", 44]
    classes, _ = parse_grids([Grid("班级", [CLASS_HEADS, row, row])], 2024, [read_layout(path)]).sheets
    assert "row_of" in codes(classes)["ROSTER_NO_NUMBER"].message_zh


def test_a_roster_without_a_row_to_count_is_refused_without_its_words() -> None:
    sheet = grouped(teacher("1", **{"岗位类别": "欧阳铁柱"}))
    assert sheet.status == "rejected" and "欧阳铁柱" not in repr(sheet)
    assert "ROSTER_EMPTY" in codes(sheet)


ROSTER = """\
layout: r
name_zh: 名册
recognised_by: [姓名, 身份证件号, 学校, 学段]
roster: {row: 教师, number: 身份证件号}
feeds:
  staffing:
    columns:
      school_code: 学校
      stage: 学段
      full_time_teachers: {count: rows, where: [{column: 岗位, one_of: [专任]}]}
"""
COUNTED = "{count: rows, where: [{column: 岗位, one_of: [专任]}]}"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("roster: {row: 教师, number: 身份证件号}\n", "", 9, "count 只用于名册"),
        ("row: 教师", "rows: 教师", 4, "没有“rows”这一项"),
        (", number: 身份证件号", ", number: 身份证件号, keep: 是", 4, "没有“keep”这一项"),
        ("count: rows", "count: persons", 10, "只能写 'rows'"),
        (COUNTED, "岗位", 10, "不能逐行取值；请写 count、total 或 constant"),
        (COUNTED, "{count: rows, total: 岗位}", 10, "要写且只写一项来源"),
        (", number: 身份证件号", ", row_of: class_sizes", 4, "row_of 只能写 feeds 里的一类：staffing"),
        ("number: 身份证件号}", "row_of: staffing}\nwhere: [{column: 岗位, one_of: [专任], none_of: [专任]}]", 5, "既在 one_of 又在 none_of"),
        (COUNTED, "{constant: 3}", 7, "没有一列 count 或 total"),
        (COUNTED, "{count: rows, scale: 2}", 10, "scale 在 count 旁边不起作用"),
        ("stage: 学段", "stage: {count: rows}", 9, "“学段”只能写 column、joined、constant"),
        ("stage: 学段", "stage: {column: 学段, values: {小: 小学}, default: 小学}", 9, "名册里不能用 default"),
        ("学校\n      stage", "姓名\n      stage", 8, "“姓名”是个人信息"),
        ("column: 岗位", "column: 身份证件号", 10, "只用来认人"),
        ("column: 岗位", "column: 学籍号", 10, "“学籍号”是个人信息"),
        ("one_of: [专任]", "one_of: [专任], none_of: [专任]", 10, "既在 one_of 又在 none_of"),
        (", one_of: [专任]", "", 10, "写 one_of 或 none_of"),
        ("feeds:", "school_year: {column: 学年}\nfeeds:", 5, "名册不能同时写 school_year"),
        ("feeds:", "where: [{column: 姓名, none_of: [合计]}]\nfeeds:", 5, "“姓名”是个人信息"),
        (COUNTED, f"{COUNTED}\n    repeat: [{{grade: 1}}]", 11, "名册不能用 repeat"),
    ],
)  # fmt: skip
def test_a_clause_that_does_not_fit_a_roster_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    path = tmp_path / "r.yml"
    path.write_text(ROSTER, encoding="utf-8")
    read_layout(path)
    path.write_text(ROSTER.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UserError) as refused:
        read_layout(path)
    # a clause that is left out moves the lines below it up
    assert said in str(refused.value) and f"第 {line} 行" in str(refused.value), str(refused.value)


@pytest.mark.parametrize(
    ("heads", "is_refused"),
    [
        (["姓名", "学校名称"], True),
        (["序号", "身份证号码（必填）", "学校"], True),
        (["*学籍号", "班级"], True),
        (["学校标识码", "学段", "在校生数", "姓名", "性别"], True),
        (["学校标识码", "学段", "在校生数", "联系人", "联系电话"], False),
        (["学校名称", "校长姓名", "联系电话"], False),
        (["学校标识码", "学段", "在校生数", "姓名"], False),  # whoever filled it in
    ],
)
def test_a_table_of_persons_is_known_by_its_headings(heads: list[str], is_refused: bool) -> None:
    row = [{"学校标识码": A, "学段": "小学", "在校生数": 30}.get(h, "欧阳铁柱") for h in heads]
    parsed = parse_grids([Grid("表", [heads, row])], 2024, LAYOUTS)
    assert parsed.has_persons == is_refused
    assert ("PERSON_ROWS" in {p.rule_code for p in parsed.problems}) == is_refused
    assert not is_refused or (not parsed.sheets and "欧阳铁柱" not in repr(parsed))


def test_a_table_without_known_headings_is_known_by_its_numbers_and_a_hidden_one_too() -> None:
    numbers = [[f"99990119850{i}15001X", "甲"] for i in (1, 2, 3)]
    parsed = parse_grids([Grid("表", [["甲", "乙"], *numbers])], 2024, LAYOUTS)
    assert parsed.has_persons and [p.rule_code for p in parsed.problems] == ["PERSON_ROWS"]
    assert not parse_grids([Grid("表", [["甲", "乙"], *numbers[:2]])], 2024, LAYOUTS).has_persons
    hidden = Grid("表", [["姓名", "班级"], ["欧阳铁柱", "1班"]], is_hidden=True)
    assert parse_grids([hidden], 2024, LAYOUTS).has_persons


def test_a_school_with_a_row_that_cannot_be_grouped_is_put_aside_and_no_other() -> None:
    sheet = grouped(teacher("101"), teacher("102", stage=""), teacher("103", B), teacher("104", "215000"))
    found = dict(zip(sheet.columns["school_code"], sheet.columns["has_fault"], strict=True))
    assert found == {A: True, B: False}
    assert [(p.school_code, p.row_number) for p in sheet.problems if p.rule_code == "ROSTER_INCOMPLETE"] == [
        (A, 2)
    ]


@pytest.mark.parametrize(
    "written", ["5.00235E+17", "无", "-", "0", "500235********1234", "500235198501000000", "000000", "见附件"]
)
def test_what_is_no_number_of_one_person_makes_nobody_a_repetition(written: str) -> None:
    sheet = grouped(*(teacher(written) for _ in range(4)))
    assert sheet.columns["full_time_teachers"] == [4]
    assert codes(sheet)["ROSTER_NO_NUMBER"].severity == "warn"


@pytest.mark.parametrize(
    "written", ["11010519491231002X", "T00123", "20230101", "G12345678", "G11010519491231002X"]
)
def test_a_number_of_one_person_listed_twice_counts_once(written: str) -> None:
    sheet = grouped(teacher(written), teacher(written), teacher("110105194912310021"))
    assert sheet.columns["full_time_teachers"] == [2]
