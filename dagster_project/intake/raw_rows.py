"""Raw rows as Parquet: every parsed row with its file, sheet and row, and the findings, per submission."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain, repeat
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from dagster_project.core.homes import Home
from dagster_project.intake import vault
from dagster_project.intake.feeds import Feed, load_feeds
from dagster_project.intake.findings import Problem
from dagster_project.intake.manifest import FileRecord, Submission
from dagster_project.intake.parse.parsed import ParsedFile, ParsedSheet
from dagster_project.intake.source_kinds import OWN_TEMPLATE, kind_of_sheet

if TYPE_CHECKING:
    import pyarrow as pa

#: Statuses of sheets whose rows are written: those that count, and those that wait for a decision.
KEPT = ("accepted", "held")
#: Folder of the findings, beside those of the feeds.
FAULTS_FOLDER = "_faults"


@dataclass
class TakenFile:
    """One file of a run: its line in the manifest, its rows, and all findings about it.

    Attributes:
        reading: what the vault keeps in place of a file that may not be kept.
    """

    record: FileRecord
    parsed: ParsedFile
    problems: list[Problem] = field(default_factory=list)
    reading: bytes = b""


def warm_up() -> None:
    """Load the library that writes the rows, before they are there."""
    import pyarrow as pa
    import pyarrow.compute
    import pyarrow.parquet

    pa.array([""])  # loads more at the first values


def content_digest(parsed: ParsedFile, school_year: int, sha256: str) -> str:
    """Hash of the rows and findings of a file: equal for files that differ only in bytes, banners or blank rows.

    Of a file with a roster it is that of its bytes: equal groups may count other persons.
    """
    if parsed.has_persons:
        return sha256
    pieces = [str(school_year)]
    for sheet in sorted(parsed.sheets, key=lambda s: (s.feed, s.sheet)):
        # equal figures of another kind of source are no repetition: they may count where this one doesn't
        if (kind := kind_of_sheet(sheet.layout, sheet.column_maps)) != OWN_TEMPLATE:
            pieces.append(f"|{kind}|{sheet.layout}")
        status = "accepted" if sheet.status in KEPT else sheet.status
        pieces.append(f"|{sheet.feed}|{status}")
        pieces += [
            f"|{name}{values!r}" for name, values in sorted(sheet.columns.items()) if name != "row_number"
        ]
        # a note says how a row or a cell was read; lines above and below the table may differ
        faults = sorted((p.column_name, p.rule_code, p.value) for p in sheet.problems if p.severity != "note")
        pieces.append(repr(faults))
        if sheet.nil_returns:
            pieces.append(repr([n.as_line() for n in sheet.nil_returns]))
    return hashlib.sha256("".join(pieces).encode()).hexdigest()


def feed_schema(feed: Feed) -> pa.Schema:
    """Arrow schema of a feed's raw rows: where each row comes from, then the feed's columns."""
    import pyarrow as pa

    types = {
        "varchar": pa.string(),
        "bigint": pa.int64(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
    }
    return pa.schema(
        [
            ("submission", pa.int64()),
            ("sha256", pa.string()),
            ("source_file", pa.string()),
            ("sheet", pa.string()),
            ("row_number", pa.int64()),
            ("part", pa.int64()),
            ("has_fault", pa.bool_()),
            ("lookup_name", pa.string()),
            ("school_year", pa.int64()),
            *((c.name, types[c.duckdb_type]) for c in feed.columns),
        ]
    )


def fault_schema() -> pa.Schema:
    """Arrow schema of the findings: where each comes from, then the fields of `Problem`."""
    import pyarrow as pa

    text, number = pa.string(), pa.int64()
    return pa.schema(
        [
            ("submission", number), ("sha256", text), ("source_file", text), ("school_year", number),
            ("severity", text), ("rule_class", text), ("rule_code", text), ("message_zh", text),
            ("sheet", text), ("feed", text), ("part", number), ("row_number", number),
            ("column_name", text), ("column_zh", text), ("cell", text), ("value", text),
            ("school_code", text), ("school_name", text),
        ]
    )  # fmt: skip


def write_raw_rows(
    home: Home,
    submission: int,
    taken: Iterable[TakenFile],
    layouts: dict[str, str],
    *,
    stem: str = "",
    replaced: Submission | None = None,
    keeps: Collection[str] = (),
) -> Submission:
    """Write the rows and findings of a submission; returns the line that closes it.

    Args:
        home: where `raw/` is.
        submission: its number.
        taken: its files.
        layouts: hashes of the layouts in force, by file name.
        stem: name of the raw files; by default the number of the submission.
        replaced: the line that closed the submission before some of its files were read again; its raw files stay.
        keeps: paths of the files whose rows and findings are taken from those raw files.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    def kept(name: str) -> pa.Table:
        table = pq.read_table(home.raw / name)
        return table.filter(pc.is_in(table["source_file"], pa.array(sorted(keeps), pa.string())))

    tables: dict[str, list[pa.Table]] = {}
    sheets: dict[str, list[tuple[ParsedSheet, dict[str, Any]]]] = {}
    faults: list[dict[str, Any]] = []
    for feed, name in (replaced.raw if replaced else {}).items():
        if (rows := kept(name)).num_rows:
            tables[feed] = [rows]
    for file in taken:
        origin = {
            "submission": submission,
            "sha256": file.record.sha256,
            "source_file": file.record.path,
            "school_year": file.record.school_year,
        }
        for sheet in file.parsed.sheets:
            if sheet.status in KEPT and sheet.columns["row_number"]:
                sheets.setdefault(sheet.feed, []).append((sheet, {**origin, "sheet": sheet.sheet}))
        faults += [{**asdict(p), **origin} for p in file.problems]
    for feed, found_sheets in sheets.items():
        tables.setdefault(feed, []).append(_table_of(feed, found_sheets))
    stem = stem or f"{submission:06d}"
    raw = {feed: f"{feed}/{stem}.parquet" for feed in sorted(tables)}
    fault_file = f"{FAULTS_FOLDER}/{stem}.parquet"
    written = {name: pa.concat_tables(tables[feed], promote_options="default") for feed, name in raw.items()}
    found = pa.Table.from_pylist(faults, schema=fault_schema())
    written[fault_file] = pa.concat_tables([kept(replaced.faults), found]) if replaced else found
    hashes = {name: _write_parquet(home, name, table) for name, table in written.items()}
    return Submission(submission, raw, fault_file, hashes, layouts)


def stem_of(closing: Submission) -> str:
    """Name of the raw files of a submission, in each of their folders."""
    return PurePosixPath(closing.faults).stem


def _table_of(feed: str, sheets: Sequence[tuple[ParsedSheet, dict[str, Any]]]) -> pa.Table:
    """Rows of all sheets of a feed, each with where it comes from."""
    import pyarrow as pa

    schema = feed_schema(load_feeds()[feed])

    def cells(name: str) -> list[Any]:
        return list(
            chain.from_iterable(
                sheet.columns[name]
                if name in sheet.columns
                else repeat(origin[name], len(sheet.columns["row_number"]))
                for sheet, origin in sheets
            )
        )

    return pa.Table.from_arrays([pa.array(cells(f.name), f.type) for f in schema], schema=schema)


def _write_parquet(home: Home, name: str, table: pa.Table) -> str:
    """Write a table under `raw/`; returns the hash of the file's bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content = sink.getvalue().to_pybytes()
    vault.write_durably(home.raw / name, content)
    return vault.sha256_of(content)
