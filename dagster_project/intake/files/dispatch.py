"""From bytes to grids: which format a file has, and which module reads it.

A file's format is decided by its first bytes, not by its suffix.
"""

from __future__ import annotations

from collections.abc import Iterator

from dagster_project.intake.files.grid import MAX_FILE_BYTES, Grid
from dagster_project.intake.files.html import read_html
from dagster_project.intake.files.text import read_text, wide_encoding
from dagster_project.intake.files.xls import read_xls
from dagster_project.intake.files.xlsx import read_xlsx
from dagster_project.intake.findings import RejectedFile

#: First bytes of archives that hold other files: RAR, 7z, gzip.
_PACKED = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
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
        yield from read_xlsx(content)
    elif content[:8] == _OLE_MAGIC:
        yield from read_xls(content, suffix)
    elif _is_html(content):
        yield from read_html(content)
    else:
        _refuse_foreign_formats(content)
        yield read_text(content)


def _is_html(content: bytes) -> bool:
    """True if the bytes begin like a web page."""
    head = content[:2048]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", errors="ignore").encode()
    lowered = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    starts = (b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<style", b"<!--")
    return lowered.startswith(starts) or (lowered.startswith(b"<") and b"<table" in lowered)


def _refuse_foreign_formats(content: bytes) -> None:
    """Refuse what is neither a workbook nor text.

    Raises:
        RejectedFile: another format, binary content, or the beginning of a damaged archive.
    """
    head = content[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    lowered = head.lower()
    if lowered.startswith(b"<?xml"):
        raise RejectedFile("XML_FILE")
    if lowered.startswith(b"mime-version:"):
        raise RejectedFile("WEB_ARCHIVE")
    if head.startswith(_PACKED):
        raise RejectedFile("PACKED_FILES")
    known = (
        b"%PDF",
        b"\x89PNG",
        b"\xff\xd8\xff",
        b"GIF8",
        b"MZ",
        b"\x7fELF",
    )
    if head.startswith(known) or (
        b"\x00" in content[:4096]
        and content[:2] not in (b"\xff\xfe", b"\xfe\xff")
        and not wide_encoding(content)
    ):
        raise RejectedFile("NOT_A_TABLE", "content")
    if content[:2] == b"PK":
        raise RejectedFile("DAMAGED_FILE", "incomplete")
