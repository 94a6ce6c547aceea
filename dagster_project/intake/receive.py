"""Take in what is new under the raw root: one run that finds something new is one submission."""

from __future__ import annotations

import contextlib
import datetime as dt
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.homes import LAYOUTS_DIR, Home
from dagster_project.intake import vault
from dagster_project.intake.feeds import Feed, load_feeds
from dagster_project.intake.findings import Problem, RejectedFile, problem, written_problem
from dagster_project.intake.parse.parsed import ParsedFile, ParsedSheet
from dagster_project.intake.raw_folder import READABLE_SUFFIXES, RawFile, raw_files, read_bytes
from dagster_project.intake.reader import Worker

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass
class TakenFile:
    """One file of this run and what became of it."""

    record: dict[str, Any]
    parsed: ParsedFile
    problems: list[Problem] = field(default_factory=list)


@dataclass
class Taken:
    """Result of taking in: the submission's number (None: nothing new) and its files."""

    submission: int | None
    files: list[TakenFile]
    manifest: vault.Manifest
    files_seen: int


class FileRead(str):
    """Message that a file was read, which also tells how many of how many files were looked at."""

    done: int
    total: int

    def __new__(cls, text: str, done: int, total: int) -> FileRead:
        """Make the message."""
        message = super().__new__(cls, text)
        message.done, message.total = done, total
        return message


def take_in(
    home: Home,
    raw_root: Path,
    *,
    now: dt.datetime | None = None,
    report: Callable[[str], None] = lambda _: None,
    on_new: Callable[[], object] = lambda: None,
    worker: Worker | None = None,
) -> Taken:
    """Archive and parse everything new; append it to the record.

    Args:
        home: where vault and raw rows lie.
        raw_root: folder with one folder a school year.
        now: time of receipt, in UTC.
        report: told about progress, in Chinese.
        on_new: called once, before the first new file is read.
        worker: reads the files; one of its own by default.
    """
    manifest = vault.read_manifest(home)
    latest = manifest.latest_by_path()
    known_contents = _KnownContents(manifest)
    submission = manifest.next_submission
    received_at = (now or dt.datetime.now(dt.UTC)).replace(microsecond=0, tzinfo=None).isoformat()
    seen = 0
    taken: list[TakenFile] = []
    with contextlib.nullcontext(worker) if worker else Worker(raw_root) as reader:
        waiting = list(raw_files(raw_root))
        for raw in waiting:
            seen += 1
            known = latest.get(raw.relative)
            failure: RejectedFile | None = None
            content = b""
            try:
                content = read_bytes(raw.path)
            except RejectedFile as error:
                failure = error
            digest = "" if failure else vault.sha256_of(content)
            if known and known["sha256"] == digest:
                continue
            if not taken:
                on_new()
            record: dict[str, Any] = {
                "kind": "file",
                "submission": submission,
                "received_at": received_at,
                "school_year": raw.school_year,
                "path": raw.relative,
                "sha256": digest,
                "size": len(content),
            }
            if digest:
                vault.store(home, content)
            file = _take_file(raw, record, home.vault / digest, failure, reader, known_contents)
            if record["status"] == "held" or any(s["status"] == "held" for s in record["sheets"]):
                record["hold"] = f"H{submission}-{1 + sum('hold' in f.record for f in taken)}"
            taken.append(file)
            report(FileRead(f"已读取 {raw.relative}", seen, len(waiting)))
            known_contents.add(record)
    if not taken:
        return Taken(None, [], manifest, seen)
    closing = _write_raw(home, submission, taken)
    closing["layouts"] = _store_layouts(home, raw_root)
    vault.append_block(home, manifest, [*(f.record for f in taken), closing])
    return Taken(submission, taken, vault.read_manifest(home), seen)


class _KnownContents:
    """What was received before, by the hash of its bytes and of what it says."""

    def __init__(self, manifest: vault.Manifest) -> None:
        self._first: dict[tuple[Any, str], dict[str, Any]] = {}
        self._accepted: dict[str, dict[str, Any]] = {}
        self.closed_years = manifest.closed_years
        for file in manifest.files:
            self.add(file)

    def add(self, record: dict[str, Any]) -> None:
        """Remember a file; of equal contents the first one counts, unless it was only held."""
        if record["status"] == "accepted":
            self._accepted[record["path"]] = record
        if record["status"] in ("duplicate", "held"):
            return
        for digest in (record["sha256"], record.get("content_sha256")):
            if digest:
                self._first.setdefault((record["school_year"], digest), record)

    def find(self, school_year: int, digest: str) -> dict[str, Any] | None:
        """The file that brought this content before."""
        return self._first.get((school_year, digest))

    def is_superseded(self, first: dict[str, Any]) -> bool:
        """True if another accepted content came under that path since."""
        now = self._accepted.get(first["path"], first)
        return bool(first["status"] == "accepted" and now["content_sha256"] != first["content_sha256"])


