"""Open document spreadsheets (.ods) pass through the same checks as workbooks."""

from __future__ import annotations

import datetime as dt
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.files.grid import (
    ERROR_CELL,
    EXTERNAL_REFERENCE,
    FORMULA_WITHOUT_VALUE,
    OVERWRITTEN_CELL,
    Grid,
)
from dagster_project.intake.findings import RejectedFile
from tests.intake import bad_files as make

HEAD = ["学校标识码", "学校名称", "在校生数"]


def only(content: bytes, suffix: str = ".ods") -> Grid:
    (grid,) = read_grids(content, suffix)
    return grid


def refused(content: bytes) -> str:
    with pytest.raises(RejectedFile) as caught:
        list(read_grids(content, ".ods"))
    return caught.value.rule_code


def with_cell(cell: str, styles: str = "") -> bytes:
    rows = [HEAD, ["2150000001", "甲", cell], ["2150000002", "乙", 38]]
    return make.open_document(make.open_table(rows), styles=styles)


def cell(attributes: str, text: str = "") -> str:
    return f"<table:table-cell {attributes}>{f'<text:p>{text}</text:p>' if text else ''}</table:table-cell>"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (cell('office:value-type="float" office:value="40"', "40人"), 40),
        (cell('office:value-type="percentage" office:value="0.95"', "95%"), 0.95),
        (cell('office:value-type="currency" office:value="75.5"', "￥75.50"), 75.5),
        (cell('office:value-type="boolean" office:boolean-value="true"', "TRUE"), True),
        (cell('office:value-type="date" office:date-value="2024-03-01"', "3月1日"), dt.date(2024, 3, 1)),
        (cell('office:value-type="string"', "1-2班"), "1-2班"),
        (cell('table:formula="of:=[.B2]" office:value-type="float" office:value="40"', "40"), 40),
        (cell('table:formula="of:=IF(1;&quot;&quot;)" office:value-type="string" office:string-value=""'), ""),
        (cell('office:value-type="string"', "<![CDATA[40]]>"), "40"),
        (cell('office:value-type="string"', "4<!-- -->0"), "40"),
        (cell('office:value-type="string"', "40<text:line-break/>38"), "40 38"),
        (cell('office:value-type="string"', "40<text:tab/>38"), "40 38"),
        (cell('office:value-type="string"', "40</text:p><text:p>38"), "40\n38"),
        ('<table:table-cell office:value-type="string"><office:annotation><text:p>备注</text:p></office:annotation>'
         "<text:p>40</text:p></table:table-cell>", "40"),
        (cell('table:formula="of:=29+1"'), FORMULA_WITHOUT_VALUE),
        (cell('table:formula="of:=1/0" office:value-type="string" office:string-value="" calcext:value-type="error"',
              "#DIV/0!"), ERROR_CELL),
        (cell('table:formula="of:=1/0" office:value-type="float" office:value="0"', "#DIV/0!"), ERROR_CELL),
        (cell('table:formula="of:=X" office:value-type="string" office:string-value=""', "Err:502"), ERROR_CELL),
        (cell("table:formula=\"of:=['file:///C:/a.ods'#$S.A1]\" office:value-type=\"float\" office:value=\"40\"", "40"),
         EXTERNAL_REFERENCE),
        (cell('table:formula="of:=DDE(&quot;soffice&quot;;1)" office:value-type="float" office:value="40"', "40"),
         EXTERNAL_REFERENCE),
    ],
)  # fmt: skip
def test_a_cell_is_read_or_marked(given: str, read: Any) -> None:
    grid = only(with_cell(given))
    assert (grid.rows[0], grid.rows[1][2], grid.rows[2][2]) == (HEAD, read, 38)
    assert grid.has_external == (read == EXTERNAL_REFERENCE)


@pytest.mark.parametrize("font", ['style:text-line-through-style="solid"', 'style:text-position="super 58%"',
                                  'style:text-line-through-type="single"', 'style:text-position="33% 58%"'])  # fmt: skip
