"""Known wrong cells, corrected as data in `raw_data/corrections.yml`. The files received are never edited.

A correction names a cell, what it holds (`expect`), what it should hold (`value`) and the reason. It applies to the
latest file received under that name. If the cell no longer holds `expect`, the run stops with a message: the
correction is out of date.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, RootModel, field_validator, model_validator

from dagster_project.core.declarations import read_declaration
from dagster_project.core.duck import insert_records
from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.intake import vault
from dagster_project.intake.decisions import held_correction
from dagster_project.intake.feeds import Feed, load_feeds
from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.files.grid import cells_of, column_number
from dagster_project.intake.findings import RejectedFile
from dagster_project.intake.manifest import ClosedRound, FileRecord, Manifest
from dagster_project.intake.parse.cells import Fault, clean_text, convert_column
from dagster_project.intake.parse.shown import shown_cell
from dagster_project.record.candidates import decided, hold_identifier

if TYPE_CHECKING:
    import duckdb

FILE_NAME = "corrections.yml"
#: Where a row comes from: file, hash, sheet, row of the sheet, part of a repeated group.
_PLACE = "source_file = ? and sha256 = ? and sheet = ? and part = ? and row_number = coalesce(?, row_number)"
_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})\Z")
Value = str | int | float | dt.date | None


class StaleCorrection(UserError):
    """A correction no longer fits what was received, or can't be applied; nothing is published until it is changed."""


class Correction(BaseModel):
    """One corrected cell. `sheet` is empty for CSV; a `value` of null makes the cell blank."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    sheet: str = ""
    cell: str
    expect: Value
    value: Value
    reason: str
    approved_by: str = ""

    @field_validator("cell")
    @classmethod
    def _is_address(cls, cell: str) -> str:
        if not _ADDRESS.match(cell):
            raise ValueError(f"“{cell}”不是单元格，请写成 D17 的样子")
        return cell

    @field_validator("reason")
    @classmethod
    def _is_given(cls, reason: str) -> str:
        if not reason.strip():
            raise ValueError("reason 不能空着，请写明理由")
        return reason

    @property
    def place_zh(self) -> str:
        """File, sheet and cell, as a person reads them."""
        return " › ".join(p for p in (self.file, self.sheet, self.cell) if p)


class _Corrections(RootModel[tuple[Correction, ...]]):
    """The whole file."""

    @model_validator(mode="after")
    def _each_cell_once(self) -> _Corrections:
        for place, times in Counter((c.file, c.sheet, c.cell) for c in self.root).items():
            if times > 1:
                raise ValueError(f"{' › '.join(p for p in place if p)} 有 {times} 项更正，请只保留一项")
        return self


def read_corrections(content: bytes, place: Path = Path(FILE_NAME)) -> list[Correction]:
    """Corrections of the file, in its order.

    Args:
        content: bytes of the file; empty if there is none.
        place: the file, for messages.

    Raises:
        UserError: the file is not in order; see `read_declaration`.
    """
    return list(read_declaration(place, _Corrections, content=content, empty=()).root)


def hold_late(
    con: duckdb.DuckDBPyConnection, home: Home, manifest: Manifest, corrections: Sequence[Correction]
) -> list[Correction]:
    """The corrections that may be applied now.

    A correction of a closed school year that was written after the closing waits for a decision. It is listed in
    `accepted.holds` and, as a finding, in `candidate.faults`. Ledgers belong to no school year, and their corrections
    never wait.

    Args:
        con: build connection; holds and findings are loaded.
        home: whose vault.
        manifest: the record.
        corrections: all corrections.
    """
    latest, verdicts = manifest.latest_by_path(), manifest.verdicts()
    counting = []
    for correction in corrections:
        record = latest.get(correction.file)
        closed = manifest.closed_years.get(record.school_year or 0) if record else None
        if record is None or closed is None or not _is_late(home, record, closed, correction):
            counting.append(correction)
            continue
        hold = _hold_of(correction)
        decision = verdicts.get(hold)
        if decision and decision.verdict == "accept":
            counting.append(correction)
        listed = {
            "hold_id": hold,
            "hold_kind": "correction",
            "school_year": closed.school_year,
            "source_file": record.path,
            "received_on": None,
            **decided(decision),
        }
        insert_records(con, "accepted.holds", [listed])
        if decision is None:
            finding = held_correction(closed, hold, sheet=correction.sheet, cell=correction.cell)
            origin = {
                "submission": record.submission,
                "sha256": record.sha256,
                "source_file": record.path,
                "school_year": record.school_year,
            }
            insert_records(con, "candidate.faults", [{**asdict(finding), **origin}])
    return counting


def _is_late(home: Home, record: FileRecord, closed: ClosedRound, correction: Correction) -> bool:
    """True for a correction of a table of the round that the release at its closing didn't know."""
    feeds = load_feeds()
    row_number = letters_and_row(correction)[1]
    is_of_round = any(
        not feeds[sheet.feed].is_ledger
        and cells_of(place, sheet.sheet, row_number) == (correction.sheet, [correction.cell])
        for sheet in record.sheets
        for places in sheet.column_maps
        for place in places.values()
    )
    if not is_of_round or closed.corrections is None:
        return False
    if not closed.corrections:
        return True
    return correction not in read_corrections(vault.content_of(home, closed.corrections))


