"""What the vault keeps: files as received, and in place of a file that may not be kept the rows that were read from it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from typing import Any

from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.findings import Problem
from dagster_project.intake.manifest import FileRecord, Manifest
from dagster_project.intake.nil_returns import NilReturn
from dagster_project.intake.parse.parsed import ParsedFile, ParsedSheet

_PLAIN = (
    "sheet", "feed", "school_year", "heading_row", "rows_read", "rows_dropped", "status", "is_synthetic",
    "is_whole_correction", "layout", "column_maps",
)  # fmt: skip


def reading_of(parsed: ParsedFile) -> bytes:
    """The rows and findings of a file, as JSON."""
    content = {
        "sheets": [_sheet_line(sheet) for sheet in parsed.sheets],
        "problems": [asdict(p) for p in parsed.problems],
        "has_persons": parsed.has_persons,
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, default=dt.date.isoformat).encode()


def read_reading(content: bytes) -> ParsedFile:
    """The rows and findings that `reading_of` wrote."""
    found = json.loads(content)
    return ParsedFile(
        [_sheet(line) for line in found["sheets"]],
        [Problem(**p) for p in found["problems"]],
        found["has_persons"],
    )


def _sheet_line(sheet: ParsedSheet) -> dict[str, Any]:
    return {name: getattr(sheet, name) for name in _PLAIN} | {
        "stated_years": sorted(sheet.stated_years),
        "columns": sheet.columns,
        "problems": [asdict(p) for p in sheet.problems],
        "nil_returns": [n.as_line() for n in sheet.nil_returns],
    }


def _sheet(line: dict[str, Any]) -> ParsedSheet:
    days = {c.name for c in load_feeds()[line["feed"]].columns if c.duckdb_type == "date"}
    columns = {
        name: [dt.date.fromisoformat(v) if v else None for v in values] if name in days else values
        for name, values in line["columns"].items()
    }
    return ParsedSheet(
        **{name: line[name] for name in _PLAIN},
        stated_years=set(line["stated_years"]),
        columns=columns,
        problems=[Problem(**p) for p in line["problems"]],
        nil_returns=[NilReturn.from_line(n) for n in line["nil_returns"]],
    )


def kept_under(file: FileRecord) -> str:
    """Hash under which the vault keeps a file, or the rows read from it; empty if it keeps neither."""
    return file.sha256 if file.is_kept else file.reading


def vault_names(manifest: Manifest) -> dict[str, list[str]]:
    """Paths of the files and archives that the vault keeps, by hash.

    Of a file with a row per person the vault has the rows read from it, and of its archive nothing.
    """
    names: dict[str, list[str]] = {}
    unkept = {f.packed_in for f in manifest.files if not f.is_kept}
    for file in manifest.files:
        names.setdefault(kept_under(file), []).append(file.path)
        if file.packed_in not in unkept:
            names.setdefault(file.packed_in, []).append(file.archive_path)
    names.pop("", None)
    return {digest: list(dict.fromkeys(paths)) for digest, paths in names.items()}
