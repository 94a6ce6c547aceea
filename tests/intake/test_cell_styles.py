"""What only the style of a cell says: a row struck out, a number that is shown as another one."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Font

from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.files.cell_styles import number_format
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.struck import with_struck_marked
from dagster_project.intake.reader import parse_content
from tests.intake import bad_files as make
from tests.intake.test_sheets_as_sent import AREAS, EAST, PUPILS, WEST, YEAR, Row, codes, column, problems

STRUCK = Font(strike=True)


def read(rows: list[Row], formats: dict[str, str] | None = None, struck: tuple[str, ...] = ()) -> Any:
    """The rows as a workbook is read, with number formats and struck-out cells by their address."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for address, code in (formats or {}).items():
        sheet[address].number_format = code
    for address in struck:
        sheet[address].font = STRUCK
    packed = io.BytesIO()
    book.save(packed)
    return parse_content(packed.getvalue(), "a.xlsx", YEAR, [])


def test_a_format_that_shows_the_number_as_it_is_says_nothing() -> None:
    for code in (
        "General",
        "0",
        "#,##0.00",
        'yyyy"年"m"月"',
        "@",
        "0_ ",
        "_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ",
        "[Red]0.0;-0.0",
    ):
        assert number_format(code) is None, code


def test_a_number_shown_in_the_unit_of_its_column_is_read() -> None:
    for code in ('0"人"', 'General"人"', "#,##0", '0!.0,"万"', "0 人"):
        parsed = read([PUPILS, [*EAST, 400], [*WEST, 200]], {"D2": code, "D3": code})
        assert column(parsed, "students") == [400, 200] and not codes(parsed), code
    row: Row = ["2150000001", 1800, 200, 2600, 75.5, 9, 9000, 40]
    for code in ('0.0"万元"', '0.0"万"', "0.00"):
        assert column(read([AREAS, row], {"E2": code}), "equipment_10k_yuan") == [75.5], code


def test_a_format_changes_no_year_no_grade_and_no_name() -> None:
    classes: list[Row] = [["学校标识码", "学校名称", "学段", "年级", "班级", "学生数"], [*EAST, 1, 2, 40]]
    parsed = read(classes, {"D2": '0"年级"', "E2": '0"班"', "F2": '0"人"'})
    assert [column(parsed, n) for n in ("grade", "class_name", "students")] == [["1"], ["2"], [40]]
    head: Row = ["学校标识码", "学校名称", "区县代码", "乡镇", "办学类型", "举办者类型", "建校年份"]
    school: Row = ["2150000001", "东镇小学", "500101", "东镇", "小学", "公办", 1985]
    found = read([head, school], {"G2": '0"年"'})
    assert "SCALED_FORMAT" not in codes(found)


def test_a_number_shown_as_another_is_asked_about_at_its_cell_and_costs_no_other_school() -> None:
    for code in ('0.0"万"', "0.0,", "0!.0", r"0\.0", '0"."0', "0%", "0.00%", '0"百人"'):
        parsed = read([PUPILS, [*EAST, 400], [*WEST, 200]], {"D2": code})
        assert column(parsed, "students") == [200], code
        (found,) = (p for p in problems(parsed) if p.rule_code == "SCALED_FORMAT")
        assert (found.cell, found.school_code) == ("D2", EAST[0]) and "“常规”" in found.message_zh
    row: Row = ["2150000001", 1800, 200, 2600, 755000, 9, 9000, 40]
    for code in ('0"元"', '0!.0,"万"', "#,##0,", '0.0"亿"'):
        parsed = read([AREAS, row], {"E2": code})
        assert column(parsed, "equipment_10k_yuan") == [] and "SCALED_FORMAT" in codes(parsed), code


def test_a_format_that_shows_a_number_as_nothing_is_not_what_was_meant() -> None:
    for code in ("#,##0,", '#,##0," M"', "0.0,,", "0.00,,,"):
        assert column(read([PUPILS, [*EAST, 400]], {"D2": code}), "students") == [400], code


def test_a_row_struck_out_is_asked_about_and_the_total_without_it_is_right() -> None:
    rows: list[Row] = [PUPILS, [*EAST, 400], [*WEST, 200], ["合计", "", "", 200]]
    for struck in (("A2", "B2", "C2", "D2"), ("D2",), ("A2",)):
        parsed = read(rows, struck=struck)
        assert column(parsed, "students") == [200], struck
        (found,) = (p for p in problems(parsed) if p.severity == "quarantine_row")
        assert (found.rule_code, found.cell, found.school_code) == ("STRUCK_OUT", "D2", EAST[0])
    assert column(read([PUPILS, [*EAST, 400], [*WEST, 200]], struck=("E2", "D1")), "students") == [400, 200]


