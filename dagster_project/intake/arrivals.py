"""What arrives: the new files of the raw folder with their bytes, those in archives (.zip) among them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from dagster_project.core.homes import Home
from dagster_project.intake import vault
from dagster_project.intake.files.packed import MEMBER_MARK, kind_of_archive, packed_files
from dagster_project.intake.findings import RejectedFile
from dagster_project.intake.manifest import FileRecord
from dagster_project.intake.raw_folder import (
    EXPLAINED_SUFFIXES,
    READABLE_SUFFIXES,
    RawFile,
    is_passed_over,
    open_ordinary,
    read_bytes,
)


@dataclass(frozen=True)
class Arrival:
    """A file with its hash and size.

    Attributes:
        seen: how many files of the folder were looked at, the one that brought it included.
        raw: the file.
        content: its bytes, which are put into the vault when it is known that they may be kept; None for evidence, which
            is in the vault already, and for what could not be read.
        failure: why it could not be read (then hash and size are empty) or unpacked.
        packed_in: hash of the archive that it came in; empty for a file of its own.
        is_archive: it is an archive of returns; it comes after the files in it, and is kept if they all are.
    """

    seen: int
    raw: RawFile
    sha256: str = ""
    size: int = 0
    content: bytes | None = None
    failure: RejectedFile | None = None
    packed_in: str = ""
    is_archive: bool = False

    @property
    def refusal(self) -> RejectedFile | None:
        """Why the file is refused before it is parsed, if it is."""
        if self.failure:
            return self.failure
        if self.raw.school_year is None:
            return RejectedFile("NO_YEAR_FOLDER")
        if self.raw.is_evidence:
            return None if self.size else RejectedFile("EMPTY_FILE")
        if self.raw.path.suffix.lower() not in READABLE_SUFFIXES | EXPLAINED_SUFFIXES:
            return RejectedFile("NOT_A_TABLE", "suffix")
        return None


def new_arrivals(
    home: Home,
    found: Sequence[RawFile],
    latest: Mapping[str, FileRecord],
    to_try: Collection[FileRecord],
    unkept: set[str],
    on_new: Callable[[], object],
) -> Iterator[Arrival]:
    """The files that are new, and each archive of returns after those in it, new or not.

    Args:
        home: whose vault.
        found: the files of the folder.
        latest: what was received before, by path.
        to_try: those of them that are to be read again although they haven't changed.
        unkept: gets the hashes of archives of which a file was not kept before.
        on_new: called before the first new file is yielded.
    """
    is_first = True
    for arrival in _arrivals(home, found, latest):
        if not arrival.is_archive:
            known = latest.get(arrival.raw.relative)
            if known and known not in to_try and _is_unchanged(arrival, known):
                if not known.is_kept:
                    unkept.add(arrival.packed_in)
                continue
            if is_first:
                on_new()
                is_first = False
        yield arrival


def _arrivals(home: Home, found: Sequence[RawFile], latest: Mapping[str, FileRecord]) -> Iterator[Arrival]:
    """Each file of the folder; of an archive of returns each file in it, and then the archive."""
    for seen, raw in enumerate(found, 1):
        arrival = _read(home, seen, raw, latest.get(raw.relative))
        is_archive = raw.path.suffix.lower() == ".zip" and not raw.is_evidence and raw.school_year is not None
        content = arrival.content or b""
        if arrival.failure or not is_archive or kind_of_archive(content) != "packed":
            yield arrival
            continue
        try:
            files = [f for f in packed_files(content) if not is_passed_over(PurePosixPath(f[0]).name)]
        except RejectedFile as error:
            yield replace(arrival, failure=error)
            continue
        for name, data in files:
            part = replace(raw, path=Path(name), relative=f"{raw.relative}{MEMBER_MARK}{name}")
            yield Arrival(seen, part, vault.sha256_of(data), len(data), data, packed_in=arrival.sha256)
        yield replace(arrival, is_archive=True)


def _read(home: Home, seen: int, raw: RawFile, known: FileRecord | None) -> Arrival:
    """Read a file; evidence is put into the vault at once, a piece at a time, since it may be of any size.

    Args:
        home: whose vault.
        seen: how many files were looked at.
        raw: the file in the raw folder.
        known: what was received under its path before; a file of the same bytes is not copied.
    """
    try:
        if not raw.is_evidence:
            content = read_bytes(raw.path)
            return Arrival(seen, raw, vault.sha256_of(content), len(content), content)
        if known:
            with open_ordinary(raw.path) as stream:
                if vault.sha256_of_stream(stream) == known.sha256:
                    return Arrival(seen, raw, known.sha256, known.size)
        with open_ordinary(raw.path) as stream:
            return Arrival(seen, raw, *vault.store_stream(home, stream))
    except RejectedFile as error:
        return Arrival(seen, raw, failure=error)


def _is_unchanged(arrival: Arrival, known: FileRecord) -> bool:
    """True if a file was received before as what it is; an early version refused evidence as a return."""
    was_understood = not arrival.raw.is_evidence or known.is_evidence or not arrival.size
    return known.sha256 == arrival.sha256 and was_understood
