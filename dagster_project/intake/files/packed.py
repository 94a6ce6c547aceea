"""Archives (.zip) in which returns are packed: each file in one is received as a return of its own.

One level is unpacked, in memory, within bounds. The names are labels: nothing is ever written under them.
"""

from __future__ import annotations

import contextlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Literal

from dagster_project.intake.files.archive import MAX_MEMBER_RATIO, Archive, is_unsafe, plain_name
from dagster_project.intake.files.grid import MAX_FILE_BYTES
from dagster_project.intake.findings import RejectedFile

MAX_PACKED_FILES = 500
#: Between the archive's path and the name of a file in it.
MEMBER_MARK = "!"
#: Bytes of an archive in which identity numbers are looked for.
_MOST_LOOKED_AT = 512 * 1024**2
_PIECE_BYTES = 1024**2
#: Before each part of an archive.
_LOCAL_HEADER = b"PK\x03\x04"
#: What reading an archive that isn't sound raises.
_UNREADABLE = (
    zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError, ValueError, OSError, KeyError, RuntimeError,
)  # fmt: skip
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
#: What programs put into archives besides the files.
_IGNORED = re.compile(r"(?:.*/)?(?:__macosx/.*|\.[^/]*|~\$[^/]*|thumbs\.db|desktop\.ini)\Z", re.IGNORECASE)


Kind = Literal["workbook", "open_document", "packed", "foreign"]


def opened_archive(content: bytes) -> tuple[Kind, Archive | None]:
    """What an archive holds, and the archive: the parts of a workbook, of an open document or of a document that is no
    table here, or files packed together.

    A damaged one counts as a workbook and is None; reading it says what is wrong.
    """
    try:
        archive = Archive(content)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError):
        return "workbook", None
    names = {plain_name(m.filename) for m in archive.infolist()}
    if "content.xml" in names and "xl/workbook.xml" not in names:
        return "open_document", archive
    if "ofd.xml" in names or any(n.endswith(".iwa") for n in names):
        return "foreign", archive
    is_package = any(n.rpartition("/")[2] == "[content_types].xml" or n.startswith("xl/") for n in names)
    return "workbook" if is_package or not names else "packed", archive


def kind_of_archive(content: bytes) -> Kind:
    """What an archive holds; see `opened_archive`."""
    return opened_archive(content)[0]


def packed_files(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file of an archive, in the order of their names.

    Raises:
        RejectedFile: encrypted, too large, with names that point elsewhere, or damaged.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {
                name: m
                for m in archive.infolist()
                if not m.is_dir() and not _IGNORED.match(name := _name_of(m))
            }
            _check(archive, members)
            for name in sorted(members):
                yield name, archive.read(members[name])
    except (zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError, ValueError, OSError) as error:
        raise RejectedFile("DAMAGED_FILE", "incomplete_packed") from error


def inflated(content: bytes) -> Iterator[bytes]:
    """Bytes of a file a piece at a time; of an archive those of its parts, and of archives in it, as far as they can be read.

    However many archives are in it, no more than `_MOST_LOOKED_AT` bytes are inflated.

    Args:
        content: the file.
    """
    yield from _inflated(content, _Bound(_MOST_LOOKED_AT), levels=2)


@dataclass
class _Bound:
    """How many bytes may still be inflated of a file, with all archives in it."""

    left: int

    def read(self, stream: IO[bytes], most: int) -> bytes:
        """At most so many bytes of a stream, and no more than are left."""
        piece = stream.read(min(most, max(self.left, 0)))
        self.left -= len(piece)
        return piece


def _inflated(content: bytes, bound: _Bound, levels: int) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.infolist():
                with contextlib.suppress(*_UNREADABLE), archive.open(part) as stream:
                    first = bound.read(stream, 4)
                    if first == _LOCAL_HEADER and levels > 1:
                        yield from _inflated(first + bound.read(stream, MAX_FILE_BYTES), bound, levels - 1)
                        continue
                    yield b"\n" + first
                    while piece := bound.read(stream, _PIECE_BYTES):
                        yield piece
    except _UNREADABLE:
        yield content
        yield from _inflated_parts(content, bound)


def _inflated_parts(content: bytes, bound: _Bound) -> Iterator[bytes]:
    """What can be inflated of the parts of an archive that has lost its end, or its list of parts."""
    start = content.find(_LOCAL_HEADER)
    while start >= 0:
        name_length, extra_length = struct.unpack_from("<HH", content.ljust(start + 30), start + 26)
        data = memoryview(content)[start + 30 + name_length + extra_length :]
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        with contextlib.suppress(zlib.error):
            while bound.left > 0 and (piece := stream.decompress(data, min(_PIECE_BYTES, bound.left))):
                bound.left -= len(piece)
                yield piece
                data = memoryview(stream.unconsumed_tail)
        start = content.find(_LOCAL_HEADER, start + 4)


def _check(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> None:
    """Refuse an archive that can't be unpacked within bounds.

    Raises:
        RejectedFile: with the reason.
    """
    if not members:
        raise RejectedFile("PACKED_FILES", "empty")
    if any(m.flag_bits & _ENCRYPTED for m in members.values()):
        raise RejectedFile("PACKED_FILES", "encrypted")
    whole = sum(m.file_size for m in members.values())
    is_inflated = any(
        m.file_size > 10 * 1024**2 and m.file_size > MAX_MEMBER_RATIO * max(m.compress_size, 1)
        for m in members.values()
    )
    if len(members) > MAX_PACKED_FILES or whole > MAX_FILE_BYTES or is_inflated:
        raise RejectedFile(
            "PACKED_FILES", "too_large", files=MAX_PACKED_FILES, megabytes=MAX_FILE_BYTES // 1024**2
        )
    kept = [m for m in archive.infolist() if not m.is_dir() and not _IGNORED.match(_name_of(m))]
    if len(kept) > len({name.lower() for name in members}) or any(map(is_unsafe, members)):
        raise RejectedFile("ARCHIVE_SUSPICIOUS", "odd_names")


def _name_of(member: zipfile.ZipInfo) -> str:
    """Name of a file as it was packed; Chinese Windows programs write it in GBK without saying so."""
    name = member.orig_filename
    if not member.flag_bits & _UTF8_NAME and not name.isascii():
        raw = name.encode("cp437", errors="replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                found = raw.decode(encoding)
            except UnicodeDecodeError:
                continue
            # two bytes of a Chinese character in GBK may be a letter of another script in UTF-8 (一 → һ)
            if encoding != "utf-8" or all(c.isascii() or c > "\u07ff" for c in found):
                name = found
                break
    return name.split("\0")[0].replace("\\", "/")
