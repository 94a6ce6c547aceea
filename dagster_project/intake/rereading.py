"""Files read again because layouts changed: what one layout gave must not be published as what another gives.

A file keeps its place: the block that this writes replaces rows and findings of the submission that brought the file, so
that a later return still replaces them. Read again are sheets whose layout changed, and files that were refused or not
recognised, which another layout may read. A file that may not be kept is read from the raw folder. Files of a closed
round stay as they were read: their figures are final.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path

from dagster_project.core.homes import LAYOUTS_DIR, Home, layout_files
from dagster_project.intake import vault
from dagster_project.intake.files.packed import MEMBER_MARK, packed_files
from dagster_project.intake.findings import RejectedFile, problem
from dagster_project.intake.manifest import (
    FileRecord,
    Manifest,
    Submission,
    append_block,
    read_manifest,
)
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.raw_folder import read_bytes
from dagster_project.intake.raw_rows import TakenFile, content_digest, stem_of, write_raw_rows
from dagster_project.intake.reader import Order, check_declarations
from dagster_project.intake.reading_ahead import ReadingAhead
from dagster_project.intake.readings import vault_names
from dagster_project.intake.receive import conclude, hold_as_recorded, keep_reading, store_layouts
from dagster_project.intake.sheet_records import SheetRecord


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
    check_declarations(raw_root)
    now = layout_digests(raw_root)
    done: list[str] = []
    manifest = read_manifest(home)
    with ReadingAhead(raw_root) as worker:
        for number in [s.submission for s in manifest.submissions if s.layouts != now]:
            closing = next(s for s in manifest.submissions if s.submission == number)
            recorded = [f for f in manifest.files if f.submission == number]
            stale = [f for f in recorded if _is_stale(f, closing.layouts, now, manifest)]
            if not stale or not _has_raw(home, closing):
                continue
            report(f"布局有变动，重新读取 {len(stale)} 个文件")
            files = []
            contents = ((record, _content(home, raw_root, record)) for record in stale)
            for record, content in worker.each(contents, _order_of):
                if content is None:
                    report(f"{record.path} 的原件没有保存，现在也不在原始数据目录，不能重读，照旧采用")
                    continue
                files.append(_parsed(record, content, worker))
                if files[-1].record.reading:
                    vault.store(home, files[-1].reading, syncs_folder=False)
            if not files:
                continue
            paths = {f.record.path for f in files}
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
            _remove_unkept(home, manifest, [f.record for f in files])
            done += sorted(paths)
    return done


def _remove_unkept(home: Home, manifest: Manifest, files: Collection[FileRecord]) -> None:
    """Remove from the vault what may not be kept any more: files, and their archives, that a layout now calls rosters."""
    kept = vault_names(manifest)
    for file in files:
        for digest in (file.sha256, file.packed_in):
            if not file.is_kept and digest and digest not in kept:
                (home.vault / digest).unlink(missing_ok=True)


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


def _content(home: Home, raw_root: Path, record: FileRecord) -> bytes | None:
    """Bytes of a recorded file; of one that may not be kept those in the raw folder, None if they are gone from there."""
    if record.is_kept:
        return vault.content_of(home, record.sha256)
    path = raw_root / (record.archive_path or record.path)
    try:
        content = read_bytes(path)
        if record.packed_in:
            name = record.path.removeprefix(f"{record.archive_path}{MEMBER_MARK}")
            content = dict(packed_files(content))[name]
    except (RejectedFile, KeyError):
        return None
    return content if vault.sha256_of(content) == record.sha256 else None


def _order_of(stale: tuple[FileRecord, bytes | None]) -> Order | None:
    record, content = stale
    if content is None or record.school_year is None:
        return None
    return Order(content, record.path, record.school_year)


def _parsed(record: FileRecord, content: bytes, worker: ReadingAhead) -> TakenFile:
    """Rows and findings of a recorded file as they are read now; it keeps its hold, if it has one."""
    cleared = replace(
        record, status="", sheets=(), reason=None, held_because=(), content_sha256="", reading=""
    )
    file = TakenFile(cleared, ParsedFile())
    assert record.school_year is not None
    try:
        file.parsed = worker.parse(content, record.path, record.school_year)
        if file.parsed.has_persons or not record.is_kept:
            keep_reading(file)
    except RejectedFile as error:
        file.record = replace(cleared, status="rejected", reason=(error.rule_code, error.message_zh))
        file.problems.append(error.as_problem())
        if not record.is_kept:
            file.problems.append(problem("ORIGINAL_NOT_KEPT", "refused"))
        return file
    digest = content_digest(file.parsed, record.school_year, record.sha256)
    file.record = replace(file.record, content_sha256=digest)
    hold_as_recorded(file.parsed, record.sheets)
    conclude(file)
    file.record = replace(file.record, held_because=record.held_because)
    return file
