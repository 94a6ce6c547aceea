"""The list of submissions: one row per file, sheet and feed, in which every row of a sheet is accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import insert_records, read_sql
from dagster_project.core.local_time import local_day
from dagster_project.intake.manifest import FileRecord, Manifest
from dagster_project.intake.sheet_records import SheetRecord, with_rows_of_parts

if TYPE_CHECKING:
    import duckdb

_PACKAGE = "dagster_project.record"


def load(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
    """Fill `accepted.submissions`.

    Args:
        con: build connection; all feeds are settled.
        manifest: the record.

    Raises:
        AssertionError: rows read are not rows accepted + quarantined + dropped.
    """
    sheets = []
    for file in manifest.files:
        if file.is_evidence:
            continue
        for sheet in _counted_apart(manifest, file):
            sheets.append(_sheet(manifest, file, sheet))
        if not file.sheets:
            sheets.append(_about(file) | {"sheet": "", "feed": "", "rows_read": 0, "rows_dropped": 0})
    insert_records(con, "candidate.sheets", sheets)
    for statement in ("unread_sheets", "submissions"):
        con.execute(read_sql(_PACKAGE, statement))
    lost = con.execute(read_sql(_PACKAGE, "unbalanced_submissions")).fetchall()
    if lost:
        raise AssertionError(f"rows were lost or counted twice: {lost}")


def _counted_apart(manifest: Manifest, file: FileRecord) -> list[SheetRecord]:
    """Sheets of a file; a part held apart is one of its own from its decision on, and until then rows left out."""
    parts = [s for s in file.sheets if s.schools and manifest.effective_submission(file, s) is not None]
    return [*with_rows_of_parts([s for s in file.sheets if s not in parts]), *parts]


def list_column_maps(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
    """Fill `accepted.column_maps`: where each column of each sheet was read."""
    read = [(file, sheet) for file in manifest.files if not file.is_evidence for sheet in file.sheets]
    # a sheet of which a part is held apart has two records, with one map
    found = {tuple(m.values()): m for file, sheet in read for m in _column_maps(file, sheet)}
    insert_records(con, "accepted.column_maps", list(found.values()))


def _about(file: FileRecord) -> dict[str, Any]:
    return {
        "submission": file.submission,
        "source_file": file.path,
        "school_year": file.school_year,
        "sha256": file.sha256,
        "received_at": file.received_at,
        "received_on": local_day(file.received_at),
        "status": file.status,
    }


def _sheet(manifest: Manifest, file: FileRecord, sheet: SheetRecord) -> dict[str, Any]:
    listed = _about(file) | {
        "sheet": sheet.sheet,
        "feed": sheet.feed,
        "rows_read": sheet.rows_read,
        "rows_dropped": sheet.rows_dropped,
        "status": sheet.status,
        "nil_returns": len(sheet.nil_returns),
    }
    if sheet.status != "held":
        return listed
    # a held sheet is in force from its decision on, rejected, or still waiting
    effective = manifest.effective_submission(file, sheet)
    if effective is not None:
        return listed | {"submission": effective, "status": "accepted"}
    is_decided = bool(manifest.verdicts().get(file.hold))
    return listed | {"rows_dropped": sheet.rows_read, "status": "rejected" if is_decided else "held"}


def _column_maps(file: FileRecord, sheet: SheetRecord) -> list[dict[str, Any]]:
    """Which column of the feed was read from which columns of the sheet."""
    return [
        {
            "sha256": file.sha256,
            "source_file": file.path,
            "sheet": sheet.sheet,
            "feed": sheet.feed,
            "part": part,
            "column_name": column,
            "letters": letters,
        }
        for part, columns in enumerate(sheet.column_maps)
        for column, letters in columns.items()
    ]
