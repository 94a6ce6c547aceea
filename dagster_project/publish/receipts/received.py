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
from dagster_project.intake.sheet_records import SheetRecord
from dagster_project.record import nil_returns

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
        state: why it brought no row at all: `unfilled` (and due), `rejected`, `held`; empty for all others.
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
    state: str = ""


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

    @property
    def is_settled(self) -> bool:
        """True if nothing is open and each sheet that is due brought rows."""
        return not self.problems and not any(sheet.state for sheet in self.sheets)


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

    A sheet of which no row was read is listed with why, for the only school that its file is known to be of.

    Args:
        con: analyst's database of the release in force.
        home: holds the raw rows.
        manifest: the record.
        submission: number of the submission.
    """
    files = {f.path: f for f in files_of(manifest, submission)}
    feeds = {s.feed for f in files.values() for s in f.sheets}
    sheets = {(f.path, s.sheet, s.feed) for f in files.values() for s in f.sheets}
    towns = {
        code: (name, town)
        for code, name, town in con.execute(
            "select school_code, school_name, town from accepted.schools order by school_year"
        ).fetchall()
    }
    hashes = [f.sha256 for f in files.values()]
    in_force = _rows_of(con, "rows_in_force", hashes, feeds)
    compared = {f for (f,) in con.execute("select distinct feed from accepted.readings").fetchall()}
    beside = _rows_of(con, "rows_beside", hashes, feeds & compared)
    receipts: dict[str, Receipt] = {}

    def receipt_of(code: str, name: str | None) -> Receipt:
        known = towns.get(code, (name or code, ""))
        return receipts.setdefault(code, Receipt(code, known[0], known[1] or ""))

    for feed, path, sheet, code, name, sent, *periods in _sent_rows(con, home, manifest, submission):
        if (path, sheet, feed) not in sheets:
            continue
        file = files[path]
        place = (path, sheet, feed, code)
        receipt_of(code, name).sheets.append(
            ReceivedSheet(
                feed, path, sheet, local_time(file.received_at), file.sha256, sent,
                in_force.get(place, 0), rows_beside=beside.get(place, 0), period=_period_zh(feed, *periods),
            )
        )  # fmt: skip
    names = ("school_code", "feed", "source_file", "sheet", "school_year", "reporting_month")
    nil = [
        tuple(record[name] for name in names)
        for record in nil_returns.of_submission(con, manifest, submission)
    ]
    for code, feed, path, sheet, year, month in dict.fromkeys(nil):
        if code and path in files:
            file = files[path]
            receipt_of(code, None).sheets.append(
                ReceivedSheet(
                    feed, path, sheet, local_time(file.received_at), file.sha256, 0, 0, is_nil=True,
                    period=_period_zh(feed, str(year), str(year), month, month) if year or month else "",
                )
            )  # fmt: skip
    alone = _schools_alone(receipts, _schools_of_findings(con, home, manifest, submission))
    for path, code in alone.items():
        receipt = receipt_of(code, None)
        for record in files[path].sheets if path in files else ():
            state = _why_without_rows(con, code, files[path], record)
            if state and not any((s.source_file, s.sheet) == (path, record.sheet) for s in receipt.sheets):
                when = local_time(files[path].received_at)
                receipt.sheets.append(
                    ReceivedSheet(
                        record.feed, path, record.sheet, when, files[path].sha256, 0, 0, state=state
                    )
                )
    receipts = {code: r for code, r in receipts.items() if r.sheets}
    _add_problems(con, receipts, set(files), alone)
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
    """Feed, source file, sheet, school, its name, rows sent; first and last school year, first and last period of a ledger."""
    schools = {f.feed for f in load_feeds().values() if f.has_schools}
    feeds = {
        str(home.raw / name): feed
        for s in manifest.submissions
        if s.submission == submission
        for feed, name in s.raw.items()
        if feed in schools
    }
    if not feeds:
        return []
    rows = con.execute(read_sql(__package__, "sent_rows", raw="$raw"), {"raw": list(feeds)}).fetchall()
    return [(feeds[raw], *row) for raw, *row in rows]


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


def _schools_of_findings(
    con: duckdb.DuckDBPyConnection, home: Home, manifest: Manifest, submission: int
) -> list[tuple[str, str]]:
    """Source file and school of what was found in reading a submission, notes included."""
    faults = [str(home.raw / s.faults) for s in manifest.submissions if s.submission == submission]
    return con.execute(read_sql(__package__, "schools_of_findings", raw="$raw"), {"raw": faults}).fetchall()


def _schools_alone(receipts: dict[str, Receipt], found: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The school of each file that is of one only: by its rows, or by what was found where it has none."""
    by_rows: dict[str, set[str]] = {}
    by_findings: dict[str, set[str]] = {}
    for code, receipt in receipts.items():
        for sheet in receipt.sheets:
            by_rows.setdefault(sheet.source_file, set()).add(code)
    for path, code in found:
        by_findings.setdefault(path, set()).add(code)
    owners = by_findings | by_rows
    return {path: next(iter(codes)) for path, codes in owners.items() if len(codes) == 1}


def _why_without_rows(con: duckdb.DuckDBPyConnection, code: str, file: FileRecord, sheet: SheetRecord) -> str:
    """State of a sheet of which no row is known; empty for one that nobody waits for."""
    if not load_feeds()[sheet.feed].has_schools or sheet.schools:
        return ""
    if sheet.status in ("rejected", "held"):
        return sheet.status
    if sheet.status != "accepted" or sheet.rows_read > sheet.rows_dropped or sheet.nil_returns:
        return ""
    place = {"school_code": code, "feed": sheet.feed, "school_year": str(file.school_year)}
    names = {name: f"${name}" for name in place}
    is_owed = con.execute(read_sql(__package__, "still_owed", **names), place).fetchone()
    return "unfilled" if is_owed else ""


def _add_problems(
    con: duckdb.DuckDBPyConnection, receipts: dict[str, Receipt], files: set[str], alone: dict[str, str]
) -> None:
    """Give each receipt the problems of its school; those of a file without a school go to the school alone in it."""
    found = con.execute(read_sql(__package__, "open_problems")).fetchall()
    for severity, path, sheet, cell, message, code in found:
        receipt = receipts.get(code or alone.get(path, "")) if path in files else None
        if receipt is not None:
            receipt.problems.append(OpenProblem(severity, path, sheet or "", cell or "", message))
