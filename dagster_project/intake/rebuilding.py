"""Raw rows written anew from the vault, where `raw/` was lost or damaged."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from dagster_project.core.homes import Home
from dagster_project.intake import vault
from dagster_project.intake.findings import problem, written_problem
from dagster_project.intake.manifest import FileRecord, Manifest, Submission
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.raw_rows import TakenFile, stem_of, write_raw_rows
from dagster_project.intake.reader import Order
from dagster_project.intake.reading_ahead import ReadingAhead
from dagster_project.intake.readings import kept_under, read_reading
from dagster_project.intake.receive import conclude, hold_as_recorded, mark_duplicate


def missing_raw(home: Home, manifest: Manifest) -> list[Submission]:
    """Submissions some of whose raw rows are missing."""
    return [
        s
        for s in manifest.submissions
        if any(not (home.raw / name).is_file() for name in (*s.raw.values(), s.faults))
    ]


def rebuild_raw(home: Home, manifest: Manifest, submissions: Iterable[Submission]) -> list[str]:
    """Parse the files of some submissions again, with the layouts of that time, and write their raw rows.

    Returns:
        Paths of files that are parsed differently today than they were then.

    Raises:
        vault.RecordBroken: bytes are missing from the vault.
    """
    changed = []
    by_place = {(f.submission, f.path): f for f in manifest.files}
    for submission in submissions:
        recorded = [f for f in manifest.files if f.submission == submission.submission]
        with tempfile.TemporaryDirectory(prefix="junheng-layouts-") as scratch:
            folder = Path(scratch) / "layouts"
            folder.mkdir()
            for name, digest in submission.layouts.items():
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_bytes(vault.content_of(home, digest))
            with ReadingAhead(Path(scratch)) as worker:
                kept = ((record, _content(home, record)) for record in recorded)
                files = [
                    _parse_again(record, content, by_place, worker)
                    for record, content in worker.each(kept, _order_of)
                ]
        changed += [
            now.record.path
            for now, then in zip(files, recorded, strict=True)
            if now.record.sheets != then.sheets
        ]
        write_raw_rows(home, submission.submission, files, submission.layouts, stem=stem_of(submission))
    return changed


def _content(home: Home, record: FileRecord) -> bytes:
    """What the vault keeps of a file whose rows were read from it; empty for all others."""
    if record.reason or record.is_evidence or record.duplicate_of:
        return b""
    return vault.content_of(home, kept_under(record))


def _order_of(kept: tuple[FileRecord, bytes]) -> Order | None:
    record, content = kept
    if not content or not record.is_kept:
        return None
    # a file without a year was refused, and has a reason
    return Order(content, record.path, int(record.school_year or 0))


def _parse_again(
    record: FileRecord, content: bytes, by_place: dict[tuple[int, str], FileRecord], worker: ReadingAhead
) -> TakenFile:
    """Rows and findings of a recorded file; whether it was refused, a duplicate or held stays as recorded."""
    file = TakenFile(record, ParsedFile())
    if record.reason:
        file.problems.append(written_problem("reject_file", *record.reason))
        if not record.is_kept:
            file.problems.append(problem("ORIGINAL_NOT_KEPT", "refused"))
    elif record.is_evidence:
        pass  # there is nothing to parse in it
    elif record.duplicate_of:
        mark_duplicate(file, by_place[record.duplicate_of])
    else:
        file.parsed = (
            worker.parse(content, record.path, int(record.school_year or 0))
            if record.is_kept
            else read_reading(content)
        )
        hold_as_recorded(file.parsed, record.sheets)
        file.problems += [
            written_problem(
                "hold", h.rule_code, h.message_zh, sheet=h.sheet, feed=h.feed, school_code=h.school_code
            )
            for h in record.held_because
        ]
        conclude(file)
    return file
