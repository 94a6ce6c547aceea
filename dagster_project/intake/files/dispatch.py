"""From bytes to grids: which format a file has, and which module reads it.

A file's format is decided by its first bytes, not by its suffix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dagster_project.intake.files.archive import Archive
from dagster_project.intake.files.grid import MAX_FILE_BYTES, Grid
from dagster_project.intake.files.html import read_html
from dagster_project.intake.files.ods import read_ods
from dagster_project.intake.files.packed import opened_archive
from dagster_project.intake.files.text import read_text, wide_encoding
from dagster_project.intake.files.web_archive import read_web_archive
from dagster_project.intake.files.xls import read_xls
from dagster_project.intake.files.xlsx import read_xlsx
from dagster_project.intake.files.xml_2003 import read_xml_2003
from dagster_project.intake.findings import RejectedFile

#: First bytes of archives that hold other files: RAR, 7z, gzip.
_PACKED = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
#: A table in XML: that of Excel 2003, of LibreOffice (.fods), or any with a declaration.
_XML = re.compile(
    rb"\s*<(?:\?xml|\?mso-application|(?:\w+:)?workbook[\s>]|office:document|(?:\w+:)?worksheet[\s>])"
)
#: Headers of a web archive, whichever comes first.
_WEB_ARCHIVE = re.compile(
    rb"(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?"
    rb"(?:mime-version:|content-type: *(?:multipart/related|text/html)|snapshot-content-location:|content-transfer-encoding:)"
)
#: How a workbook of Excel 2 to 97 begins that is stored without a container: its first record's type, and lengths.
_BARE_RECORDS = (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08")
_LENGTHS_OF_FIRST_RECORD = (b"\x04\x00", b"\x06\x00", b"\x08\x00", b"\x10\x00")
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_grids(content: bytes, suffix: str) -> Iterator[Grid]:
    """Grids of a file, sheet by sheet.

    Args:
        content: the bytes as received.
        suffix: lower-case suffix of the file's name; it only decides how an unreadable .et is reported.

    Raises:
        RejectedFile: not a workbook or table, encrypted, damaged, with macros, or suspiciously large.
    """
    if not content:
        raise RejectedFile("EMPTY_FILE")
    if len(content) > MAX_FILE_BYTES:
        raise RejectedFile("FILE_TOO_LARGE", megabytes=MAX_FILE_BYTES // 1024**2)
    if content[:4] == b"PK\x03\x04":
        kind, archive = opened_archive(content)
        yield from _ARCHIVE_READERS[kind](content, archive)
    elif content[:8] == _OLE_MAGIC:
        yield from read_xls(content, suffix)
    elif _is_html(content):
        yield from read_html(content)
    elif _WEB_ARCHIVE.match(_head_of(content)):
        yield from read_web_archive(content)
    elif _XML.match(_head_of(content).replace(b"\x00", b"").lstrip(b"\xff\xfe")):
        yield from read_xml_2003(content)
    else:
        _refuse_foreign_formats(content)
        yield read_text(content)


def _refuse_packed(content: bytes, archive: Archive | None) -> Iterator[Grid]:
    """Refuse an archive of returns; the intake unpacks it before the returns in it are read."""
    raise RejectedFile("PACKED_FILES", "nested")


def _refuse_foreign(content: bytes, archive: Archive | None) -> Iterator[Grid]:
    """Refuse a document of Numbers, or a page document (.ofd)."""
    if b".iwa" in content:
        raise RejectedFile("NOT_A_TABLE", "numbers")
    raise RejectedFile("NOT_A_TABLE", "document")


_ARCHIVE_READERS: dict[str, Callable[[bytes, Archive | None], Iterator[Grid]]] = {
    "workbook": read_xlsx,
    "open_document": read_ods,
    "packed": _refuse_packed,
    "foreign": _refuse_foreign,
}


def _head_of(content: bytes) -> bytes:
    """The first bytes in lower case, without marks and blanks before them."""
    return content[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()


def _is_html(content: bytes) -> bool:
    """True if the bytes begin like a web page."""
    head = content[:2048]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", errors="ignore").encode()
    lowered = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    starts = (b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<style", b"<!--")
    return lowered.startswith(starts) or (lowered.startswith(b"<") and b"<table" in lowered)


#: Beginnings of files that are no tables, at their place in the file, by the case of the message.
_NO_TABLES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG", "picture"),
    (0, b"\xff\xd8\xff", "picture"),
    (0, b"GIF8", "picture"),
    (0, b"II*\x00", "picture"),
    (0, b"MM\x00*", "picture"),
    (8, b"WEBP", "picture"),
    (4, b"ftyp", "picture"),
    (0, b"%PDF", "document"),
    (0, b"{\\rtf", "document"),
    (0, b"MZ", "content"),
    (0, b"\x7fELF", "content"),
    (0, b'{"', "content"),
    (0, b"[{", "content"),
)
#: What programs that encrypt all files of an office computer write into them.
_ENCRYPTED_BY_PROGRAM = (b"E-SafeNet", b"%TSD-Header-###%", b"DRMEncrypted")


def _refuse_foreign_formats(content: bytes) -> None:
    """Refuse what is neither a workbook nor text.

    Raises:
        RejectedFile: another format, binary content, or the beginning of a damaged archive.
    """
    head = content[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not content.strip(b"\x00"):
        raise RejectedFile("EMPTY_FILE")
    if content[:2] in _BARE_RECORDS and content[2:4] in _LENGTHS_OF_FIRST_RECORD:
        raise RejectedFile("OLD_FORMAT")
    if head.startswith(_PACKED):
        raise RejectedFile("PACKED_FILES", "other")
    if any(mark in content[:1024] for mark in _ENCRYPTED_BY_PROGRAM):
        raise RejectedFile("ENCRYPTED_FILE", "by_program")
    for case in ("picture", "document", "content"):
        if any(head[at:].startswith(start) for at, start, of in _NO_TABLES if of == case):
            raise _no_table(case)
    if content[:2] == b"PK" or b"PK\x03\x04" in content[:2048]:
        raise RejectedFile("DAMAGED_FILE", "incomplete")
    if content[:4] in (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"):
        raise RejectedFile("UNKNOWN_ENCODING", "all")  # UTF-32
    is_wide = content[:2] in (b"\xff\xfe", b"\xfe\xff") or bool(wide_encoding(content))
    if not is_wide and b"\x00" in content:
        if b"\x00" in content[:4096].rstrip(b"\x00"):
            raise RejectedFile("NOT_A_TABLE", "content")
        raise RejectedFile("DAMAGED_FILE", "incomplete")  # text with a hole, or never written to its end


def _no_table(case: str) -> RejectedFile:
    if case == "picture":
        return RejectedFile("NOT_A_TABLE", "picture")
    if case == "document":
        return RejectedFile("NOT_A_TABLE", "document")
    return RejectedFile("NOT_A_TABLE", "content")
