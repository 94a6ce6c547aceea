"""Writes receipts: one workbook per school, in a folder per town, and the list of all files of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.core.duck import read_sql
from dagster_project.core.homes import Home, distinct_file_names, file_name
from dagster_project.core.local_time import local_time
from dagster_project.core.privacy import mask_personal_numbers
from dagster_project.core.progress import WRITTEN_ZH, Counted
from dagster_project.core.text import write_csv
from dagster_project.intake.feeds import load_feeds
from dagster_project.publish import labels
from dagster_project.publish.catalogue.lists import heads_of
from dagster_project.publish.excel.lists import add_list
from dagster_project.publish.excel.sheets import Book
from dagster_project.publish.receipts.received import Receipt, ReceivedSheet

if TYPE_CHECKING:
    import duckdb

    from dagster_project.intake.manifest import FileRecord

_RECEIPT_ZH = "收件回执"
_NIL_ZH = "零报告"
_IN_FORCE_ZH = "采用与否按版本 {release}。采用行数少于报来行数的，有待改正的问题，或已被后来的报表替换，或另有来源在先（见备注）。"
_BESIDE_ZH = "{rows} 行另有来源在先，只取那里没有的数；能对上的数见网页“数据质量”的“来源对照”"
_NO_PROBLEM_ZH = "没有待处理的问题。"
_NOT_ALL_CAME_ZH = "读入的报表没有待处理的问题；尚未收到的报表见“备注”。"
_STATE_ZH = {
    "unfilled": "没有填，尚未收到",
    "rejected": "整张表没有读取，尚未收到",
    "held": "挂起待定，尚未采用",
}


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
    towns = distinct_file_names(r.town or labels.NO_TOWN_ZH for r in receipts)
    paths = []
    for done, receipt in enumerate(receipts, start=1):
        folder = out / towns[receipt.town or labels.NO_TOWN_ZH]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / file_name(receipt.school_name, receipt.school_code, _RECEIPT_ZH, suffix=".xlsx")
        write_receipt(receipt, path, release_id)
        paths.append(path)
        report(Counted(WRITTEN_ZH, path.name, done, len(receipts)))
    return paths


def write_receipt(receipt: Receipt, path: Path, release_id: str) -> None:
    """Write the receipt of one school: what arrived, and what is open."""
    names = {feed.feed: feed.name_zh for feed in load_feeds().values()}
    sheets = [
        (
            names[s.feed], s.period, s.source_file, s.sheet, f"{s.received_at:%Y-%m-%d %H:%M}",
            None if s.state else s.rows_sent, None if s.state else s.rows_in_force, _remark_zh(s), s.sha256,
        )
        for s in receipt.sheets
    ]  # fmt: skip
    problems = [
        (labels.SEVERITY_ZH.get(p.severity, p.severity), p.source_file, p.sheet, p.cell, p.message_zh)
        for p in receipt.problems
    ]
    title = f"{receipt.school_name}（{receipt.school_code}）{_RECEIPT_ZH}"
    with Book(path, f"{receipt.school_name}{_RECEIPT_ZH}") as book:
        note = _IN_FORCE_ZH.format(release=release_id)
        came = add_list(book, "received_sheets", sheets, title=title, subtitle=note)
        if problems:
            add_list(book, "open_problems", problems)
        else:
            came.empty(_NO_PROBLEM_ZH if receipt.is_settled else _NOT_ALL_CAME_ZH)


def _remark_zh(sheet: ReceivedSheet) -> str:
    if sheet.is_nil:
        return _NIL_ZH
    if sheet.state:
        return _STATE_ZH[sheet.state]
    return _BESIDE_ZH.format(rows=sheet.rows_beside) if sheet.rows_beside else ""


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
        path: (counts, outcome)
        for path, *counts, outcome in con.execute(
            read_sql(__package__, "rows_of_files", submission="$submission"),
            {"submission": files[0].submission},
        ).fetchall()
    }
    problems = dict(
        con.execute("select source_file, count(*) from marts.fct_problems group by source_file").fetchall()
    )
    lines = []
    for file in files:
        counts, outcome = rows.get(file.path, ([0, 0, 0, 0], None))
        # a file is taken in although none of its rows is
        word = outcome or file.status if file.status == "accepted" else file.status
        status = labels.STATUS_ZH.get("evidence" if file.is_evidence else word, word)
        when = f"{local_time(file.received_at):%Y-%m-%d %H:%M}"
        lines.append(
            (when, mask_personal_numbers(file.path), status, *counts, problems.get(file.path, 0), file.sha256)
        )
    import pandas as pd

    folder = home.root / "receipts"
    folder.mkdir(exist_ok=True)
    path = folder / f"{release_id}.csv"
    write_csv(pd.DataFrame(lines, columns=list(heads_of("received_files").values())), path)
    return path
