"""Take in the files that are new under the raw root; those that one run takes in are one submission."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from dagster_project.core.homes import LAYOUTS_DIR, Home, layout_files
from dagster_project.core.local_time import local_day, local_time
from dagster_project.core.progress import READ_ZH, STORED_ZH, Counted
from dagster_project.intake import vault
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.files.packed import MEMBER_MARK, inflated, kind_of_archive, packed_files
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
from dagster_project.intake.raw_folder import (
    EXPLAINED_SUFFIXES,
    READABLE_SUFFIXES,
    RawFile,
    is_passed_over,
    open_ordinary,
    raw_files,
    read_bytes,
)
from dagster_project.intake.raw_rows import KEPT, TakenFile, content_digest, write_raw_rows
from dagster_project.intake.reader import Worker, load_declarations
from dagster_project.intake.readings import reading_of
from dagster_project.intake.sheet_records import SheetRecord, with_rows_of_parts
from dagster_project.intake.source_kinds import rosters_among

_ANY_YEAR = 2000


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
    worker: Worker | None = None,
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
        worker: parses the files; by default one is started and closed here.
        files: the files to take in; by default all under the raw root. They are read where they are.

    Raises:
        UserError: a file that says how returns are read (feed, spellings, layout) is wrong. Nothing is archived then: the worker could parse nothing,
            and the returns would be rejected for it.
    """
    load_declarations(raw_root)
    manifest = read_manifest(home)
    latest = manifest.latest_by_path()
    known_contents = _KnownContents(manifest)
    unkept: set[str] = set()
    submission = manifest.next_submission
    received_at = (now or dt.datetime.now(dt.UTC)).replace(microsecond=0, tzinfo=None).isoformat()
    taken: list[TakenFile] = []
    found = list(raw_files(raw_root) if files is None else files)
    # while the disk keeps one file the next is parsed
    with (
        contextlib.nullcontext(worker) if worker else Worker(raw_root) as reader,
        ThreadPoolExecutor(1) as disk,
    ):
        kept_before: Future[None] | None = None
        for seen, raw, kept in _received(home, found, latest, unkept):
            known = latest.get(raw.relative)
            if known and _is_unchanged(raw, known, kept):
                if not known.is_kept:
                    unkept.add(kept.packed_in)
                continue
            if not taken:
                on_new()
            record = FileRecord(
                submission,
                received_at,
                raw.school_year,
                raw.relative,
                kept.sha256,
                kept.size,
                packed_in=kept.packed_in,
            )
            file = _take_file(raw, record, kept, reader, known_contents)
            if kept_before:
                kept_before.result()
            kept_before = disk.submit(archive, home, file, kept.content)
            if not file.record.is_kept:
                unkept.add(kept.packed_in)
            taken.append(file)
            did_zh = STORED_ZH if file.record.is_evidence else READ_ZH
            report(Counted(did_zh, raw.relative, seen, len(found)))
            known_contents.add(file.record)
        if kept_before:
            kept_before.result()
    if not taken:
        return Taken(None, [], manifest, len(found))
    rosters = rosters_among(LAYOUTS_DIR, raw_root / "layouts")
    for file in hold_partial_returns(taken, ReceivedUnits(home, manifest), rosters):
        _state(file)
    _number_holds(submission, taken)
    closing = write_raw_rows(home, submission, taken, store_layouts(home, raw_root))
    append_block(home, manifest, closing, [f.record for f in taken])
    return Taken(submission, taken, read_manifest(home), len(found))


@dataclass(frozen=True)
class _Kept:
    """Hash and size of a file.

    Attributes:
        content: its bytes, which are put into the vault when it is known that they may be kept; None for evidence, which
            is in the vault already, and for what could not be read.
        failure: why it could not be read (then hash and size are empty) or unpacked.
        packed_in: hash of the archive that it came in; empty for a file of its own.
    """

    sha256: str = ""
    size: int = 0
    content: bytes | None = None
    failure: RejectedFile | None = None
    packed_in: str = ""