def _hold_of(correction: Correction) -> str:
    """Identifier by which people decide on a correction, such as `G1A2B3C`; it changes with what is corrected."""
    told = correction.model_dump(include={"file", "sheet", "cell", "expect", "value"}, mode="json")
    return hold_identifier("G", told)


def apply(
    con: duckdb.DuckDBPyConnection, manifest: Manifest, feed: Feed, corrections: Sequence[Correction]
) -> None:
    """Correct the candidate rows of one feed and list the corrections in `accepted.corrections`.

    A corrected figure of pay is listed with its cell and reason, without the figures.

    Args:
        con: build connection; `candidate.<feed>` and `candidate.faults` are loaded.
        manifest: the record.
        feed: the feed whose rows are corrected.
        corrections: all corrections; `check_places` has found them in order.

    Raises:
        StaleCorrection: a correction of this feed can't be applied.
    """
    latest = manifest.latest_by_path()
    for correction in corrections:
        record = latest[correction.file]
        for sheet in record.sheets:
            if sheet.feed == feed.feed:
                for part, places in enumerate(sheet.column_maps):
                    _apply_one(con, feed, correction, record, sheet.sheet, part, places)


def check_places(home: Home, manifest: Manifest, corrections: Sequence[Correction]) -> None:
    """Check that the cell of each correction still holds what it expects, and that a feed reads the cell.

    Raises:
        StaleCorrection: one does not; the text names the cell, what it holds now and what to do.
    """
    latest = manifest.latest_by_path()
    for correction in corrections:
        record = latest.get(correction.file)
        if record is None:
            raise _stale(correction, "没有收到过这个文件")
        held = _source_cell(home, record, correction)
        if shown_cell(held) != shown_cell(correction.expect):
            raise _stale(
                correction,
                f"来源现在是“{shown_cell(held)}”，不再是“{shown_cell(correction.expect)}”",
            )
        row_number = letters_and_row(correction)[1]
        is_read = any(
            cells_of(place, sheet.sheet, row_number) == (correction.sheet, [correction.cell])
            for sheet in record.sheets
            if sheet.status in ("accepted", "held")
            for places in sheet.column_maps
            for place in places.values()
        )
        if not is_read:
            raise _stale(correction, f"这个单元格没有被任何报表采用（文件状态：{record.status}）")


def _stale(correction: Correction, why: str) -> StaleCorrection:
    return StaleCorrection(
        f"{FILE_NAME} 中对 {correction.place_zh} 的更正已不适用：{why}。请核对后修改或删去这一项，再重新运行；"
        "在此之前不发布新版本。"
    )


