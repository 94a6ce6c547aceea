"""Sheets that look ordinary are read without the checks; whatever is done to one, both ways give the same cells or refusals."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from dagster_project.intake.files import ordinary_rows, sheet_xml
from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.findings import RejectedFile
from dagster_project.speed import SWITCH

PART = "xl/worksheets/sheet1.xml"
Change = Callable[[bytes, random.Random], bytes]


def shared_texts() -> bytes:
    """Labels, blanks, numbers, a merged head, a hidden row and a hidden column, as XlsxWriter writes them."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("教基3112")
        sheet.merge_range(0, 0, 0, 3, "小学学生数 <合成数据> & 示例")
        for i in range(1, 14):
            sheet.write_row(i, 0, (f"指标{i}", f"{i:02d}", i * 7 if i % 3 else None, f"{i}.5"))
        sheet.set_row(0, None, None, {"hidden": True})
        sheet.set_column(5, 6, 9, None, {"hidden": True})
    return stream.getvalue()


def inline_texts() -> bytes:
    """The same kind of sheet with its texts in the cells, and blank cells that are written."""
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for i in range(1, 14):
        sheet.append([f"指标 {i}", f"{i:02d}", i * 7, None, 2.5])
        sheet.cell(i, 4).number_format = "0.00"
    sheet.merge_cells("A1:A2")
    book.save(stream)
    return stream.getvalue()


WORKBOOKS = {"shared": shared_texts(), "inline": inline_texts()}


