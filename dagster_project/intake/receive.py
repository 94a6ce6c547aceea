"""Take in the files that are new under the raw root; those that one run takes in are one submission."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from dagster_project import speed
from dagster_project.core.homes import LAYOUTS_DIR, Home, layout_files
from dagster_project.core.local_time import local_day, local_time
from dagster_project.core.progress import READ_ZH, STORED_ZH, Counted
from dagster_project.intake import raw_rows, vault
from dagster_project.intake.arrivals import Arrival, new_arrivals
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.files.packed import inflated
from dagster_project.intake.findings import RejectedFile, problem
from dagster_project.intake.manifest import (
    EVIDENCE,
    ClosedRound,
    FileRecord,
    HeldBecause,
    Manifest,
    append_block,
    read_manifest,
)
from dagster_project.intake.parse.parsed import ParsedFile, ParsedSheet
from dagster_project.intake.parse.persons import content_has_identity_numbers
from dagster_project.intake.partial_returns import ReceivedUnits, hold_partial_returns
from dagster_project.intake.raw_folder import READABLE_SUFFIXES, RawFile, raw_files
from dagster_project.intake.raw_rows import KEPT, TakenFile, content_digest, write_raw_rows
from dagster_project.intake.reader import GIVEN_UP, Order, Worker, check_declarations
from dagster_project.intake.reading_ahead import ReadingAhead
from dagster_project.intake.readings import reading_of
from dagster_project.intake.sheet_records import SheetRecord, with_rows_of_parts
from dagster_project.intake.source_kinds import rosters_among

_ANY_YEAR = 2000
#: Runs in which a file is read that the reader gave up each time.
_MOST_TRIES = 3
#: Of files that are decided on and not yet in the vault.
_MOST_BYTES_FOR_THE_DISK = 16 * 1024**2

T = TypeVar("T")


@dataclass
class Taken:
    """Result of taking in.

    Attributes:
        submission: number of the submission; None if nothing was new.
        files: its files.
        manifest: the manifest with this submission.
        files_seen: number of files under the raw root, new or known.
    """

    submission: int | None
    files: list[TakenFile]
    manifest: Manifest
    files_seen: int


def take_in(
    home: Home,
    raw_root: Path,
    *,
    now: dt.datetime | None = None,
    report: Callable[[str], None] = lambda _: None,
    on_new: Callable[[], object] = lambda: None,
    worker: Worker | ReadingAhead | None = None,
    files: Sequence[RawFile] | None = None,
) -> Taken:
    """Archive and parse every new file, and append the submission to the manifest.

    A file is new if its path has no file in the manifest, or one of other bytes. The files in an archive (.zip) are
    received as returns of their own, under the path `archive.zip!name`.

    Args:
        home: gets the vault copies, the raw rows and the manifest's lines.
        raw_root: folder with one folder per school year.
        now: time of receipt, in UTC.
        report: gets progress messages, in Chinese.
        on_new: called once, before the first new file is parsed.
        worker: parses the files; by default processes that read ahead, which are ended here.
        files: the files to take in; by default all under the raw root. They are read where they are.

    Raises:
        UserError: a file that says how returns are read (feed, spellings, layout) is wrong. Nothing is archived then: the worker could parse nothing,
            and the returns would be rejected for it.
    """
    check_declarations(raw_root)
    manifest = read_manifest(home)
    latest = manifest.latest_by_path()
    known_contents = _KnownContents(manifest)
    unkept: set[str] = set()
    submission = manifest.next_submission
    received_at = (now or dt.datetime.now(dt.UTC)).replace(microsecond=0, tzinfo=None).isoformat()
    taken: list[TakenFile] = []
    found = list(raw_files(raw_root) if files is None else files)
    with _Disk(home) as disk:
        with contextlib.nullcontext(worker) if worker else ReadingAhead(raw_root) as reader:

            def begin() -> None:
                on_new()
                if speed.is_on():
                    disk.do(raw_rows.warm_up)

            arrivals = new_arrivals(home, found, latest, _to_try(manifest, latest), unkept, begin)
            if isinstance(reader, ReadingAhead):
                arrivals = reader.each(arrivals, known_contents.order_of)
            for arrival in arrivals:
                if arrival.is_archive:
                    if arrival.sha256 not in unkept:
                        disk.keep(arrival.content or b"")
                    continue
                raw = arrival.raw
                record = FileRecord(
                    submission,
                    received_at,
                    raw.school_year,
                    raw.relative,
                    arrival.sha256,
                    arrival.size,
                    packed_in=arrival.packed_in,
                )
                file = _take_file(arrival, record, reader, known_contents)
                content = bytes_to_keep(file, arrival.content)
                if content is not None:
                    disk.keep(content)
                if not file.record.is_kept:
                    unkept.add(arrival.packed_in)
                taken.append(file)
                did_zh = STORED_ZH if file.record.is_evidence else READ_ZH
                report(Counted(did_zh, raw.relative, arrival.seen, len(found)))
                known_contents.add(file.record)
        if not taken:
            return Taken(None, [], manifest, len(found))
        rosters = rosters_among(LAYOUTS_DIR, raw_root / "layouts")
        for file in hold_partial_returns(taken, ReceivedUnits(home, manifest), rosters):
            _state(file)
        _number_holds(submission, taken)
        layouts = disk.do(lambda: store_layouts(home, raw_root))
        closing = write_raw_rows(home, submission, taken, {})
    closing = replace(closing, layouts=layouts.result())
    append_block(home, manifest, closing, [f.record for f in taken])
    return Taken(submission, taken, read_manifest(home), len(found))


def _to_try(manifest: Manifest, latest: Mapping[str, FileRecord]) -> list[FileRecord]:
    """Files that the reader gave up, as a busy machine makes it do, and that were not yet tried often enough."""
    tries = Counter((f.path, f.sha256) for f in manifest.files if _was_given_up(f))
    return [f for f in latest.values() if _was_given_up(f) and tries[f.path, f.sha256] < _MOST_TRIES]


def _was_given_up(record: FileRecord) -> bool:
    return record.reason is not None and record.reason[0] in GIVEN_UP


class _Disk:
    """Puts bytes into the vault, one after another, while the next files are decided on; all are there when its block ends.

    Args:
        home: whose vault.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._thread = ThreadPoolExecutor(1)
        self._waiting: deque[tuple[Future[Any], int]] = deque()
        self._waiting_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(cancel_futures=kind is not None)
        if kind is None:
            self._look()

    def keep(self, content: bytes) -> None:
        """Put bytes into the vault soon.

        Raises:
            OSError: the disk is full or not writable; earlier bytes may have met it.
        """
        self.do(lambda: vault.store(self._home, content, syncs_folder=False), len(content))
        self._look()

    def do(self, work: Callable[[], T], size: int = 0) -> Future[T]:
        """Call something in its turn; it holds so many bytes until then."""
        future = self._thread.submit(work)
        self._waiting.append((future, size))
        self._waiting_bytes += size
        return future

    def _look(self) -> None:
        """Raise what was met; wait while too many bytes do."""
        while self._waiting and (
            self._waiting[0][0].done() or self._waiting_bytes > _MOST_BYTES_FOR_THE_DISK
        ):
            future, size = self._waiting.popleft()
            self._waiting_bytes -= size
            future.result()


