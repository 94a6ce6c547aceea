"""Writes receipts: one workbook per school, in a folder per town, and the list of all files of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import read_sql
from dagster_project.core.homes import Home, distinct_file_names, file_name
from dagster_project.core.local_time import local_time
from dagster_project.core.privacy import mask_personal_numbers
from dagster_project.core.progress import Counted
from dagster_project.core.text import write_csv
from dagster_project.forms.entry_forms import EntryBook
from dagster_project.intake.feeds import load_feeds
from dagster_project.publish import labels
from dagster_project.publish.receipts.received import Receipt, ReceivedSheet

if TYPE_CHECKING:
    import duckdb

    from dagster_project.intake.manifest import FileRecord

_RECEIPT_ZH = "收件回执"
_NO_TOWN_ZH = "未确定镇街"
_NIL_ZH = "零报告"
_BESIDE_ZH = "{rows} 行另有来源在先，只取那里没有的数；能对上的数见网页“数据质量”的“来源对照”"
_SHEETS_ZH = (
    ("报表", 18), ("文件", 44), ("工作表", 16), ("收到时间", 18), ("报来行数", 10), ("采用行数", 10),
    ("备注", 40), ("文件校验码（SHA-256）", 68),
)  # fmt: skip
_PROBLEMS_ZH = (("轻重", 18), ("文件", 44), ("工作表", 16), ("单元格", 18), ("问题与改法", 90))
_NO_PROBLEM_ZH = "没有待处理的问题。"
_LISTED_ZH = (
    "收到时间", "文件", "状态", "读入行数", "采用行数", "暂不采用行数", "待处理问题", "文件校验码（SHA-256）",
)  # fmt: skip
_EVIDENCE_ZH = "佐证材料"


def write_receipts(
    receipts: Sequence[Receipt],
    out: Path,
    release_id: str,
    report: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write one workbook per school; a receipt that is there already is written anew.

    Args:
        receipts: what each school sent.
        out: folder, created if it isn't there.
        release_id: release by which rows count as in force.
        report: gets a `Counted` message after each workbook.
    """
    towns = distinct_file_names(r.town or _NO_TOWN_ZH for r in receipts)
    paths = []
    for done, receipt in enumerate(receipts, start=1):
        folder = out / towns[receipt.town or _NO_TOWN_ZH]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / file_name(receipt.school_name, receipt.school_code, _RECEIPT_ZH, suffix=".xlsx")
        write_receipt(receipt, path, release_id)
        paths.append(path)
        report(Counted(f"已写出 {path.name}", done, len(receipts)))
    return paths


def write_receipt(receipt: Receipt, path: Path, release_id: str) -> None:
    """Write the receipt of one school: what arrived, and what is open."""
    names = {feed.feed: feed.name_zh for feed in load_feeds().values()}
    with EntryBook(path, title=f"{receipt.school_name}{_RECEIPT_ZH}") as book:
        sheet = book.book.add_worksheet(_RECEIPT_ZH)
        sheet.hide_gridlines(2)
        sheet.write_string(0, 0, f"{receipt.school_name}（{receipt.school_code}）{_RECEIPT_ZH}", _title(book))
        sheet.set_row(0, 30)
        sheet.write_string(
            1,
            0,
            f"采用与否按版本 {release_id}。采用行数少于报来行数的，有待改正的问题，或已被后来的报表替换，或另有来源在先（见备注）。",
            book.style(),
        )
        row = _table(
            book,
            sheet,
            3,
            _SHEETS_ZH,
            [
                (
                    names[s.feed], s.source_file, s.sheet, f"{s.received_at:%Y-%m-%d %H:%M}",
                    s.rows_sent, s.rows_in_force, _remark_zh(s), s.sha256,
                )
                for s in receipt.sheets
            ],
        )  # fmt: skip
        for j, (_, width) in enumerate(_SHEETS_ZH):
            sheet.set_column(j, j, width)
        if not receipt.problems:
            sheet.write_string(row + 1, 0, _NO_PROBLEM_ZH, book.style(bold=True))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        if receipt.problems:
            _write_problems(book, receipt)


def _remark_zh(sheet: ReceivedSheet) -> str:
    if sheet.is_nil:
        return _NIL_ZH
    return _BESIDE_ZH.format(rows=sheet.rows_beside) if sheet.rows_beside else ""


def _write_problems(book: EntryBook, receipt: Receipt) -> None:
    sheet = book.book.add_worksheet("待处理的问题")
    sheet.hide_gridlines(2)
    _table(
        book,
        sheet,
        0,
        _PROBLEMS_ZH,
        [
            (labels.SEVERITY_ZH.get(p.severity, p.severity), p.source_file, p.sheet, p.cell, p.message_zh)
            for p in receipt.problems
        ],
    )
    for j, (_, width) in enumerate(_PROBLEMS_ZH):
        sheet.set_column(j, j, width)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _title(book: EntryBook) -> Any:
    return book.style(font_size=15, bold=True, font_color="#1F4E6B")


def _table(
    book: EntryBook, sheet: Any, row: int, heads: Sequence[tuple[str, int]], rows: Sequence[Sequence[object]]
) -> int:
    """Write a table; returns the row below it."""
    head = book.style(bold=True, bg_color="#DCE5EC", font_color="#33475B", border=1, border_color="#8FA3B3")
    cell = book.style(border=1, border_color="#C9D3DC", text_wrap=True)
    for j, (text, _) in enumerate(heads):
        sheet.write_string(row, j, text, head)
    for values in rows:
        row += 1
        for j, value in enumerate(values):
            if isinstance(value, int):
                sheet.write_number(row, j, value, cell)
            else:
                sheet.write_string(row, j, str(value), cell)
    return row + 1


def write_list_of_run(
    con: duckdb.DuckDBPyConnection, home: Home, release_id: str, files: Sequence[FileRecord]
) -> Path | None:
    """Write what arrived in a run, one line per file, to `receipts/<release>.csv`; None if nothing arrived.

    Args:
        con: marts of the release.
        home: whose folder of receipts.
        release_id: the release of the run.
        files: files of the run.
    """
    if not files:
        return None
    rows = {
        path: (counts, is_unfilled)
        for path, *counts, is_unfilled in con.execute(
            read_sql(__package__, "rows_of_files", submission="$submission"),
            {"submission": files[0].submission},
        ).fetchall()
    }
    problems = dict(
        con.execute("select source_file, count(*) from marts.fct_problems group by source_file").fetchall()
    )
    lines = []
    for file in files:
        counts, is_unfilled = rows.get(file.path, ([0, 0, 0], False))
        word = "unfilled" if is_unfilled else file.status
        status = _EVIDENCE_ZH if file.is_evidence else labels.STATUS_ZH.get(word, word)
        when = f"{local_time(file.received_at):%Y-%m-%d %H:%M}"
        lines.append(
            (when, mask_personal_numbers(file.path), status, *counts, problems.get(file.path, 0), file.sha256)
        )
    import pandas as pd

    folder = home.root / "receipts"
    folder.mkdir(exist_ok=True)
    path = folder / f"{release_id}.csv"
    write_csv(pd.DataFrame(lines, columns=list(_LISTED_ZH)), path)
    return path
