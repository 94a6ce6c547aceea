"""Rows and tables of a part below those of the whole: they are left out and said, at no school's cost."""

from __future__ import annotations

from tests.intake.test_sheets_as_sent import EAST, PUPILS, WEST, WHO, Row, codes, column, problems, read

TWO: list[Row] = [[*EAST, 400], [*WEST, 200]]
PART: list[Row] = [[*EAST, 40], [*WEST, 20]]


def test_rows_under_a_line_that_names_a_part_are_left_out_and_listed() -> None:
    for line in ("其中：寄宿生", "其中随迁子女", "二、女生", "（三）残疾学生"):
        for below in (
            [[line], *PART],
            [[], ["", line], [], PUPILS, *PART],
            [[line], *PART, ["合计", "", "", 60]],
            [[line], [*WHO, "班级数", "在校生数"], [*EAST, 2, 40], [*WEST, 1, 20]],
        ):
            parsed = read([PUPILS, *TWO, *below])
            assert column(parsed, "students") == [400, 200], below
            (found,) = (p for p in problems(parsed) if p.rule_code == "PART_ROWS")
            assert "共 2 行" in found.message_zh and not codes(parsed, "reject_file", "quarantine_row"), below


def test_the_next_section_of_other_schools_is_read_again() -> None:
    third: Row = ["2150000003", "中镇小学", "小学", 77]
    assert column(read([PUPILS, *TWO, ["其中：女生"], *PART, ["中片"], third]), "students") == [400, 200, 77]


def test_a_line_of_a_part_without_rows_of_its_own_costs_nothing() -> None:
    for line in (["其中：女生"], ["", "其中：寄宿生", "", ""], ["其中：女生", "", "", 190]):
        parsed = read([PUPILS, TWO[0], line, TWO[1]])
        assert column(parsed, "students") == [400, 200] and not codes(parsed, "reject_file"), line


def test_rows_of_a_part_alone_are_never_the_whole() -> None:
    parsed = read([PUPILS, ["其中：女生"], *PART])
    assert column(parsed, "students") == [] and "PART_ROWS" in codes(parsed)