def with_sheet(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with its first sheet's XML changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name == PART else data)
    return stream.getvalue()


def sheet_of(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(PART)


def outcome(content: bytes) -> Any:
    """All that is known of the sheets of a workbook, or why it is refused."""
    try:
        return [vars(grid) for grid in read_grids(content, ".xlsx")]
    except RejectedFile as refused:
        return refused.rule_code, refused.message_zh


def at_a_cell(pattern: bytes, put: bytes) -> Change:
    """Puts something in place of one match of a pattern."""

    def change(xml: bytes, chance: random.Random) -> bytes:
        found = list(re.finditer(pattern, xml))
        if not found:
            return xml
        one = chance.choice(found)
        return xml[: one.start()] + one.expand(put) + xml[one.end() :]

    return change


def swapped_rows(xml: bytes, chance: random.Random) -> bytes:
    rows = re.findall(rb"<row .*?</row>", xml, re.DOTALL)
    one, other = chance.sample(rows, 2)
    return xml.replace(one, b"\0").replace(other, one).replace(b"\0", other)


CHANGES: dict[str, Change] = {
    "as it is": lambda xml, _: xml,
    "another row's address": at_a_cell(rb'<c r="([A-Z])\d+"', rb'<c r="\g<1>40"'),
    "an address twice": at_a_cell(rb'<c r="[B-Z](\d+)"', rb'<c r="A\1"'),
    "no address": at_a_cell(rb'<c r="[A-Z]+\d+"', rb"<c"),
    "a row without number": at_a_cell(rb'<row r="\d+"', rb"<row"),
    "rows in another order": swapped_rows,
    "text before a value": at_a_cell(rb'(<c r="[^>]*[^/]>)<', rb"\g<1>7<"),
    "text between cells": at_a_cell(rb"</c><c", rb"</c>7<c"),
    "two values": at_a_cell(rb"(<v>[^<]*</v>)", rb"\1\1"),
    "a formula": at_a_cell(rb"<v>", rb"<f>1+1</f><v>"),
    "a formula without value": at_a_cell(rb"<v>[^<]*</v>", rb"<f>1+1</f>"),
    "an error": at_a_cell(rb'(<c r="[A-Z]+\d+")[^>]*><v>[^<]*</v>', rb'\1 t="e"><v>#N/A</v>'),
    "a name with a digit": at_a_cell(rb"<v>([^<]*)</v>", rb"<v1>\1</v1>"),
    "a name that ends otherwise": at_a_cell(rb"</v>", rb"</v2>"),
    "an attribute with a digit": at_a_cell(rb'<c r="', rb'<c 1r="'),
    "an attribute twice": at_a_cell(rb'(<row r="\d+")', rb'\1 spans="1:2" spans="1:2"'),
    "single quotes": at_a_cell(rb'<c r="([^"]*)"', rb"<c r='\1'"),
    "blanks at an attribute": at_a_cell(rb'<c r="', rb'<c r = "'),
    "a comment": at_a_cell(rb"</row>", rb"<!-- 1 --></row>"),
    "a section of characters": at_a_cell(rb"<v>([^<]*)</v>", rb"<v><![CDATA[\1]]></v>"),
    "a character by its number": at_a_cell(rb"<v>", rb"<v>&#49;"),
    "a character that is none": at_a_cell(rb"<v>", rb"<v>&#1;"),
    "half a character": at_a_cell(rb"<v>", rb"<v>&#55357;"),
    "a byte that is no character": at_a_cell(rb"<v>", b"<v>\xe4"),
    "a lost end": lambda xml, chance: xml[: chance.randrange(200, len(xml) - 1)],
    "a lost piece": lambda xml, chance: xml[: (at := chance.randrange(200, len(xml) - 20))] + xml[at + 7 :],
    "hidden rows": at_a_cell(rb'<row r="(\d+)"', rb'<row r="\1" hidden="1"'),
    "rows that aren't hidden": at_a_cell(rb'<row r="(\d+)"', rb'<row r="\1" hidden="0"'),
    "text in pieces": at_a_cell(
        rb'(<c r="[A-Z]+\d+")[^>]*><v>[^<]*</v>',
        rb'\1 t="inlineStr"><is><r><rPr><strike/></rPr><t>40</t></r><r><t>38</t></r></is>',
    ),
    "cells twice": lambda xml, _: xml.replace(b"</sheetData>", b"</sheetData><sheetData/>"),
    "a prefix": lambda xml, _: re.sub(rb"<(/?)(?=row|c |c>|v>)", rb"<\1x:", xml),
    "another encoding": lambda xml, _: xml.replace(b"UTF-8", b"GBK"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("workbook", WORKBOOKS)
@pytest.mark.parametrize("piece_bytes", [300, 256 * 1024])
def test_both_ways_of_reading_a_sheet_give_the_same(
    workbook: str, change: str, piece_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The long way is the one that `JUNHENG_NO_SPEEDUPS` leaves; the sheet as it is comes first, so that its rows are known."""
    monkeypatch.setattr(ordinary_rows, "_PIECE_BYTES", piece_bytes)
    read_grids_once = outcome(WORKBOOKS[workbook])
    assert isinstance(read_grids_once, list)
    for seed in range(6):
        chance = random.Random(f"{workbook} {change} {seed}")
        content = with_sheet(WORKBOOKS[workbook], lambda xml: CHANGES[change](xml, chance))  # noqa: B023
        monkeypatch.setenv(SWITCH, "1")
        long_way = outcome(content)
        monkeypatch.setenv(SWITCH, "0")
        assert outcome(content) == long_way


@pytest.mark.parametrize("workbook", WORKBOOKS)
def test_an_ordinary_sheet_is_not_searched(workbook: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def searched(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(sheet_xml, "extent", searched)
    assert isinstance(outcome(WORKBOOKS[workbook]), list)


def test_a_sheet_of_rows_that_are_all_different_is_searched_and_not_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    for i in range(300):
        book.worksheets[0].append([chr(0x4E00 + i), i])
    book.save(stream)
    sheet = re.sub(
        rb"<v>(\d+)</v>", lambda v: f"<v>{'.' * int(v[1])}</v>".encode(), sheet_of(stream.getvalue())
    )
    monkeypatch.setattr(ordinary_rows, "_kinds", {})
    assert ordinary_rows.ordinary_sheet(sheet) is None
    assert ordinary_rows._kinds == {}


def test_its_extent_and_what_is_hidden_are_known() -> None:
    found = ordinary_rows.ordinary_sheet(sheet_of(WORKBOOKS["shared"]))
    assert found is not None
    assert (found.rows, found.columns) == (14, 4)
    assert found.merges == [(1, 1, 1, 4)]
    assert (found.hidden_rows, found.hidden_columns) == ([1], [6, 7])


def test_the_forms_of_both_editions_are_ordinary() -> None:
    folder = Path(__file__).parents[1] / "fixtures" / "national_forms"
    for path in folder.rglob("*.xlsx"):
        with zipfile.ZipFile(path) as archive:
            sheets = [archive.read(name) for name in archive.namelist() if "/worksheets/" in name]
        assert [xml for xml in sheets if ordinary_rows.ordinary_sheet(xml) is None] == []
