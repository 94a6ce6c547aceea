"""A receipt says what arrived of a school, when, with which hash, what of it counts, and what is open."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import Workbook, load_workbook

from dagster_project.core.duck import open_marts, read_sql
from dagster_project.core.homes import Home
from dagster_project.core.local_time import local_time
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.manifest import FileRecord, Manifest, read_manifest
from dagster_project.intake.nil_returns import NilReturn
from dagster_project.intake.sheet_records import SheetRecord
from dagster_project.publish.labels import STATUS_ZH
from dagster_project.publish.receipts import command
from dagster_project.publish.receipts.received import (
    OpenProblem,
    Receipt,
    ReceivedSheet,
    receipts_of,
)
from dagster_project.publish.receipts.workbooks import write_receipt
from dagster_project.record import nil_returns
from dagster_project.warehouse import release

WHEN = dt.datetime(2026, 11, 2, 9, 30)


def test_a_receipt_is_a_sheet_of_what_came_and_one_of_what_is_open(tmp_path: Path) -> None:
    sheets = [
        ReceivedSheet("staffing", "2026/a.xlsx", "表1", WHEN, "ab12", 2, 1, period="2026 学年"),
        ReceivedSheet("hazards", "2026/b.xlsx", "隐患", WHEN, "cd34", 0, 0, is_nil=True),
        ReceivedSheet("floor_area", "2026/a.xlsx", "表2", WHEN, "ab12", 1, 0, rows_beside=1),
    ]
    problems = [OpenProblem("quarantine_row", "2026/a.xlsx", "表1", "D7", "应为整数")]
    path = tmp_path / "回执.xlsx"
    write_receipt(Receipt("2150900001", "东镇小学", "东镇", sheets, problems), path, "r1")
    came, is_open = load_workbook(path)
    rows = [list(row) for row in came.iter_rows(min_row=3, values_only=True)]
    beside_another = rows.pop()
    assert beside_another[5:7] == [1, 0]
    assert beside_another[7].startswith("1 行另有来源在先")
    assert rows[1:] == [
        ["教师配备", "2026 学年", "2026/a.xlsx", "表1", "2026-11-02 09:30", 2, 1, "", "ab12"],
        ["隐患台账", "", "2026/b.xlsx", "隐患", "2026-11-02 09:30", 0, 0, "零报告", "cd34"],
    ]
    assert [c.value for c in is_open[3]] == ["整行暂不采用", "2026/a.xlsx", "表1", "D7", "应为整数"]
    write_receipt(Receipt("2150900001", "东镇小学", "东镇", sheets), path, "r1")
    (only,) = load_workbook(path)
    assert "没有待处理的问题。" in [c.value for c in only["A"]]


def test_the_receipts_of_the_sample_account_for_every_row(sample_home: Path, tmp_path: Path) -> None:
    home = Home(sample_home)
    manifest = read_manifest(home)
    with open_marts(release.analyst_database(home)) as con:
        receipts = receipts_of(con, home, manifest, 1)
        counted = {
            feed.feed: con.execute(
                f"select count(*) from (select distinct source_file, sheet, row_number from accepted.{feed.feed})"
            ).fetchall()[0][0]
            for feed in load_feeds().values()
            if feed.has_schools
        }
        negative = con.execute(
            "select distinct school_code from marts.fct_problems where severity = 'quarantine_row' "
            "and feed = 'class_sizes' and value = '-29'"
        ).fetchall()
    periods = {s.feed: s.period for r in receipts for s in r.sheets if not s.is_nil}
    assert {feed: re.sub(r"\d", "9", periods[feed]) for feed in ("staffing", "special_rooms", "hazards")} == {
        "staffing": "9999 学年", "special_rooms": "9999 至 9999", "hazards": "",
    }  # fmt: skip
    assert periods["safety_duties"].startswith("20") and len(periods["safety_duties"]) in (7, 17)
    in_force: Counter[str] = Counter()
    for receipt in receipts:
        for sheet in receipt.sheets:
            in_force[sheet.feed] += sheet.rows_in_force
            assert sheet.rows_in_force <= sheet.rows_sent
    assert {feed: n for feed, n in in_force.items() if n} == {feed: n for feed, n in counted.items() if n}

    ((code,),) = negative
    faulty = next(r for r in receipts if r.school_code == code)
    (classes,) = [
        s
        for s in faulty.sheets
        if s.feed == "class_sizes" and s.source_file == "2022/示例区_望川镇_2022.xlsx"
    ]
    assert classes.rows_in_force == classes.rows_sent - 1
    assert any(
        p.severity == "quarantine_row" and p.source_file == classes.source_file for p in faulty.problems
    )
    (file,) = [f for f in manifest.files if f.path == classes.source_file]
    assert (classes.sha256, classes.received_at) == (file.sha256, local_time(file.received_at))
    assert any(s.is_nil and s.rows_sent == 0 for r in receipts for s in r.sheets)

    out = tmp_path / "回执"
    command.command(out=out, home=sample_home)
    assert len(list(out.rglob("*.xlsx"))) == len(receipts)


def test_a_run_lists_every_file_that_arrived(sample_home: Path) -> None:
    (listed,) = (sample_home / "receipts").glob("*.csv")
    assert listed.stem == Home(sample_home).release_in_force()
    with listed.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.reader(source))[1:]
    files = read_manifest(Home(sample_home)).files
    assert [(row[1], row[-1]) for row in rows] == [(f.path, f.sha256) for f in files]
    assert {row[2] for row in rows} == {"采用", "佐证材料", "零报告"}
    by_name = {row[1]: row for row in rows}
    assert by_name["2022/示例区_望川镇_2022.xlsx"][6] != "0"


@pytest.mark.parametrize(
    ("sheets", "outcome"),
    [
        ([("accepted", 3, 2, 1)], "accepted"),
        ([("accepted", 3, 0, 3)], "none_accepted"),
        ([("accepted", 3, 0, 3), ("accepted", 2, 2, 0)], "accepted"),
        ([("nil", 1, 0, 0)], "nil"),
        ([("unfilled", 1, 0, 0)], "unfilled"),
        ([("nil", 1, 0, 0), ("unfilled", 1, 0, 0)], "nil"),
    ],
)
def test_a_file_of_which_no_row_is_accepted_is_not_called_accepted(
    sheets: list[tuple[str, int, int, int]], outcome: str
) -> None:
    con = duckdb.connect()
    con.execute("create schema marts")
    con.execute(
        "create table marts.fct_submissions (submission int, source_file text, status text, rows_read bigint,"
        " rows_accepted bigint, rows_unpublished bigint default 0, rows_quarantined bigint)"
    )
    con.executemany(
        "insert into marts.fct_submissions (submission, source_file, status, rows_read, rows_accepted,"
        " rows_quarantined) values (1, 'a.xlsx', ?, ?, ?, ?)",
        sheets,
    )
    ((*_, found),) = con.execute(
        read_sql("dagster_project.publish.receipts", "rows_of_files", submission="1")
    ).fetchall()
    assert found == outcome
    assert STATUS_ZH[found] != "采用" or outcome == "accepted"


def test_sheets_that_brought_no_row_are_told_and_nothing_is_said_to_be_settled(
    new_district: Callable[[], Any], tmp_path: Path
) -> None:
    """A school filled in one of three sheets, one was refused; another sent everything back as it came.

    Nobody waits for enrolment, which the lists of classes give.
    """
    district = new_district()
    codes = ("2150900001", "2150900002")
    district.put(
        "2025/名录.xlsx",
        schools=[
            {"school_code": code, "school_name": f"示例{i}小学", "district_code": "500199", "town": "东镇",
             "school_type": "小学", "ownership": "公办"}
            for i, code in enumerate(codes, start=1)
        ],
    )  # fmt: skip
    headings = {
        f.feed: [c.heading_zh for c in f.columns if c.required or c.name in f.grain]
        for f in load_feeds().values()
    }
    for code, name in zip(codes, ("一", "二"), strict=True):
        book = Workbook()
        book.remove(book.active)
        for feed in ("floor_area", "staffing", "enrolment"):
            sheet = book.create_sheet(feed)
            last = f"上年数{headings[feed][-1]}"
            refused = [headings[feed][-1]] * (feed == "staffing" and name == "一")
            sheet.append([*headings[feed], last, *refused])
            filled = len(headings[feed]) if feed == "floor_area" and name == "一" else 0
            values = [
                code if "代码" in h or "标识码" in h else "小学" if h == "学段" else ""
                for h in headings[feed]
            ]
            sheet.append([v or (30 if filled else "") for v in values] + [77])
        book.save(district.raw / "2025" / f"{name}.xlsx")
    district.run()
    home = Home(district.home)
    with open_marts(release.analyst_database(home)) as con:
        receipts = {r.school_code: r for r in receipts_of(con, home, read_manifest(home), 1)}
    found = {
        code: {(s.feed, s.state, s.rows_sent) for s in receipts[code].sheets if s.feed != "schools"}
        for code in codes
    }
    assert found == {
        codes[0]: {("floor_area", "", 1), ("staffing", "rejected", 0)},
        codes[1]: {(feed, "unfilled", 0) for feed in ("floor_area", "staffing")},
    }
    unsettled = receipts[codes[1]]
    unsettled.problems = []
    write_receipt(unsettled, tmp_path / "回执.xlsx", "r1")
    texts = {str(c.value) for row in load_workbook(tmp_path / "回执.xlsx").active.iter_rows() for c in row}
    assert "没有填，尚未收到" in texts and "没有待处理的问题。" not in texts


def test_a_nil_return_that_came_again_stays_in_the_receipt_of_the_first(tmp_path: Path) -> None:
    """Two submissions say the same of the same month; each was received."""
    school = "2150900001"
    said = NilReturn("A5", school, reporting_month="2025-11")
    sheet = SheetRecord("隐患台账", "safety_duties", "accepted", 3, 1, 1, nil_returns=(said,))
    files = [
        FileRecord(n, f"2025-12-0{n}T08:00:00", 2025, f"2025/{n}.xlsx", str(n), 1, "accepted", (sheet,))
        for n in (1, 2)
    ]
    manifest = Manifest(files=files, submissions=[])
    with duckdb.connect() as con:
        con.execute("create schema accepted")
        con.execute(
            "create table accepted.schools as select 2025 as school_year, ? as school_code, '甲' as school_name,"
            " '500101' as district_code, '东镇' as town",
            [school],
        )
        brought = {n: nil_returns.of_submission(con, manifest, n) for n in (1, 2)}
    assert {n: [(r["school_code"], r["source_file"]) for r in found] for n, found in brought.items()} == {
        1: [(school, "2025/1.xlsx")],
        2: [(school, "2025/2.xlsx")],
    }
