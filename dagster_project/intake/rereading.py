"""Files read again because layouts changed: what one layout gave must not be published as what another gives.

A file keeps its place: the block that this writes replaces rows and findings of the submission that brought the file, so
that a later return still replaces them. Read again are sheets whose layout changed, and files that were refused or not
recognised, which another layout may read. Files of a closed round stay as they were read: their figures are final.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path

from dagster_project.core.homes import LAYOUTS_DIR, Home, layout_files
from dagster_project.intake import vault
from dagster_project.intake.findings import RejectedFile
from dagster_project.intake.manifest import (
    FileRecord,
    Manifest,
    SheetRecord,
    Submission,
    append_block,
    read_manifest,
)
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.raw_rows import TakenFile, content_digest, stem_of, write_raw_rows
from dagster_project.intake.reader import Worker, layouts_for
from dagster_project.intake.receive import conclude, store_layouts


def layout_digests(raw_root: Path) -> dict[str, str]:
    """Hash of each layout in force by its path in the folder of layouts, as a submission keeps them."""
    folders = dict.fromkeys((LAYOUTS_DIR, raw_root / "layouts"))
    return {
        p.relative_to(folder).as_posix(): vault.sha256_of_file(p)
        for folder in folders
        for p in layout_files(folder)
    }


def read_again(home: Home, raw_root: Path, *, report: Callable[[str], None] = lambda _: None) -> list[str]:
    """Read the files again that were read, or refused, by layouts that have changed since.

    Args:
        home: whose record; a submission whose raw rows are missing is left to be rebuilt first.
        raw_root: its layouts apply besides the project's own.
        report: gets progress messages, in Chinese.

    Returns:
        Paths of the files that were read again.

    Raises:
        UserError: a layout is wrong; nothing is changed then.
        vault.RecordBroken: bytes are missing from the vault.
    """
    layouts_for(raw_root)
    now = layout_digests(raw_root)
    done: list[str] = []
    manifest = read_manifest(home)
    with Worker(raw_root) as worker:
        for number in [s.submission for s in manifest.submissions if s.layouts != now]:
            closing = next(s for s in manifest.submissions if s.submission == number)
            recorded = [f for f in manifest.files if f.submission == number]
            stale = [f for f in recorded if _is_stale(f, closing.layouts, now, manifest)]
            if not stale or not _has_raw(home, closing):
                continue
            report(f"布局有变动，重新读取 {len(stale)} 个文件")
            files = [_parsed(home, record, worker) for record in stale]
            paths = {f.path for f in stale}
            stem, _, times = stem_of(closing).partition("-")
            line = write_raw_rows(
                home,
                number,
                files,
                store_layouts(home, raw_root),
                stem=f"{stem}-{int(times or 0) + 1}",
                replaced=closing,
                keeps={f.path for f in recorded} - paths,
            )
            append_block(home, manifest, line, [f.record for f in files])
            manifest = read_manifest(home)
            done += sorted(paths)
    return done


def _is_stale(file: FileRecord, then: Mapping[str, str], now: Mapping[str, str], manifest: Manifest) -> bool:
    """True if a file may be read otherwise now than it was."""
    if file.is_evidence or not file.sha256 or file.school_year is None or file.duplicate_of:
        return False
    if file.school_year in manifest.closed_years:
        return False
    changed = {name for name in {*then, *now} if then.get(name) != now.get(name)}
    if any(_reads_otherwise(s, changed) for s in file.sheets):
        return True
    return file.status in ("rejected", "unrecognised") and bool(changed)


def _reads_otherwise(sheet: SheetRecord, changed: Collection[str]) -> bool:
    """True if a sheet was read by a layout or by statistics forms of which the declaration changed.

    Forms are known by whole addresses in the column map. An early record doesn't name the layout: then a constant, which
    has no column, tells that there was one.
    """
    if sheet.layout:
        return sheet.layout in changed
    places = {place for columns in sheet.column_maps for place in columns.values()}
    if any(character.isdigit() for place in places for character in place):
        return any("/" in name for name in changed)
    return "" in places and any("/" not in name for name in changed)


def _has_raw(home: Home, closing: Submission) -> bool:
    return all((home.raw / name).is_file() for name in (*closing.raw.values(), closing.faults))


def _parsed(home: Home, record: FileRecord, worker: Worker) -> TakenFile:
    """Rows and findings of a recorded file as they are read now; it keeps its hold, if it has one."""
    cleared = replace(record, status="", sheets=(), reason=None, held_because=(), content_sha256="")
    file = TakenFile(cleared, ParsedFile())
    vault.content_of(home, record.sha256)
    assert record.school_year is not None
    try:
        file.parsed = worker.parse(home.vault / record.sha256, record.path, record.school_year)
    except RejectedFile as error:
        file.record = replace(cleared, status="rejected", reason=(error.rule_code, error.message_zh))
        file.problems.append(error.as_problem())
        return file
    digest = content_digest(file.parsed, record.school_year)
    file.record = replace(cleared, content_sha256=digest)
    held = {(s.sheet, s.feed) for s in record.sheets if s.status == "held"}
    for sheet in file.parsed.sheets:
        if (sheet.sheet, sheet.feed) in held and sheet.status == "accepted":
            sheet.status = "held"
    conclude(file)
    file.record = replace(file.record, held_because=record.held_because)
    return file