def _take_file(
    raw: RawFile,
    record: dict[str, Any],
    stored: Path,
    failure: RejectedFile | None,
    worker: Worker,
    known: _KnownContents,
) -> TakenFile:
    file = TakenFile(record, ParsedFile())
    try:
        if failure:
            raise failure
        if raw.school_year is None:
            raise RejectedFile("NO_YEAR_FOLDER")
        if raw.path.suffix.lower() not in READABLE_SUFFIXES:
            raise RejectedFile("NOT_A_TABLE", "suffix")
        first = known.find(raw.school_year, record["sha256"])
        if first is None or known.is_superseded(first):
            file.parsed = worker.parse(stored, raw.relative, raw.school_year)
            record["content_sha256"] = content_digest(file.parsed, raw.school_year)
            if any(s.status == "accepted" for s in file.parsed.sheets):
                first = first or known.find(raw.school_year, record["content_sha256"])
    except RejectedFile as error:
        record.update(status="rejected", sheets=[], reason=[error.rule_code, error.message_zh])
        file.problems.append(error.as_problem())
        return file
    if first is not None and not known.is_superseded(first):
        _mark_duplicate(file, first)
        return file
    if first is not None:
        _hold_older_version(file, first)
    elif raw.school_year in known.closed_years:
        _hold_late_sheets(file, known.closed_years[raw.school_year])
    if file.problems:
        record["held_because"] = [[p.rule_code, p.message_zh, p.sheet, p.feed] for p in file.problems]
    _conclude(file)
    return file


def _conclude(file: TakenFile) -> None:
    """Gather the problems of a parsed file and write into its record what became of it."""
    record = file.record
    file.problems += file.parsed.problems
    for sheet in file.parsed.sheets:
        file.problems += sheet.problems
    states = {s.status for s in file.parsed.sheets}
    refused = any(p.severity == "reject_file" for p in file.problems)
    record["status"] = next(
        (s for s in ("accepted", "held") if s in states), "rejected" if refused else "unrecognised"
    )
    record["sheets"] = [_sheet_record(s) for s in file.parsed.sheets]
    if not file.parsed.sheets and not refused:
        file.problems.append(problem("NOTHING_RECOGNISED"))


def _store_layouts(home: Home, raw_root: Path) -> dict[str, str]:
    """Keep the layouts that were in force in the vault; names and hashes, later folders last."""
    paths = [p for f in dict.fromkeys((LAYOUTS_DIR, raw_root / "layouts")) for p in sorted(f.glob("*.yml"))]
    return {p.name: vault.store(home, p.read_bytes()) for p in paths}


def missing_raw(home: Home, manifest: vault.Manifest) -> list[dict[str, Any]]:
    """Closing lines of submissions whose raw rows are not all there."""
    return [
        s
        for s in manifest.submissions
        if any(not (home.raw / name).is_file() for name in (*s["raw"].values(), s["faults"]))
    ]


def rebuild_raw(home: Home, manifest: vault.Manifest, closings: list[dict[str, Any]]) -> list[str]:
    """Write the raw rows of some submissions anew from the vault.

    Returns:
        Paths of files that are read differently today than they were then.

    Raises:
        vault.RecordBroken: bytes are missing from the vault.
    """
    changed = []
    by_place = {(f["submission"], f["path"]): f for f in manifest.files}
    for closing in closings:
        with tempfile.TemporaryDirectory(prefix="junheng-layouts-") as scratch:
            folder = Path(scratch) / "layouts"
            folder.mkdir()
            for name, digest in closing.get("layouts", {}).items():
                (folder / name).write_bytes(vault.content_of(home, digest))
            with Worker(Path(scratch)) as worker:
                files = [
                    _parse_again(home, record, by_place, worker)
                    for record in manifest.files
                    if record["submission"] == closing["submission"]
                ]
        recorded = [f for f in manifest.files if f["submission"] == closing["submission"]]
        changed += [
            now.record["path"]
            for now, then in zip(files, recorded, strict=True)
            if now.record.get("sheets") != then.get("sheets")
        ]
        _write_raw(home, closing["submission"], files)
    return changed


def _parse_again(
    home: Home, record: dict[str, Any], by_place: dict[tuple[int, str], dict[str, Any]], worker: Worker
) -> TakenFile:
    file = TakenFile(dict(record), ParsedFile())
    if record["status"] == "rejected" and "reason" in record:
        file.problems.append(written_problem("reject_file", *record["reason"]))
    elif record["status"] == "duplicate":
        submission, path = record["duplicate_of"]
        _mark_duplicate(file, by_place[submission, path])
    else:
        vault.content_of(home, record["sha256"])
        file.parsed = worker.parse(home.vault / record["sha256"], record["path"], record["school_year"])
        held = {(s["sheet"], s["feed"]) for s in record["sheets"] if s["status"] == "held"}
        for sheet in file.parsed.sheets:
            if (sheet.sheet, sheet.feed) in held:
                sheet.status = "held"
        file.problems += [
            written_problem("hold", code, message, sheet=sheet, feed=feed)
            for code, message, sheet, feed in record.get("held_because", [])
        ]
        _conclude(file)
    return file