class _KnownContents:
    """Contents received before, found by the hash of their bytes or of their rows."""

    def __init__(self, manifest: Manifest) -> None:
        self._first: dict[tuple[int | None, str], FileRecord] = {}
        self._accepted: dict[str, FileRecord] = {}
        self.closed_years = manifest.closed_years
        for file in manifest.files:
            self.add(file)

    def add(self, record: FileRecord) -> None:
        """Remember a file; of equal contents the first counts, unless it was a duplicate, only held, or evidence."""
        if record.status == "accepted":
            self._accepted[record.path] = record
        if record.status in ("duplicate", "held", EVIDENCE) or _was_given_up(record):
            return
        for digest in (record.sha256, record.content_sha256):
            if digest:
                self._first.setdefault((record.school_year, digest), record)

    def find(self, school_year: int, digest: str) -> FileRecord | None:
        """The file that brought this content before."""
        return self._first.get((school_year, digest))

    def is_superseded(self, first: FileRecord) -> bool:
        """True if other content was accepted under the file's path since."""
        now = self._accepted.get(first.path, first)
        return bool(first.status == "accepted" and now.content_sha256 != first.content_sha256)

    def order_of(self, arrival: Arrival) -> Order | None:
        """What of a file will be parsed, by what is known so far; None if nothing."""
        raw = arrival.raw
        if arrival.is_archive or arrival.refusal or raw.is_evidence or raw.school_year is None:
            return None
        first = self.find(raw.school_year, arrival.sha256)
        if first is not None and not self.is_superseded(first):
            return None
        return Order(arrival.content or b"", raw.relative, raw.school_year)