#: Number formats as an open document writes them.
OPEN_FORMATS = {
    '0.0"万"': '<number:number number:decimal-places="1"/><number:text>万</number:text>',
    "#,##0,": '<number:number number:decimal-places="0" number:display-factor="1000" number:grouping="true"/>',
    '0"."0': '<number:number><number:embedded-text number:position="1">.</number:embedded-text></number:number>',
    "0%": '<number:number number:decimal-places="0"/><number:text>%</number:text>',
    '0"人"': '<number:number number:decimal-places="0"/><number:text>人</number:text>',
    "#,##0": '<number:number number:decimal-places="0" number:grouping="true"/>',
}


def old(rows: list[Row], formats: dict[str, str], struck: tuple[str, ...]) -> Any:
    """The rows as an .xls is read."""
    at = {place(address): code for address, code in formats.items()}
    content = make.old_workbook(rows, formats=at, struck=[place(address) for address in struck])
    return parse_content(content, "a.xls", YEAR, [])


def place(address: str) -> tuple[int, int]:
    return int(address[1:]) - 1, ord(address[0]) - 65


def open_document(
    rows: list[Row], formats: dict[str, str], struck: tuple[str, ...], *, by: str = "cell"
) -> Any:
    """The rows as an .ods is read; the style of a cell is its own, that of its column, or one of the whole document."""
    codes = list(OPEN_FORMATS)
    styles = "".join(
        f'<number:number-style style:name="N{k}">{parts}</number:number-style>'
        f'<style:style style:name="n{k}" style:family="table-cell" style:data-style-name="N{k}"/>'
        f'<style:style style:name="nn{k}" style:family="table-cell" style:parent-style-name="n{k}"/>'
        for k, parts in enumerate(OPEN_FORMATS.values())
    )
    styles += (
        '<style:style style:name="s" style:family="table-cell"><style:text-properties'
        ' style:text-line-through-style="solid"/></style:style>'
    )
    named = {place(a): f"{'nn' if by == 'parent' else 'n'}{codes.index(code)}" for a, code in formats.items()}
    named |= {place(address): "s" for address in struck}
    cells = [
        [make.open_cell(value, "" if by == "column" or (i, j) not in named
                        else f'table:style-name="{named[i, j]}"') for j, value in enumerate(row)]
        for i, row in enumerate(rows)
    ]  # fmt: skip
    columns = "<table:table-column/>" if by != "column" else "".join(
        f'<table:table-column table:default-cell-style-name="{named.get((1, j), "")}"/>' for j in range(len(rows[0]))
    )  # fmt: skip
    added = {}
    if by == "parent":
        whole = f"<office:document-styles {make.OPEN_NAMESPACES}><office:styles>{styles}</office:styles></office:document-styles>"
        added, styles = {"styles.xml": whole.encode()}, ""
    content = make.open_document(make.open_table(cells, columns=columns), styles=styles, added=added)
    return parse_content(content, "a.ods", YEAR, [])


@pytest.mark.parametrize("reader", [old, open_document])
def test_other_containers_say_the_same_of_their_cells(reader: Any) -> None:
    areas: Row = ["2150000001", 1800, 200, 2600, 755000, 9, 9000, 40]
    for code in ('0.0"万"', '0"."0', "0%"):
        parsed = reader([PUPILS, [*EAST, 400], [*WEST, 200]], {"D2": code}, ())
        assert column(parsed, "students") == [200], code
        assert [p.cell for p in problems(parsed) if p.rule_code == "SCALED_FORMAT"] == ["D2"]
    assert "SCALED_FORMAT" in codes(reader([AREAS, areas], {"E2": "#,##0,"}, ()))
    for code in ('0"人"', "#,##0"):
        parsed = reader([PUPILS, [*EAST, 400], [*WEST, 200]], {"D2": code, "D3": code}, ())
        assert column(parsed, "students") == [400, 200] and not codes(parsed), code
    for struck in (("A2", "B2", "C2", "D2"), ("D2",), ("A2",)):
        parsed = reader([PUPILS, [*EAST, 400], [*WEST, 200], ["合计", "", "", 200]], {}, struck)
        assert column(parsed, "students") == [200], struck
        assert [p.cell for p in problems(parsed) if p.rule_code == "STRUCK_OUT"] == ["D2"]


@pytest.mark.parametrize("by", ["column", "parent"])
def test_an_open_document_states_a_style_for_a_column_or_through_another_style(by: str) -> None:
    parsed = open_document([PUPILS, [*EAST, 400]], {"D2": '0.0"万"'}, (), by=by)
    assert codes(parsed) == {"SCALED_FORMAT"} and column(parsed, "students") == []


def test_a_table_without_a_figure_may_have_something_struck_out_beside_it() -> None:
    feed = load_feeds()["enrolment"]
    grid = Grid("表", [["学校标识码"], ["2150001234"]], struck={(1, 3)})
    rows = [(2, ["2150001234"])]
    assert with_struck_marked(grid, feed, {"school_code": 0}, rows) == rows