def test_a_number_with_a_struck_or_raised_part_is_marked(font: str) -> None:
    style = f'<style:style style:name="T1" style:family="text"><style:text-properties {font}/></style:style>'
    given = cell('office:value-type="string"', '<text:span text:style-name="T1">40</text:span>38')
    assert only(with_cell(given, style)).rows[1][2] == OVERWRITTEN_CELL
    assert only(with_cell(given)).rows[1][2] == "4038"


def test_hidden_rows_columns_sheets_and_merged_cells_are_known() -> None:
    line = "<table:table-row {}>" + "".join(map(make.open_cell, ("a", "b", 1))) + "</table:table-row>"
    twice = 'table:visibility="collapse" table:number-rows-repeated="2"'
    rows = [
        HEAD,
        line.format('table:visibility="filter"'),
        f'<table:table-row-group table:display="false">{line.format("")}</table:table-row-group>',
        "<table:table-rows>" + line.format(twice) + "</table:table-rows>",
        ["c", make.open_cell("d", 'table:number-columns-spanned="2" table:number-rows-spanned="2"'),
         "<table:covered-table-cell/>"],
        ["e", "<table:covered-table-cell/>", "<table:covered-table-cell/>"],
        '<table:table-row table:visibility="collapse" table:number-rows-repeated="1048000"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>',
    ]  # fmt: skip
    columns = (
        '<table:table-column/><table:table-columns><table:table-column table:visibility="collapse"/></table:table-columns>'
        '<table:table-column table:number-columns-repeated="16382" table:visibility="collapse"/>'
    )
    grid = only(make.open_document(make.open_table(rows, columns=columns)))
    assert grid.hidden_rows == [2, 3, 4, 5] and grid.hidden_columns == [2]
    assert grid.merges == [(6, 2, 7, 3)] and len(grid.rows) == 7
    style = '<style:style style:name="ta" style:family="table"><style:table-properties table:display="false"/></style:style>'
    hidden = make.open_table([HEAD]).replace("<table:table ", '<table:table table:style-name="ta" ')
    assert only(make.open_document(hidden, styles=style)).is_hidden


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (make.open_document(make.open_table([HEAD]), manifest="<manifest:encryption-data/>"), "ENCRYPTED_FILE"),
        (make.open_document(make.open_table([HEAD]), added={"Basic/Standard/Module1.xml": b"<x/>"}), "MACRO_FILE"),
        (make.open_document(make.open_table([HEAD]), added={"Scripts/python/a.py": b"x"}), "MACRO_FILE"),
        (make.open_document(make.open_table([HEAD]), added={"../x.xml": b"<x/>"}), "ARCHIVE_SUSPICIOUS"),
        (make.open_document(make.open_table([HEAD]), added={"CONTENT.XML": b"<x/>"}), "ARCHIVE_SUSPICIOUS"),
        (make.open_document(make.open_table([HEAD]) * 2), "DAMAGED_FILE"),
        (make.rewritten(make.open_workbook([HEAD]), {"content.xml": lambda d: d[:-40]}), "DAMAGED_FILE"),
        (make.rewritten(make.open_workbook([HEAD]), {"content.xml": lambda d: d.replace(b"spreadsheet>", b"text>")}),
         "NOT_A_TABLE"),
        (make.rewritten(make.open_workbook([HEAD]), {"content.xml": lambda d: d.replace(
            b"?>", b"?><!DOCTYPE a [<!ENTITY b 'c'>]>", 1)}), "XML_DEFINITION"),
        (with_cell(cell("", "40")), "DAMAGED_FILE"),
        (with_cell('<table:table-cell office:value-type="float" office:value="40">value="38" &gt;<text:p>38</text:p>'
                   "</table:table-cell>"), "DAMAGED_FILE"),
        (with_cell("<table:table-cell><table:table-row>" + make.open_cell(40) + "</table:table-row></table:table-cell>"),
         "DAMAGED_FILE"),
        (with_cell("<table:table-cell><table:table-cell>" + make.open_cell(40) + "</table:table-cell></table:table-cell>"),
         "DAMAGED_FILE"),
        (with_cell(cell('office:value-type="float" offise:value="40"', "40")), "DAMAGED_FILE"),
        (with_cell(cell('office:vffice:value-type="float" office:value="40"', "40")), "DAMAGED_FILE"),
        (with_cell(cell('office:value-type="float" office:value="40"', "<txt:span>40</txt:span>")), "DAMAGED_FILE"),
        (make.rewritten(make.shared_text_workbook([["4038"]]), {"xl/sharedStrings.xml": lambda d: d.replace(
            b"<si>", b"<si><r><rPr><x:strike/></rPr><t>1</t></r></si><si>", 1)}), "DAMAGED_FILE"),
        (make.open_document(make.open_table([HEAD, '<table:table-row table:number-rows-repeated="1048000">'
                                             + make.open_cell(7, 'table:number-columns-repeated="16000"')
                                             + "</table:table-row>"])), "SHEET_TOO_LARGE"),
        (make.open_document(make.open_table([HEAD, '<table:table-row table:number-rows-repeated="1048000">'
                                             '<table:table-cell/></table:table-row>',
                                             [make.open_cell(None, 'table:number-columns-repeated="16000"'), 7]])),
         "SHEET_TOO_LARGE"),
    ],
)  # fmt: skip
def test_what_cannot_be_trusted_is_refused_before_memory_is_made_for_it(content: bytes, rule: str) -> None:
    assert refused(content) == rule