def _take_file(
    arrival: Arrival, record: FileRecord, worker: Worker | ReadingAhead, known: _KnownContents
) -> TakenFile:
    """Parse a file unless it is refused or known, and decide its status.

    Args:
        arrival: the file.
        record: what is known of it so far.
        worker: parses it.
        known: contents received before.
    """
    file = TakenFile(record, ParsedFile())
    raw = arrival.raw
    try:
        if refusal := arrival.refusal:
            raise refusal
        if raw.is_evidence:
            file.record = replace(file.record, status=EVIDENCE)
            return file
        assert raw.school_year is not None
        first = known.find(raw.school_year, record.sha256)
        if first is None or known.is_superseded(first):
            file.parsed = worker.parse(arrival.content or b"", raw.relative, raw.school_year)
            if file.parsed.has_persons:
                keep_reading(file)
            digest = content_digest(file.parsed, raw.school_year, record.sha256)
            file.record = replace(file.record, content_sha256=digest)
            if any(s.status == "accepted" for s in file.parsed.sheets):
                first = first or known.find(raw.school_year, digest)
    except RejectedFile as error:
        file.record = replace(
            file.record, status="rejected", sheets=(), reason=(error.rule_code, error.message_zh)
        )
        file.problems.append(error.as_problem())
        if _has_persons(raw, arrival.content or b"", error, worker):
            file.record = replace(file.record, is_kept=False)
            file.problems.append(problem("ORIGINAL_NOT_KEPT", "refused"))
        return file
    if first is not None and not known.is_superseded(first):
        mark_duplicate(file, first)
        return file
    if first is not None:
        _hold_older_version(file, first)
    else:
        _hold_late_sheets(file, known.closed_years)
    conclude(file)
    return file


def _has_persons(raw: RawFile, content: bytes, error: RejectedFile, worker: Worker | ReadingAhead) -> bool:
    """True if a file that was refused holds rows of persons, as far as can be seen without knowing its format."""
    if error.has_persons or content_has_identity_numbers(inflated(content)):
        return True
    if raw.school_year is not None or raw.path.suffix.lower() not in READABLE_SUFFIXES or not content:
        return False
    try:  # it was refused for its place; any year will do to see its headings
        return worker.parse(content, raw.relative, _ANY_YEAR).has_persons
    except RejectedFile as unreadable:
        return unreadable.has_persons


def keep_reading(file: TakenFile) -> None:
    """Put what was read from a file with a row per person in its place: the file itself may not be kept."""
    file.parsed.problems.append(problem("ORIGINAL_NOT_KEPT", "read"))
    file.reading = reading_of(file.parsed)
    file.record = replace(file.record, is_kept=False, reading=vault.sha256_of(file.reading))


def bytes_to_keep(file: TakenFile, content: bytes | None) -> bytes | None:
    """What the vault keeps of a file that was taken: its bytes, or what was read from it; None for nothing more."""
    if file.record.reading:
        return file.reading
    return content if file.record.is_kept else None


def _number_holds(submission: int, taken: list[TakenFile]) -> None:
    """Give each held file of a submission the identifier by which people decide on it."""
    held = [file for file in taken if file.record.is_held]
    for place, file in enumerate(held, 1):
        file.record = replace(file.record, hold=f"H{submission}-{place}")


def conclude(file: TakenFile) -> None:
    """Gather the findings about a parsed file, and put its status and its sheets into its record."""
    file.problems += file.parsed.problems
    for sheet in file.parsed.sheets:
        file.problems += sheet.problems
    _state(file)
    if file.record.status == "unrecognised":
        file.problems.append(problem("NOTHING_RECOGNISED"))


