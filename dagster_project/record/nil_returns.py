"""Nil returns in force: whose they are by the register, and of which period."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import insert_records
from dagster_project.intake.feeds import FISCAL_YEAR_END, STATISTICS_DAY, Feed, load_feeds
from dagster_project.intake.findings import problem
from dagster_project.intake.manifest import FileRecord, Manifest
from dagster_project.intake.nil_returns import NilReturn
from dagster_project.intake.sheet_records import SheetRecord

if TYPE_CHECKING:
    import duckdb


def load(con: duckdb.DuckDBPyConnection, manifest: Manifest, as_of: dt.date) -> None:
    """Fill `accepted.nil_returns`; of several for one period the last counts, those of later periods are put off.

    A nil return of a school that no register has is reported instead; without any register there is nothing to compare
    with.

    Args:
        con: build connection; the register is settled, the findings of reading are loaded.
        manifest: the record.
        as_of: day of the build.
    """
    in_force: dict[tuple[Any, ...], dict[str, Any]] = {}
    faults = []
    for file, sheet, stated, record in _known(con, manifest):
        if record is None:
            faults.append(_fault(manifest, file, sheet, stated))
        elif _observed_on(load_feeds()[sheet.feed], stated, record["school_year"]) <= as_of:
            in_force[tuple(record.values())[:5]] = record
    insert_records(con, "accepted.nil_returns", list(in_force.values()))
    insert_records(con, "candidate.faults", faults)


def of_submission(
    con: duckdb.DuckDBPyConnection, manifest: Manifest, submission: int
) -> list[dict[str, Any]]:
    """Nil returns that a submission brought, in the columns of `accepted.nil_returns`, whatever was sent after it.

    Args:
        con: connection in which `accepted.schools` is reachable.
        manifest: the record.
        submission: its number.
    """
    return [
        record
        for file, _, _, record in _known(con, manifest)
        if record is not None and file.submission == submission
    ]


def _known(
    con: duckdb.DuckDBPyConnection, manifest: Manifest
) -> Iterator[tuple[FileRecord, SheetRecord, NilReturn, dict[str, Any] | None]]:
    """Each nil return that counts, with its row of `accepted.nil_returns`; None for a school that no register has."""
    districts, codes = _register(con)
    for file, sheet, stated in _stated(manifest):
        feed = load_feeds()[sheet.feed]
        names = codes[stated.school_name]
        code = stated.school_code or (next(iter(names)) if len(names) == 1 else "")
        if feed.has_schools and districts and code not in districts:
            yield file, sheet, stated, None
            continue
        school_year = stated.figure_year or file.school_year
        if school_year is None:
            continue
        yield (
            file,
            sheet,
            stated,
            {
                "feed": sheet.feed,
                "district_code": districts.get(code) if feed.has_schools else stated.district_code,
                "school_code": code or None,
                "reporting_month": stated.reporting_month or None,
                "school_year": school_year,
                "source_file": file.path,
                "sheet": sheet.sheet,
                "cell": stated.cell,
            },
        )


def _register(con: duckdb.DuckDBPyConnection) -> tuple[dict[str, str], defaultdict[str, set[str]]]:
    """District of each school that any register has, and the codes by name."""
    districts: dict[str, str] = {}
    codes: defaultdict[str, set[str]] = defaultdict(set)
    found = con.execute(
        "select school_code, school_name, district_code from accepted.schools order by school_year"
    )
    for code, name, district in found.fetchall():
        districts[code] = district
        codes[name].add(code)
    return districts, codes


def _stated(manifest: Manifest) -> Iterator[tuple[FileRecord, SheetRecord, NilReturn]]:
    """All nil returns of sheets that count, in the order in which they count."""
    effective = []
    for file in manifest.files:
        for sheet in file.sheets:
            since = manifest.effective_submission(file, sheet)
            if sheet.nil_returns and sheet.status in ("accepted", "held") and since is not None:
                effective.append((since, file, sheet))
    for _, file, sheet in sorted(effective, key=lambda found: found[0]):
        for stated in sheet.nil_returns:
            yield file, sheet, stated


def _observed_on(feed: Feed, stated: NilReturn, school_year: int) -> dt.date:
    """The day that a nil return speaks of; the first of all where its feed has none."""
    if stated.reporting_month:
        year, month = map(int, stated.reporting_month.split("-"))
        return dt.date(year, month, calendar.monthrange(year, month)[1])
    if feed.observed_day == STATISTICS_DAY:
        return dt.date(school_year, 9, 1)
    return dt.date(school_year, 12, 31) if feed.observed_day == FISCAL_YEAR_END else dt.date.min


def _fault(manifest: Manifest, file: FileRecord, sheet: SheetRecord, stated: NilReturn) -> dict[str, Any]:
    found = problem(
        "NIL_RETURN_INCOMPLETE", "unregistered", sheet=sheet.sheet, feed=sheet.feed, cell=stated.cell
    )
    return {
        **vars(found),
        "submission": manifest.effective_submission(file, sheet),
        "sha256": file.sha256,
        "source_file": file.path,
        "school_year": file.school_year,
        "school_code": stated.school_code,
        "school_name": stated.school_name,
    }
