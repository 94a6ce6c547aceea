"""Totals of the statistics forms, held against their parts again once a cell of the workbook is corrected.

Whether a total agrees is found in reading, before any correction. The forms of a corrected workbook are therefore read
once more from the vault, with the corrected cells, and what they say about totals replaces what was found before.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.core.duck import insert_records
from dagster_project.core.homes import Home
from dagster_project.intake import vault
from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.files.grid import column_number
from dagster_project.intake.findings import Problem
from dagster_project.intake.manifest import FileRecord, Manifest
from dagster_project.intake.parse.forms.declared import Era, load_eras
from dagster_project.intake.parse.forms.reading import FormsReader
from dagster_project.intake.parse.own_sheets import masked_sheet_name
from dagster_project.record.corrections import Correction, letters_and_row

if TYPE_CHECKING:
    import duckdb

RULE = "FORM_TOTAL_DISAGREES"


def judge_totals_again(
    con: duckdb.DuckDBPyConnection, home: Home, manifest: Manifest, corrections: Sequence[Correction]
) -> None:
    """Replace the findings about totals in `candidate.faults` for each workbook of forms with a corrected cell.

    Args:
        con: build connection; `candidate.faults` is loaded.
        home: whose vault.
        manifest: the record.
        corrections: all corrections; each names a file that was received.
    """
    latest = manifest.latest_by_path()
    for path in dict.fromkeys(c.file for c in corrections):
        record = latest[path]
        if record.school_year is None or not record.is_kept or not _is_of_forms(record):
            continue
        found = _totals(home, manifest, record, [c for c in corrections if c.file == path])
        con.execute(
            "delete from candidate.faults where rule_code = ? and source_file = ? and sha256 = ?",
            [RULE, record.path, record.sha256],
        )
        origin = {
            "submission": record.submission,
            "sha256": record.sha256,
            "source_file": record.path,
            "school_year": record.school_year,
        }
        insert_records(con, "candidate.faults", [{**asdict(p), **origin} for p in found])


def _is_of_forms(record: FileRecord) -> bool:
    """Cells of forms are known by whole addresses."""
    return any(
        letters[-1:].isdigit()
        for sheet in record.sheets
        for columns in sheet.column_maps
        for letters in columns.values()
    )


def _totals(
    home: Home, manifest: Manifest, record: FileRecord, corrections: Sequence[Correction]
) -> list[Problem]:
    """Findings about totals of a workbook with its corrections."""
    assert record.school_year is not None
    reader = FormsReader(_eras(home, manifest, record), record.school_year)
    names: set[str] = set()
    content = vault.content_of(home, record.sha256)
    for grid in read_grids(content, Path(record.path).suffix.lower()):
        grid.sheet = masked_sheet_name(grid.sheet, names)
        for correction in corrections:
            letters, row = letters_and_row(correction)
            i, j = row - grid.first_row, column_number(letters) - grid.first_column
            if grid.sheet == correction.sheet and 0 <= i < len(grid.rows) and 0 <= j < len(grid.rows[i]):
                grid.rows[i][j] = "" if correction.value is None else correction.value
        if not grid.is_hidden:
            reader.takes(grid)
    return [p for p in reader.finish().problems if p.rule_code == RULE]


def _eras(home: Home, manifest: Manifest, record: FileRecord) -> list[Era]:
    """The editions of the forms by which a file was read."""
    (closing,) = (s for s in manifest.submissions if s.submission == record.submission)
    with tempfile.TemporaryDirectory(prefix="junheng-forms-") as scratch:
        folder = Path(scratch)
        for name, digest in closing.layouts.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(vault.content_of(home, digest))
        return load_eras(folder)
