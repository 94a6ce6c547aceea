"""What each school sent in one submission, from the record and the analyst's database of the release in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import read_sql
from dagster_project.core.homes import Home
from dagster_project.core.local_time import local_time
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.manifest import FileRecord, Manifest

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class ReceivedSheet:
    """What one sheet brought of a school.

    Attributes:
        feed: which return.
        source_file: path under the raw root.
        sheet: sheet in it.
        received_at: local time of receipt.
        sha256: hash of the file.
        rows_sent: rows of the school as they were read; 0 for a nil return.
        rows_in_force: rows of it that the release counts.
        is_nil: it says that there is nothing to report.
        period: the school years, years or months that the rows speak of; empty where they are events with a day each.
        rows_beside: rows whose figures another kind of source gives first; they are compared with it.
    """

    feed: str
    source_file: str
    sheet: str
    received_at: dt.datetime
    sha256: str
    rows_sent: int
    rows_in_force: int
    is_nil: bool = False
    rows_beside: int = 0
    period: str = ""


@dataclass(frozen=True)
class OpenProblem:
    """One line of the problem list: how severe, where, and what to do."""

    severity: str
    source_file: str
    sheet: str
    cell: str
    message_zh: str


@dataclass
class Receipt:
    """What one school sent, and what is open."""

    school_code: str
    school_name: str
    town: str
    sheets: list[ReceivedSheet] = field(default_factory=list)
    problems: list[OpenProblem] = field(default_factory=list)


def files_of(manifest: Manifest, submission: int) -> list[FileRecord]:
    """Returns of a submission, files of evidence left out."""
    return [f for f in manifest.files if f.submission == submission and not f.is_evidence]


def last_submission(manifest: Manifest) -> int | None:
    """Number of the last submission that brought a return; None if none did."""
    return max((f.submission for f in manifest.files if not f.is_evidence), default=None)


def receipts_of(
    con: duckdb.DuckDBPyConnection, home: Home, manifest: Manifest, submission: int
) -> list[Receipt]:
    """One receipt for each school that has rows, or a nil return, in the files of a submission.

    Args:
        con: analyst's database of the release in force.
        home: holds the raw rows.
        manifest: the record.
        submission: number of the submission.
    """
    files = {f.path: f for f in files_of(manifest, submission)}
    sheets = {(f.path, s.sheet): s.feed for f in files.values() for s in f.sheets}
    towns = {
        code: (name, town)
        for code, name, town in con.execute(
            "select school_code, school_name, town from accepted.schools order by school_year"
        ).fetchall()
    }
    hashes = [f.sha256 for f in files.values()]
    in_force = _rows_of(con, "rows_in_force", hashes, set(sheets.values()))
    compared = {f for (f,) in con.execute("select distinct feed from accepted.readings").fetchall()}
    beside = _rows_of(con, "rows_beside", hashes, set(sheets.values()) & compared)
    receipts: dict[str, Receipt] = {}

    def receipt_of(code: str, name: str | None) -> Receipt:
        known = towns.get(code, (name or code, ""))
        return receipts.setdefault(code, Receipt(code, known[0], known[1] or ""))

    for path, sheet, code, name, sent, *periods in _sent_rows(con, home, manifest, submission):
        file, feed = files.get(path), sheets.get((path, sheet), "")
        if file is None or not feed:
            continue
        place = (path, sheet, feed, code)
        receipt_of(code, name).sheets.append(
            ReceivedSheet(
                feed, path, sheet, local_time(file.received_at), file.sha256, sent,
                in_force.get(place, 0), rows_beside=beside.get(place, 0), period=_period_zh(feed, *periods),
            )
        )  # fmt: skip
    nil = con.execute(
        "select distinct school_code, feed, source_file, sheet, school_year, reporting_month from accepted.nil_returns"
    ).fetchall()
    for code, feed, path, sheet, year, month in nil:
        if code and path in files:
            file = files[path]
            receipt_of(code, None).sheets.append(
                ReceivedSheet(
                    feed, path, sheet, local_time(file.received_at), file.sha256, 0, 0, is_nil=True,
                    period=_period_zh(feed, str(year), str(year), month, month) if year or month else "",
                )
            )  # fmt: skip
    _add_problems(con, receipts, set(files))
    order = list(load_feeds())
    for receipt in receipts.values():
        receipt.sheets.sort(key=lambda s: (order.index(s.feed), s.source_file, s.sheet))
    return sorted(receipts.values(), key=lambda r: (r.town, r.school_code))


def _period_zh(
    feed: str, first_year: str, last_year: str, first_period: str | None, last_period: str | None
) -> str:
    """What the rows speak of: 2025 学年, 2025, 2025-11, or from the first to the last of several."""
    if not load_feeds()[feed].is_ledger:
        return f"{first_year} 学年" if first_year == last_year else f"{first_year}–{last_year} 学年"
    if first_period is None:
        return ""
    return first_period if first_period == last_period else f"{first_period} 至 {last_period}"


def _sent_rows(
    con: duckdb.DuckDBPyConnection, home: Home, manifest: Manifest, submission: int
) -> list[tuple[Any, ...]]:
    """Source file, sheet, school, its name, rows sent; first and last school year, first and last period of a ledger."""
    schools = {f.feed for f in load_feeds().values() if f.has_schools}
    paths = [
        str(home.raw / name)
        for s in manifest.submissions
        if s.submission == submission
        for feed, name in s.raw.items()
        if feed in schools
    ]
    if not paths:
        return []
    return con.execute(read_sql(__package__, "sent_rows", raw="$raw"), {"raw": paths}).fetchall()


def _rows_of(
    con: duckdb.DuckDBPyConnection, statement: str, hashes: Sequence[str], sent: set[str]
) -> dict[tuple[str, str, str, str], int]:
    """Rows that a statement counts of feeds that were sent, from files with these hashes, by file, sheet, feed and school."""
    found: dict[tuple[str, str, str, str], int] = {}
    for feed in load_feeds().values():
        if feed.has_schools and feed.feed in sent:
            relation = f"accepted.{feed.feed}"
            sql = read_sql(__package__, statement, feed=feed.feed, relation=relation, hashes="$hashes")
            rows = con.execute(sql, {"hashes": list(hashes)}).fetchall()
            found |= {(path, sheet, feed.feed, code): n for path, sheet, code, n in rows}
    return found


def _add_problems(con: duckdb.DuckDBPyConnection, receipts: dict[str, Receipt], files: set[str]) -> None:
    """Give each receipt the problems of its school; those of a file without a school go to the school alone in it."""
    alone: dict[str, set[str]] = {}
    for code, sent in receipts.items():
        for one in sent.sheets:
            alone.setdefault(one.source_file, set()).add(code)
    found = con.execute(read_sql(__package__, "open_problems")).fetchall()
    for severity, path, sheet, cell, message, code in found:
        if path not in files:
            continue
        owners = {code} if code else alone.get(path, set())
        receipt = receipts.get(next(iter(owners))) if len(owners) == 1 else None
        if receipt is not None:
            receipt.problems.append(OpenProblem(severity, path, sheet or "", cell or "", message))
