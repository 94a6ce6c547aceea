"""Archives (.zip) as workbooks and packed returns are: what is checked before anything in them is inflated."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

from dagster_project.intake.findings import RejectedFile

MAX_INFLATED_BYTES = 1024**3
MAX_MEMBER_RATIO = 400
MAX_MEMBERS = 5_000

#: Bytes at the beginning of a part in which a document type would stand.
_HEAD_BYTES = 4096
#: Size of a part that costs less to inflate at once than in two steps.
_SMALL_BYTES = 128 * 1024
#: Inflated bytes of one archive that are kept for a second look.
_MOST_KEPT_BYTES = 16 * 1024**2
_LOCAL_HEADER = struct.Struct("<4s5HIIIHH")
#: Flags of a part that say nothing about how it is stored: speed of compression, sizes behind it, name in UTF-8.
_HARMLESS_FLAGS = 0x80E


class Archive(zipfile.ZipFile):
    """An archive in memory that inflates each small part once, however often it is asked for.

    Args:
        content: its bytes.

    Raises:
        zipfile.BadZipFile: it is none.
    """

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content))
        self._content = content
        self._begun: dict[str, tuple[bytes, Any]] = {}
        self._whole: dict[str, bytes] = {}
        self._room = _MOST_KEPT_BYTES

    def head(self, part: zipfile.ZipInfo) -> bytes:
        """The first bytes of a part, by which a document type is known; a small part is read whole, it will be asked for."""
        if part.file_size <= _SMALL_BYTES:
            return self.read(part)[:_HEAD_BYTES]
        data = self._stored(part)
        if data is None or part.compress_type == zipfile.ZIP_STORED or part.file_size > self._room:
            with self.open(part) as stream:
                return stream.read(_HEAD_BYTES)
        inflating = zlib.decompressobj(-zlib.MAX_WBITS)
        head = inflating.decompress(data, _HEAD_BYTES)
        self._begun[part.filename] = (head, inflating)
        return head

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        """Content of a part; errors are those of `zipfile.ZipFile.read`."""
        part = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        found = self._kept(part)
        return super().read(part, pwd) if found is None else found

    def _kept(self, part: zipfile.ZipInfo) -> bytes | None:
        """A part inflated, for this and later looks; None if it is large, or anything about it is odd."""
        found = self._whole.get(part.filename)
        if found is None:
            found = self._inflated(part)
            if found is not None:
                self._whole[part.filename] = found
                self._room -= len(found)
        return found

    def _stored(self, part: zipfile.ZipInfo) -> bytes | None:
        """A part as it is stored; None unless its header is the ordinary one and agrees with the list of parts."""
        header = self._content[part.header_offset : part.header_offset + _LOCAL_HEADER.size]
        if len(header) < _LOCAL_HEADER.size or (part.flag_bits & ~_HARMLESS_FLAGS):
            return None
        mark, *_, name_length, extra_length = _LOCAL_HEADER.unpack(header)
        start = part.header_offset + _LOCAL_HEADER.size
        name = self._content[start : start + name_length]
        if mark != b"PK\x03\x04" or name != part.orig_filename.encode("ascii", "replace"):
            return None
        start += name_length + extra_length
        data = self._content[start : start + part.compress_size]
        is_known = part.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        return data if is_known and len(data) == part.compress_size else None

    def _inflated(self, part: zipfile.ZipInfo) -> bytes | None:
        data = self._stored(part)
        if data is None or part.file_size > self._room:
            return None
        if part.compress_type == zipfile.ZIP_DEFLATED:
            head, stream = self._begun.pop(part.filename, (b"", None))
            left = data if stream is None else stream.unconsumed_tail
            stream = stream or zlib.decompressobj(-zlib.MAX_WBITS)
            try:
                data = head + stream.decompress(left, part.file_size - len(head) + 1)
            except zlib.error:
                return None
        return data if len(data) == part.file_size and zlib.crc32(data) == part.CRC else None


def check_archive(archive: Archive) -> set[str]:
    """Refuse an archive that is no sound, plain one; only the first bytes of its parts are inflated.

    Returns:
        The names of its parts in comparable form.

    Raises:
        RejectedFile: with the reason.
        zipfile.BadZipFile: a part is compressed in a way that workbooks aren't.
    """
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise RejectedFile("ARCHIVE_SUSPICIOUS", "too_many_parts")
    inflated = sum(m.file_size for m in members)
    ratio = max(
        (m.file_size / max(m.compress_size, 1) for m in members if m.file_size > 10 * 1024**2), default=0
    )
    if inflated > MAX_INFLATED_BYTES or ratio > MAX_MEMBER_RATIO:
        raise RejectedFile("ARCHIVE_SUSPICIOUS", "too_large")
    names = {plain_name(m.filename) for m in members}
    if len(names) < len(members) or any(is_unsafe(m.filename) for m in members):
        # of two parts whose names differ in capitals only, the checks and the reader might each take another
        raise RejectedFile("ARCHIVE_SUSPICIOUS", "odd_names")
    if any(m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for m in members):
        raise zipfile.BadZipFile("a compression that workbooks don't use")
    if any(m.flag_bits & 1 for m in members):
        raise RejectedFile("ENCRYPTED_FILE", "password")
    for member in members:
        if member.filename.lower().endswith((".xml", ".rels")):
            refuse_definitions(archive.head(member))
    return names


@lru_cache(1024)  # workbooks have the same names of parts, and each is asked for several times
def plain_name(name: str) -> str:
    """Name of a part in comparable form: `/` between folders, lower case."""
    return name.replace("\\", "/").lower()


@lru_cache(1024)
def is_unsafe(name: str) -> bool:
    """True for the name of a part that points outside the archive."""
    return name.startswith(("/", "\\")) or ":" in name or ".." in name.replace("\\", "/").split("/")


def refuse_definitions(head: bytes) -> None:
    """Refuse XML with a document type or entities, which can make a small file huge or refer to other files.

    Raises:
        RejectedFile: it has some.
    """
    if b"!" not in head:
        return
    plain = head.replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise RejectedFile("XML_DEFINITION")


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Content of a part of the archive.

    Raises:
        RejectedFile: it defines entities.
    """
    data = archive.read(name)
    refuse_definitions(data[:_HEAD_BYTES])
    if b"<!ENTITY" in data:
        raise RejectedFile("XML_DEFINITION")
    return data


def part_name(archive: zipfile.ZipFile, name: str) -> str:
    """Name of a part as the archive writes it.

    Raises:
        KeyError: there is no such part, or several that differ in capitals only.
    """
    if name in archive.NameToInfo:
        return name
    alike = [n for n in archive.namelist() if n.lower() == name.lower()]
    if len(alike) != 1:
        raise KeyError(name)
    return alike[0]


def root_of(data: bytes) -> ElementTree.Element:
    """Root element.

    Raises:
        ElementTree.ParseError: not well-formed, or in an unknown encoding.
    """
    try:
        return ElementTree.fromstring(data)
    except LookupError as error:
        raise ElementTree.ParseError(str(error)) from error


def repacked(archive: zipfile.ZipFile, changed: Mapping[str, bytes]) -> bytes:
    """The archive with some parts changed, and `/` in the names of all; it has been checked before."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as copy:
        for part in archive.infolist():
            data = changed[part.filename] if part.filename in changed else archive.read(part)
            copy.writestr(part.filename.replace("\\", "/"), data)
    return packed.getvalue()