def test_an_embedded_document_is_told_and_a_chart_is_not() -> None:
    chart = '<manifest:file-entry manifest:media-type="application/vnd.oasis.opendocument.chart"/>'
    added = {"Object 1/content.xml": b"<x/>", "Object 1/styles.xml": b"<x/>"}
    table = make.open_table([HEAD])
    assert only(make.open_document(table, added=added, manifest=chart)).warnings == []
    assert [w.rule_code for w in only(make.open_document(table, added=added)).warnings] == [
        "EMBEDDED_OBJECTS"
    ]


def test_what_is_kept_of_another_file_is_no_sheet() -> None:
    cached = make.open_table([["x"]], sheet="'file:///C:/a.ods'#S")
    assert only(make.open_document(make.open_table([HEAD]) + cached)).rows == [HEAD]


@pytest.mark.parametrize("seed", range(30))
def test_the_same_cells_in_a_workbook_and_in_an_open_document_are_read_alike(seed: int) -> None:
    """Blank rows and columns around, gaps, and equal neighbours written once."""
    chance = random.Random(seed)
    values = ["", "", "甲", "示例", 1, 2.5, "2150000001"]
    rows = [[chance.choice(values) for _ in range(6)] for _ in range(8)]
    rows[chance.randrange(8)][chance.randrange(6)] = 7

    def squeezed(row: list[Any]) -> list[Any]:
        cells: list[Any] = []
        for j, value in enumerate(row):
            if j and value == row[j - 1]:
                continue
            run = next((k for k in range(j, len(row)) if row[k] != value), len(row)) - j
            cells.append(make.open_cell(value, f'table:number-columns-repeated="{run}"' if run > 1 else ""))
        return cells

    (workbook,) = read_grids(make.workbook(rows), ".xlsx")
    document = only(make.open_document(make.open_table([squeezed(r) for r in rows])))

    def cells(grid: Grid) -> dict[str, Any]:
        return {
            grid.address(j, grid.first_row + i): c
            for i, row in enumerate(grid.rows)
            for j, c in enumerate(row)
            if c != ""
        }

    assert cells(document) == cells(workbook)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_what_libreoffice_writes_is_read(tmp_path: Path) -> None:
    rows = [HEAD, ["2150000001", "甲", "=20+20"], ["2150000002", "乙", "=1/0"], ["2150000003", "丙", 3.5]]
    (tmp_path / "a.xlsx").write_bytes(make.workbook(rows))
    order = [
        "soffice",
        "--headless",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--convert-to",
        "ods",
    ]
    subprocess.run([*order, "a.xlsx"], cwd=tmp_path, check=True, capture_output=True, timeout=180)
    grid = only((tmp_path / "a.ods").read_bytes())
    assert [r[2] for r in grid.rows[:4]] == ["在校生数", 40, ERROR_CELL, 3.5] and grid.sheet == "在校生数"