def _state(file: TakenFile) -> None:
    """Put the status of a parsed file, its sheets, and why something of it is held into its record."""
    states = {s.status for s in file.parsed.sheets}
    refused = any(p.severity == "reject_file" for p in file.problems)
    file.record = replace(
        file.record,
        status=next((s for s in KEPT if s in states), "rejected" if refused else "unrecognised"),
        sheets=tuple(_sheet_record(s) for s in sorted(file.parsed.sheets, key=_place_of_part)),
        held_because=tuple(
            HeldBecause(p.rule_code, p.message_zh, p.sheet, p.feed, p.school_code)
            for p in file.problems
            if p.severity == "hold"
        ),
    )


def mark_duplicate(file: TakenFile, first: FileRecord) -> None:
    """Record a file as the duplicate of an earlier one; none of its rows count."""
    sheets = tuple(
        replace(s, status="duplicate", rows_dropped=s.rows_read) for s in with_rows_of_parts(first.sheets)
    )
    file.record = replace(
        file.record,
        status="duplicate",
        duplicate_of=(first.submission, first.path),
        sheets=sheets,
        is_kept=file.record.is_kept and (first.is_kept or first.sha256 != file.record.sha256),
        reading="",
    )
    file.parsed = ParsedFile()
    file.problems.append(
        problem("ALREADY_RECEIVED", received_at=_in_words(first.received_at), path=first.path)
    )


def _in_words(moment: str) -> str:
    """A moment of the record as people read it, to the minute."""
    return f"{local_time(moment):%Y-%m-%d %H:%M}"


def _hold_older_version(file: TakenFile, first: FileRecord) -> None:
    """Hold a file whose content was received before and has been replaced since."""
    for sheet in file.parsed.sheets:
        sheet.status = "held" if sheet.status == "accepted" else sheet.status
    file.problems.append(problem("OLDER_VERSION", received_at=_in_words(first.received_at), path=first.path))


def _hold_late_sheets(file: TakenFile, closed_years: Mapping[int, ClosedRound]) -> None:
    """Hold the sheets with rows of a closed round, whose figures are final; ledgers belong to no round."""
    feeds = load_feeds()
    for sheet in file.parsed.sheets:
        closed = next((closed_years[year] for year in sorted(sheet.row_years) if year in closed_years), None)
        if closed and sheet.status == "accepted" and not feeds[sheet.feed].is_ledger:
            sheet.status = "held"
            file.problems.append(
                problem(
                    "ROUND_CLOSED",
                    sheet=sheet.sheet,
                    feed=sheet.feed,
                    school_year=closed.school_year,
                    closed_on=local_day(closed.closed_at),
                )
            )


def hold_as_recorded(parsed: ParsedFile, recorded: Iterable[SheetRecord]) -> None:
    """Hold of a file that is read again what was held of it when it was received."""
    held = {(s.sheet, s.feed): s.schools for s in recorded if s.status == "held"}
    for sheet in parsed.sheets.copy():
        schools = held.get((sheet.sheet, sheet.feed))
        if schools is None or sheet.status != "accepted":
            continue
        part = sheet.without_schools(schools) if schools else None
        if part is None:
            sheet.status = "held"
        else:
            parsed.sheets.append(part)


def _place_of_part(sheet: ParsedSheet) -> tuple[str, str]:
    """Sheets come in their own order, parts held apart after them."""
    return (sheet.feed, sheet.sheet) if sheet.schools else ("", "")


def _sheet_record(sheet: ParsedSheet) -> SheetRecord:
    return SheetRecord(
        sheet=sheet.sheet,
        feed=sheet.feed,
        status=sheet.status,
        heading_row=sheet.heading_row,
        rows_read=sheet.rows_read,
        rows_dropped=sheet.rows_dropped if sheet.status in KEPT else sheet.rows_read,
        column_maps=tuple(sheet.column_maps),
        is_synthetic=sheet.is_synthetic,
        nil_returns=tuple(sheet.nil_returns),
        layout=sheet.layout,
        schools=sheet.schools,
        is_whole=sheet.is_whole_correction,
    )


def store_layouts(home: Home, raw_root: Path) -> dict[str, str]:
    """Keep the layouts in force in the vault; returns their hashes by file name, later folders last."""
    folders = dict.fromkeys((LAYOUTS_DIR, raw_root / "layouts"))
    return {
        p.relative_to(folder).as_posix(): vault.store(home, p.read_bytes(), syncs_folder=False)
        for folder in folders
        for p in layout_files(folder)
    }