def _hold_older_version(file: TakenFile, first: dict[str, Any]) -> None:
    for sheet in file.parsed.sheets:
        sheet.status = "held" if sheet.status == "accepted" else sheet.status
    file.problems.append(problem("OLDER_VERSION", received_at=first["received_at"], path=first["path"]))


def _hold_late_sheets(file: TakenFile, closed: dict[str, Any]) -> None:
    """After a round was closed its figures stand; ledgers go on."""
    feeds = load_feeds()
    for sheet in file.parsed.sheets:
        if sheet.status == "accepted" and not feeds[sheet.feed].is_ledger:
            sheet.status = "held"
            file.problems.append(
                problem(
                    "ROUND_CLOSED",
                    sheet=sheet.sheet,
                    feed=sheet.feed,
                    school_year=closed["school_year"],
                    closed_on=closed["closed_at"][:10],
                )
            )


def _mark_duplicate(file: TakenFile, first: dict[str, Any]) -> None:
    file.record.update(status="duplicate", duplicate_of=[first["submission"], first["path"]])
    file.record["sheets"] = [
        {**sheet, "status": "duplicate", "rows_dropped": sheet["rows_read"]}
        for sheet in first.get("sheets", [])
    ]
    file.parsed = ParsedFile()
    file.problems.append(problem("ALREADY_RECEIVED", received_at=first["received_at"], path=first["path"]))


def _sheet_record(sheet: ParsedSheet) -> dict[str, Any]:
    return {
        "sheet": sheet.sheet,
        "feed": sheet.feed,
        "status": sheet.status,
        "heading_row": sheet.heading_row,
        "rows_read": sheet.rows_read,
        "rows_dropped": sheet.rows_dropped if sheet.status in KEPT else sheet.rows_read,
        "column_maps": sheet.column_maps,
        **({"is_synthetic": True} if sheet.is_synthetic else {}),
    }


#: Sheets whose rows go into the record: those that count and those that wait for a decision.
KEPT = ("accepted", "held")


def content_digest(parsed: ParsedFile, school_year: int) -> str:
    """Hash of what a file says, whatever its bytes, banners and blank rows look like."""
    import hashlib

    digest = hashlib.sha256(str(school_year).encode())
    for sheet in sorted(parsed.sheets, key=lambda s: (s.feed, s.sheet)):
        status = "accepted" if sheet.status in KEPT else sheet.status
        digest.update(f"|{sheet.feed}|{status}".encode())
        for name, values in sorted(sheet.columns.items()):
            if name != "row_number":
                digest.update(f"|{name}".encode())
                digest.update(repr(values).encode())
        faults = sorted((p.column_name, p.rule_code, p.value) for p in sheet.problems)
        digest.update(repr(faults).encode())
    return digest.hexdigest()


def feed_schema(feed: Feed) -> pa.Schema:
    """Arrow schema of a feed's raw rows: provenance, then the feed's columns."""
    import pyarrow as pa

    types = {"varchar": pa.string(), "bigint": pa.int64(), "double": pa.float64(), "boolean": pa.bool_()}
    types["date"] = pa.date32()
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
    """Arrow schema of the faults found while parsing."""
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


def _write_raw(home: Home, submission: int, taken: list[TakenFile]) -> dict[str, Any]:
    """Write the submission's rows and faults; returns the line that closes it."""
    import pyarrow as pa

    tables: dict[str, list[pa.Table]] = {}
    faults: list[dict[str, Any]] = []
    for file in taken:
        origin = {
            "submission": submission,
            "sha256": file.record["sha256"],
            "source_file": file.record["path"],
            "school_year": file.record["school_year"],
        }
        for sheet in file.parsed.sheets:
            if sheet.status in KEPT and sheet.columns["row_number"]:
                tables.setdefault(sheet.feed, []).append(_sheet_table(sheet, origin))
        faults += [{**asdict(p), **origin} for p in file.problems]
    written = {
        f"{feed}/{submission:06d}.parquet": pa.concat_tables(parts) for feed, parts in sorted(tables.items())
    }
    listed = f"_faults/{submission:06d}.parquet"
    written[listed] = pa.Table.from_pylist(faults, schema=fault_schema())
    return {
        "kind": "submission",
        "submission": submission,
        "raw": {name.split("/")[0]: name for name in written if name != listed},
        "faults": listed,
        "raw_sha256": {name: _write_parquet(home, name, table) for name, table in written.items()},
    }


def _sheet_table(sheet: ParsedSheet, origin: dict[str, Any]) -> pa.Table:
    import pyarrow as pa

    schema = feed_schema(load_feeds()[sheet.feed])
    length = len(sheet.columns["row_number"])
    constants = {**origin, "sheet": sheet.sheet}
    arrays = [
        pa.array(sheet.columns[f.name], f.type)
        if f.name in sheet.columns
        else pa.array([constants[f.name]] * length, f.type)
        for f in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _write_parquet(home: Home, name: str, table: pa.Table) -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content = sink.getvalue().to_pybytes()
    vault.write_durably(home.raw / name, content)
    return vault.sha256_of(content)
