"""Take in what is new under the raw root: one run that finds something new is one submission."""

from __future__ import annotations

import datetime as dt
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.intake import vault
from dagster_project.intake.feeds import Feed, load_feeds
from dagster_project.intake.layouts import Layout, load_layouts
from dagster_project.intake.parse import ParsedFile, ParsedSheet, Problem, parse_grids
from dagster_project.intake.workbook import MAX_FILE_BYTES, RejectedFile, read_grids
from dagster_project.intake.worker import Worker
from dagster_project.settings import LAYOUTS_DIR, Home

if TYPE_CHECKING:
    import pyarrow as pa

READABLE_SUFFIXES = frozenset((".xlsx", ".xls", ".et", ".ett", ".csv", ".xlsm", ".xlsb", ".txt", ".tsv"))
_YEAR_FOLDER = re.compile(r"20\d\d\Z")
_PASSED_OVER = re.compile(
    r"(~\$|\.|Thumbs\.db\Z|desktop\.ini\Z)|.*\.(tmp|part|crdownload|md)\Z", re.IGNORECASE
)
_SKIPPED_FOLDERS = frozenset(("layouts", "sample"))


@dataclass(frozen=True)
class RawFile:
    """A file under the raw root, with its path relative to it and the year of its folder."""

    path: Path
    relative: str
    school_year: int | None


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


def raw_files(raw_root: Path) -> Iterator[RawFile]:
    """Files under `<raw_root>/<year>/`, in a fixed order; other files are given without a year."""
    for folder, subfolders, names in os.walk(raw_root):
        here = Path(folder)
        subfolders.sort()
        if here == raw_root:
            subfolders[:] = [s for s in subfolders if s not in _SKIPPED_FOLDERS and not s.startswith(".")]
        for name in sorted(names):
            path = here / name
            relative = path.relative_to(raw_root)
            if _PASSED_OVER.match(name) or (here == raw_root and path.suffix in (".yml", ".yaml")):
                continue
            top = relative.parts[0]
            year = int(top) if len(relative.parts) > 1 and _YEAR_FOLDER.match(top) else None
            yield RawFile(path, relative.as_posix(), year)


