"""Rows of statistics, names that are hidden, grades written as year groups: what a person would understand."""

from __future__ import annotations

from tests.intake.test_sheets_as_sent import CLASSES, EAST, PUPILS, WEST, WHO, Row, codes, column, read

TWO: list[Row] = [[*EAST, 400], [*WEST, 200]]


def test_a_row_of_statistics_is_no_record_whatever_its_figures() -> None:
    for word in ("最大值", "最小值", "平均", "中位数", "最高", "标准差", "增长率", "占比", "MAX"):
        for row in ([word, "", "", 300.5], ["", word, "", 400]):
            parsed = read([PUPILS, *TWO, row])
            assert column(parsed, "students") == [400, 200] and not codes(parsed), row


def test_a_school_whose_name_is_hidden_is_one_and_an_example_on_top_is_none() -> None:
    hidden: Row = ["2150000003", "某某小学", "小学", 77]
    assert column(read([PUPILS, *TWO, hidden]), "students") == [400, 200, 77]
    assert column(read([PUPILS, TWO[0], hidden, TWO[1]]), "students") == [400, 77, 200]
    assert column(read([PUPILS, hidden, *TWO]), "students") == [400, 200]
    marked: Row = ["2150000003", "某某小学（示例）", "小学", 77]
    assert column(read([PUPILS, *TWO, marked]), "students") == [400, 200]
    own: list[Row] = [["2150000003", "××小学", "小学", 1, f"{n}班", 40 + n] for n in (1, 2)]
    assert column(read([CLASSES, *own]), "students") == [41, 42]


def test_a_year_group_is_the_grade_that_it_is_in_the_school_year() -> None:
    """In the school year 2024: who began primary school in 2019 is in the sixth grade, junior school in 2023 in the eighth."""
    for stage, written, grade in (
        ("小学", "2024级", "1"), ("小学", "2019级", "6"), ("小学", "24级", "1"), ("初中", "2023级", "8"), ("初中", "初2024级", "7"),
        ("高中", "2022级", "12"), ("初中部", "初中2022级", "9"),
    ):  # fmt: skip
        parsed = read([CLASSES, ["2150000001", "东镇学校", stage, written, "1班", 40]])
        assert column(parsed, "grade") == [grade] and not codes(parsed), written
    for stage, written in (
        ("小学", "2018级"),
        ("初中", "2021级"),
        ("小学", "初2024级"),
        ("小学", "2025级"),
        ("小学", "2024届"),
    ):
        parsed = read([CLASSES, ["2150000001", "东镇学校", stage, written, "1班", 40]])
        assert column(parsed, "grade") == [] and codes(parsed) == {"UNKNOWN_CHOICE"}, written


def test_a_junior_stage_of_four_years_begins_with_the_sixth_grade() -> None:
    """East says so by a sixth grade or by four year groups; West, in the same sheet, has three."""
    west: list[Row] = [["2150000002", "西镇学校", "初中", "2024级", "1班", 30]]
    for written, grades in (
        ((6, "2024级", "2023级", "初2021级"), ["6", "6", "7", "9"]),
        (("六年级", "2022级"), ["6", "8"]),
        (("2024级", "2023级", "2022级", "2021级"), ["6", "7", "8", "9"]),
        (("2024级", "2023级", "2022级"), ["7", "8", "9"]),
    ):
        east: list[Row] = [
            ["2150000001", "东镇学校", "初中", grade, f"{n}班", 40] for n, grade in enumerate(written, 1)
        ]
        primary: Row = ["2150000001", "东镇学校", "小学", "2024级", "1班", 20]
        parsed = read([CLASSES, *east, primary, *west])
        assert column(parsed, "grade") == [*grades, "1", "7"] and not codes(parsed), written


def test_a_grade_in_the_column_of_stages_says_its_stage() -> None:
    for written, stage in (("小学一年级", "primary"), ("初中2年级", "junior_secondary"), ("七年级", "junior_secondary"), ("三年级", "primary"),
                           ("高中一年级", "senior_secondary")):  # fmt: skip
        parsed = read([CLASSES, ["2150000001", "东镇学校", written, 1, "1班", 40]])
        assert column(parsed, "stage") == [stage], written


def test_a_note_of_what_the_figure_never_holds_changes_no_heading() -> None:
    for note in ("不含附设幼儿班", "不含学前班", "含随迁子女", "以学籍为准"):
        assert column(read([[*WHO, f"在校生数（{note}）"], *TWO]), "students") == [400, 200], note
    for note in ("不含送教上门", "女", "去年", "随迁子女"):
        assert column(read([[*WHO, f"在校生数（{note}）"], *TWO]), "students") == [], note