def _received(
    home: Home, found: Sequence[RawFile], latest: Mapping[str, FileRecord], unkept: Collection[str]
) -> Iterator[tuple[int, RawFile, _Kept]]:
    """Each file of the raw folder with its bytes; of an archive of returns each file in it instead.

    Args:
        home: whose vault; it keeps an archive, too, after all files in it were taken.
        found: the files.
        latest: what was received before, by path.
        unkept: hashes of archives that hold a file which may not be kept; the caller adds to it.

    Yields:
        How many files of the folder were looked at, the file, and what is kept of it.
    """
    for seen, raw in enumerate(found, 1):
        kept = _keep(home, raw, latest.get(raw.relative))
        is_archive = raw.path.suffix.lower() == ".zip" and not raw.is_evidence and raw.school_year is not None
        if kept.failure or not is_archive:
            yield seen, raw, kept
            continue
        content = kept.content or b""
        if kind_of_archive(content) != "packed":
            yield seen, raw, kept
            continue
        try:
            files = [f for f in packed_files(content) if not is_passed_over(PurePosixPath(f[0]).name)]
        except RejectedFile as error:
            yield seen, raw, replace(kept, failure=error)
            continue
        for name, data in files:
            path = f"{raw.relative}{MEMBER_MARK}{name}"
            part = replace(raw, path=Path(name), relative=path)
            yield seen, part, _Kept(vault.sha256_of(data), len(data), data, packed_in=kept.sha256)
        if kept.sha256 not in unkept:
            vault.store(home, content)


def _keep(home: Home, raw: RawFile, known: FileRecord | None) -> _Kept:
    """Read a file; evidence is put into the vault at once, a piece at a time, since it may be of any size.

    Args:
        home: whose vault.
        raw: the file in the raw folder.
        known: what was received under its path before; a file of the same bytes is not copied.
    """
    try:
        if not raw.is_evidence:
            content = read_bytes(raw.path)
            return _Kept(vault.sha256_of(content), len(content), content)
        if known:
            with open_ordinary(raw.path) as stream:
                if vault.sha256_of_stream(stream) == known.sha256:
                    return _Kept(known.sha256, known.size)
        with open_ordinary(raw.path) as stream:
            return _Kept(*vault.store_stream(home, stream))
    except RejectedFile as error:
        return _Kept(failure=error)


def _is_unchanged(raw: RawFile, known: FileRecord, kept: _Kept) -> bool:
    """True if a file was received before as what it is; an early version refused evidence as a return."""
    was_understood = not raw.is_evidence or known.is_evidence or not kept.size
    return known.sha256 == kept.sha256 and was_understood


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
        if record.status in ("duplicate", "held", EVIDENCE):
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


def _take_file(
    raw: RawFile,
    record: FileRecord,
    kept: _Kept,
    worker: Worker,
    known: _KnownContents,
) -> TakenFile:
    """Parse a file unless it is refused or known, and decide its status.

    Args:
        raw: the file in the raw folder.
        record: what is known of it so far.
        kept: its bytes, or why they couldn't be read.
        worker: parses it.
        known: contents received before.
    """
    file = TakenFile(record, ParsedFile())
    try:
        if kept.failure:
            raise kept.failure
        if raw.school_year is None:
            raise RejectedFile("NO_YEAR_FOLDER")
        if raw.is_evidence:
            if not record.size:
                raise RejectedFile("EMPTY_FILE")
            file.record = replace(file.record, status=EVIDENCE)
            return file
        if raw.path.suffix.lower() not in READABLE_SUFFIXES | EXPLAINED_SUFFIXES:
            raise RejectedFile("NOT_A_TABLE", "suffix")
        first = known.find(raw.school_year, record.sha256)
        if first is None or known.is_superseded(first):
            file.parsed = worker.parse(kept.content or b"", raw.relative, raw.school_year)
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
        if _has_persons(raw, kept.content or b"", error, worker):
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


def _has_persons(raw: RawFile, content: bytes, error: RejectedFile, worker: Worker) -> bool:
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


def archive(home: Home, file: TakenFile, content: bytes | None) -> None:
    """Put a file that was taken into the vault, or what was read from it."""
    if file.record.reading:
        vault.store(home, file.reading)
    elif file.record.is_kept and content is not None:
        vault.store(home, content)


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
        p.relative_to(folder).as_posix(): vault.store(home, p.read_bytes())
        for folder in folders
        for p in layout_files(folder)
    }