def read_bytes(path: Path) -> bytes:
    """Bytes of an ordinary file.

    Raises:
        RejectedFile: a link or a special file, or one that can't be read.
    """
    flags = (
        os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    )
    try:
        handle = os.open(path, flags)
    except PermissionError as error:
        raise RejectedFile(
            "FILE_LOCKED", "无法读取：文件可能正在 Excel 中打开，或没有读取权限；请先关闭文件再运行一次。"
        ) from error
    except OSError as error:
        raise RejectedFile(
            "NOT_A_FILE", "不是普通文件或无法打开，请放入文件本身（不要放快捷方式、链接）。"
        ) from error
    with os.fdopen(handle, "rb") as stream:
        state = os.fstat(stream.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise RejectedFile("NOT_A_FILE", "不是普通文件，请放入文件本身。")
        if state.st_nlink > 1:
            raise RejectedFile(
                "NOT_A_FILE", "这个文件与别处的文件是同一份（硬链接），不是单独的普通文件；请复制一份放入。"
            )
        if state.st_size > MAX_FILE_BYTES:
            raise RejectedFile("FILE_TOO_LARGE", f"文件超过 {MAX_FILE_BYTES // 1024**2} MB，请拆分后再报。")
        return stream.read(MAX_FILE_BYTES + 1)


def parse_content(content: bytes, relative: str, school_year: int, layouts: list[Layout]) -> ParsedFile:
    """Parse one file's bytes.

    Raises:
        RejectedFile: the file as a whole can't be used.
    """
    return parse_grids(read_grids(content, Path(relative).suffix.lower()), school_year, layouts)


def layouts_for(raw_root: Path) -> list[Layout]:
    """Layouts of the project and of the raw root."""
    return load_layouts(LAYOUTS_DIR, raw_root / "layouts")


def take_in(
    home: Home,
    raw_root: Path,
    *,
    now: dt.datetime | None = None,
    report: Callable[[str], None] = lambda _: None,
    on_new: Callable[[], object] = lambda: None,
) -> Taken:
    """Archive and parse everything new; append it to the record.

    Args:
        home: where vault and raw rows lie.
        raw_root: folder with one folder a school year.
        now: time of receipt, in UTC.
        report: told about progress, in Chinese.
        on_new: called once, before the first new file is read.
    """
    manifest = vault.read_manifest(home)
    latest = manifest.latest_by_path()
    first_by_content: dict[tuple[Any, str], dict[str, Any]] = {}
    for earlier in manifest.files:
        for known_digest in (earlier["sha256"], earlier.get("content_sha256")):
            if known_digest:
                first_by_content.setdefault((earlier["school_year"], known_digest), earlier)
    submission = manifest.next_submission
    received_at = (now or dt.datetime.now(dt.UTC)).replace(microsecond=0, tzinfo=None).isoformat()
    seen = 0
    taken: list[TakenFile] = []
    with Worker(raw_root) as worker:
        for raw in raw_files(raw_root):
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
            file = _take_file(raw, record, home.vault / digest, failure, worker, first_by_content)
            taken.append(file)
            report(f"已读取 {raw.relative}")
            if record["status"] != "duplicate":
                for key in (digest, record.get("content_sha256")):
                    if key:
                        first_by_content.setdefault((raw.school_year, key), record)
    if not taken:
        return Taken(None, [], manifest, seen)
    closing = _write_raw(home, submission, taken)
    vault.append_submission(home, manifest, [*(f.record for f in taken), closing])
    return Taken(submission, taken, vault.read_manifest(home), seen)


def _take_file(
    raw: RawFile,
    record: dict[str, Any],
    stored: Path,
    failure: RejectedFile | None,
    worker: Worker,
    first_by_content: dict[tuple[Any, str], dict[str, Any]],
) -> TakenFile:
    file = TakenFile(record, ParsedFile())
    try:
        if failure:
            raise failure
        if raw.school_year is None:
            raise RejectedFile(
                "NO_YEAR_FOLDER", "文件不在年度文件夹内，未读取；请放入以年份命名的文件夹，如 2023/。"
            )
        if raw.path.suffix.lower() not in READABLE_SUFFIXES:
            raise RejectedFile("NOT_A_TABLE", "不是 Excel 或 CSV 文件，未读取；请核对后重新放入。")
        first = first_by_content.get((raw.school_year, record["sha256"]))
        if first is None:
            file.parsed = worker.parse(stored, raw.relative, raw.school_year)
            record["content_sha256"] = content_digest(file.parsed, raw.school_year)
            if any(s.status == "accepted" for s in file.parsed.sheets):
                first = first_by_content.get((raw.school_year, record["content_sha256"]))
        if first is not None:
            _mark_duplicate(file, first)
            return file
    except RejectedFile as error:
        record.update(status="rejected", sheets=[])
        file.problems.append(Problem("reject_file", "format", error.rule_code, error.message_zh))
        return file
    file.problems += file.parsed.problems
    for sheet in file.parsed.sheets:
        file.problems += sheet.problems
    accepted = any(s.status == "accepted" for s in file.parsed.sheets)
    refused = any(p.severity == "reject_file" for p in file.problems)
    record["status"] = "accepted" if accepted else "rejected" if refused else "unrecognised"
    record["sheets"] = [_sheet_record(s) for s in file.parsed.sheets]
    if not file.parsed.sheets and not refused:
        file.problems.append(
            Problem(
                "reject_file",
                "format",
                "NOTHING_RECOGNISED",
                "文件里没有认出任何一种报表，未读取；请使用 junheng template 生成的模板填报。",
            )
        )
    return file


def _mark_duplicate(file: TakenFile, first: dict[str, Any]) -> None:
    file.record.update(status="duplicate", duplicate_of=first["path"])
    file.record["sheets"] = [
        {**sheet, "status": "duplicate", "rows_dropped": sheet["rows_read"]}
        for sheet in first.get("sheets", [])
    ]
    file.parsed = ParsedFile()
    file.problems.append(
        Problem(
            "warn",
            "format",
            "ALREADY_RECEIVED",
            f"内容与 {first['received_at']} 收到的 {first['path']} 相同，未重复采用；如需更正，请修改后再放入。",
        )
    )


def _sheet_record(sheet: ParsedSheet) -> dict[str, Any]:
    return {
        "sheet": sheet.sheet,
        "feed": sheet.feed,
        "status": sheet.status,
        "heading_row": sheet.heading_row,
        "rows_read": sheet.rows_read,
        "rows_dropped": sheet.rows_dropped if sheet.status == "accepted" else sheet.rows_read,
        "column_maps": sheet.column_maps,
        **({"is_synthetic": True} if sheet.is_synthetic else {}),
    }


def content_digest(parsed: ParsedFile, school_year: int) -> str:
    """Hash of what a file says, whatever its bytes, banners and blank rows look like."""
    import hashlib

    digest = hashlib.sha256(str(school_year).encode())
    for sheet in sorted(parsed.sheets, key=lambda s: (s.feed, s.sheet)):
        digest.update(f"|{sheet.feed}|{sheet.status}".encode())
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
            if sheet.status == "accepted" and sheet.columns["row_number"]:
                tables.setdefault(sheet.feed, []).append(_sheet_table(sheet, origin))
        faults += [{**asdict(p), **origin} for p in file.problems]
    closing: dict[str, Any] = {"kind": "submission", "submission": submission, "raw": {}}
    for feed, parts in sorted(tables.items()):
        closing["raw"][feed] = _write_parquet(
            home, f"{feed}/{submission:06d}.parquet", pa.concat_tables(parts)
        )
    table = pa.Table.from_pylist(faults, schema=fault_schema())
    closing["faults"] = _write_parquet(home, f"_faults/{submission:06d}.parquet", table)
    return closing


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
    vault.write_durably(home.raw / name, sink.getvalue().to_pybytes())
    return name
