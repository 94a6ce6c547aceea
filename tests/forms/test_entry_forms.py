"""Entry workbooks hold exactly the contract's headings, with help at entry, and are read back as empty forms."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from dagster_project.forms.entry_forms import NOTES_SHEET, grain_zh, write_templates
from dagster_project.intake.feeds import Feed, load_feeds
from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.parse.sheets import parse_grids

FEEDS = load_feeds()
HEADING_ROW = 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("templates")
    write_templates(out, 2023)
    return out


COMBINED = {"填报模板_全部表_2023.xlsx": False, "填报模板_整改与月报全部表_2023.xlsx": True}


@pytest.fixture(scope="module")
def combined(folder: Path) -> dict[str, Any]:
    """Sheets by name: those of the school year, then the ledgers; the notes of both are joined under their name."""
    sheets: dict[str, Any] = {}
    for name in COMBINED:
        for sheet in load_workbook(folder / name).worksheets:
            sheets[f"{sheet.title} {name}" if sheet.title == NOTES_SHEET else sheet.title] = sheet
    return sheets


def words_of(check: Any, sheet: Any) -> list[str]:
    """Words of a drop-down, wherever they stand."""
    source = str(check.formula1)
    if not source.startswith("'"):
        return source.strip('"').split(",")
    place, cells = source.split("!")
    return [row[0].value for row in sheet.parent[place.strip("'")][cells.replace("$", "")]]


def test_one_workbook_a_feed_and_one_for_all(tmp_path: Path) -> None:
    paths = write_templates(tmp_path)
    assert {p.name for p in paths} == {
        *(f"填报模板_{feed.name_zh}.xlsx" for feed in FEEDS.values()),
        "填报模板_全部表.xlsx",
        "填报模板_整改与月报全部表.xlsx",
    }
    for path in paths:
        names = load_workbook(path, read_only=True).sheetnames
        assert names[-1] == NOTES_SHEET
        ledgers = sum(feed.is_ledger for feed in FEEDS.values())
        sizes = {"填报模板_全部表.xlsx": len(FEEDS) - ledgers, "填报模板_整改与月报全部表.xlsx": ledgers}
        assert len(names) == sizes.get(path.name, 1) + 1


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_headings_are_exactly_the_feeds(feed: Feed, combined: dict[str, Any]) -> None:
    sheet = combined[feed.name_zh]
    headings = [cell.value for cell in sheet[HEADING_ROW]]
    assert headings == [column.heading_zh for column in feed.columns]
    assert sheet.freeze_panes == f"C{HEADING_ROW + 1}"


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_required_columns_are_marked_by_fill_and_comment(feed: Feed, combined: dict[str, Any]) -> None:
    cells = combined[feed.name_zh][HEADING_ROW]
    fills = {True: set(), False: set()}
    for cell, column in zip(cells, feed.columns, strict=True):
        fills[column.required].add(cell.fill.fgColor.rgb)
        assert ("【必填】" if column.required else "【选填】") in cell.comment.text
        assert column.unit_zh in cell.comment.text
        assert column.note_zh in cell.comment.text
    assert len(fills[True]) == 1 and fills[True].isdisjoint(fills[False])


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_every_choice_has_a_drop_down_with_all_its_words(feed: Feed, combined: dict[str, Any]) -> None:
    sheet = combined[feed.name_zh]
    lists = {}
    for check in sheet.data_validations.dataValidation:
        if check.type == "list":
            lists[str(check.sqref).split(":")[0]] = words_of(check, sheet)
    for cell, column in zip(sheet[HEADING_ROW], feed.columns, strict=True):
        if column.choices:
            assert lists[f"{cell.column_letter}{HEADING_ROW + 1}"] == list(column.choices)


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_codes_are_text_and_numbers_are_checked_at_entry(feed: Feed, combined: dict[str, Any]) -> None:
    sheet = combined[feed.name_zh]
    checked = {re.match("[A-Z]+", str(c.sqref))[0] for c in sheet.data_validations.dataValidation}  # type: ignore[index]
    for cell, column in zip(sheet[HEADING_ROW + 1], feed.columns, strict=True):
        assert (cell.number_format == "@") == (
            column.type in ("code", "district", "text", "choice", "date", "month")
        )
        if column.type != "text":
            assert cell.column_letter in checked


def test_banner_names_the_form_and_its_year(combined: dict[str, Any], tmp_path: Path) -> None:
    for feed in FEEDS.values():
        assert feed.name_zh in combined[feed.name_zh]["A1"].value
        assert combined[feed.name_zh]["A2"].value == "填报年度：2023"
    blank = load_workbook(write_templates(tmp_path)[0]).worksheets[0]
    assert blank["A2"].value.startswith("填报年度：") and not re.search(r"\d", blank["A2"].value)


def test_notes_list_every_column(combined: dict[str, Any]) -> None:
    notes = [sheet for name, sheet in combined.items() if name.startswith(NOTES_SHEET)]
    rows = {(r[0], r[1]) for sheet in notes for r in sheet.iter_rows(values_only=True)}
    assert {(f.name_zh, c.heading_zh) for f in FEEDS.values() for c in f.columns} <= rows


@pytest.mark.parametrize("name", COMBINED)
def test_a_blank_form_is_read_as_its_feed_and_states_its_year(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    parsed = parse_grids(read_grids(content, ".xlsx"), 2023, [])
    assert sorted(s.feed for s in parsed.sheets) == sorted(
        f.feed for f in FEEDS.values() if f.is_ledger == COMBINED[name]
    )
    assert all(s.status == "accepted" and s.rows_read == 0 for s in parsed.sheets)
    filled = list(read_grids(content, ".xlsx"))
    for grid in filled:
        grid.rows.append(["2150900001", *[1] * (max(map(len, grid.rows)) - 1)])
    wrong = parse_grids(filled, 2022, [])
    assert {s.status for s in wrong.sheets} == {"accepted" if COMBINED[name] else "rejected"}


def test_the_same_content_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    for path in write_templates(tmp_path, 2023):
        with zipfile.ZipFile(path) as now, zipfile.ZipFile(folder / path.name) as before:
            assert {n: now.read(n) for n in now.namelist()} == {n: before.read(n) for n in before.namelist()}


@pytest.mark.parametrize(
    ("feed", "wanted"),
    [
        ("floor_area", "每校一行"),
        ("staffing", "每校每学段一行"),
        ("class_sizes", "每班一行"),
        ("kindergarten_pay", "每园一行"),
        ("kindergarten_support", "每园每个“年度”一行，只报新增和有变化的"),
        ("school_groups", "每校每个“组织形式＋名称”一行，只报新增和有变化的"),
        ("rectification_tasks", "每个“事项编号＋措施编号”一行，只报新增和有变化的"),
    ],
)
def test_a_form_says_what_its_rows_are(feed: str, wanted: str) -> None:
    assert grain_zh(FEEDS[feed]) == wanted