def letters_and_row(correction: Correction) -> tuple[str, int]:
    """Letters of the column and number of the row of a correction's cell."""
    match = _ADDRESS.match(correction.cell)
    assert match is not None
    return match[1], int(match[2])


def _source_cell(home: Home, record: FileRecord, correction: Correction) -> object:
    """Value of the cell in the vault's copy of the file.

    Raises:
        StaleCorrection: the file has no such cell any more, or its original isn't kept.
        RecordBroken: the vault lost the file.
    """
    if not record.is_kept:
        raise _stale(correction, "这个文件里有名册，原件没有保存，无法核对单元格；请在来源表里改正后重报")
    letter, row = letters_and_row(correction)
    try:
        for grid in read_grids(vault.content_of(home, record.sha256), Path(record.path).suffix.lower()):
            if grid.sheet == correction.sheet:
                i, j = row - grid.first_row, column_number(letter) - grid.first_column
                inside = 0 <= i < len(grid.rows) and 0 <= j < len(grid.rows[i])
                return grid.rows[i][j] if inside else ""
    except RejectedFile as error:
        raise _stale(correction, f"文件无法读取（{error.message_zh}）") from error
    raise _stale(correction, "文件里没有这张工作表")


def _apply_one(
    con: duckdb.DuckDBPyConnection,
    feed: Feed,
    correction: Correction,
    record: FileRecord,
    sheet: str,
    part: int,
    places: dict[str, str],
) -> None:
    row_number = letters_and_row(correction)[1]
    for name, mapped in places.items():
        if cells_of(mapped, sheet, row_number) != (correction.sheet, [correction.cell]):
            continue
        column = feed.column(name)
        converted = convert_column(["" if correction.value is None else correction.value], column)
        if converted.faults:
            fault: Fault = converted.faults[0][1]
            raise _stale(correction, f"更正后的值也不能采用：“{column.heading_zh}”{fault.wanted_zh}")
        # without the submission: a held file counts from its decision on, under another number
        place = [record.path, record.sha256, sheet, part, None if mapped[-1:].isdigit() else row_number]
        code = "school_code" if feed.has_schools else "null"
        rows = con.execute(
            f"select {', '.join(['row_id', 'school_year', code, *column.pay_where])} from candidate.{feed.feed} where {_PLACE}",
            place,
        ).fetchall()
        if not rows:
            raise _stale(correction, "这一行没有被采用（合计行、空行，或整个文件被挂起）")
        own = [*place, feed.feed]
        con.execute(
            f"delete from candidate.faults where {_PLACE} and feed = ? and column_name = ?", [*own, name]
        )
        faults = con.execute(
            f"select severity from candidate.faults where {_PLACE} and feed = ?", own
        ).fetchall()
        has_fault = ("quarantine_row",) in faults
        for row_id, school_year, school_code, *subject in rows:
            is_pay = column.is_pay_in(dict(zip(column.pay_where, subject, strict=True)))
            con.execute(
                f"update candidate.{feed.feed} set {name} = ?, has_fault = ? where row_id = ?",
                [converted.values[0], has_fault, row_id],
            )
            applied = {
                "school_year": school_year,
                "feed": feed.feed,
                "school_code": school_code,
                "column_name": name,
                "column_zh": column.heading_zh,
                "source_file": record.path,
                "sheet": correction.sheet,
                "cell": correction.cell,
                # pay is not listed
                "original": "" if is_pay else clean_text(correction.expect),
                "value": "" if is_pay else clean_text(correction.value),
                "reason": correction.reason,
                "approved_by": correction.approved_by,
            }
            insert_records(con, "accepted.corrections", [applied])
        if converted.values[0] is None and name in feed.key_columns:
            raise _stale(correction, f"“{column.heading_zh}”不能更正为空")
