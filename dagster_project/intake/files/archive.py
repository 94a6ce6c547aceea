"""Archives (.zip) as workbooks and packed returns are: what is checked before anything in them is inflated."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from xml.etree import ElementTree

from dagster_project.intake.findings import RejectedFile

MAX_INFLATED_BYTES = 1024**3
MAX_MEMBER_RATIO = 400
MAX_MEMBERS = 5_000


def check_archive(archive: zipfile.ZipFile) -> set[str]:
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
            with archive.open(member) as stream:
                refuse_definitions(stream.read(4096))
    return names


def plain_name(name: str) -> str:
    """Name of a part in comparable form: `/` between folders, lower case."""
    return name.replace("\\", "/").lower()


def is_unsafe(name: str) -> bool:
    """True for the name of a part that points outside the archive."""
    return name.startswith(("/", "\\")) or ":" in name or ".." in name.replace("\\", "/").split("/")


def refuse_definitions(head: bytes) -> None:
    """Refuse XML with a document type or entities, which can make a small file huge or refer to other files.

    Raises:
        RejectedFile: it has some.
    """
    plain = head.replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise RejectedFile("XML_DEFINITION")


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Content of a part of the archive.

    Raises:
        RejectedFile: it defines entities.
    """
    data = archive.read(name)
    refuse_definitions(data[:4096])
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
