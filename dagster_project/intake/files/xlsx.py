"""Reads .xlsx workbooks: the archive and its parts are checked, then calamine reads the cells."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from urllib.parse import unquote
from xml.etree import ElementTree

from dagster_project.intake.files import sheet_xml
from dagster_project.intake.files.calamine import calamine_grid, hidden_sheets
from dagster_project.intake.files.grid import Grid, mark_unclear_days
from dagster_project.intake.files.overwritten import mark_overwritten, struck_numbers
from dagster_project.intake.files.plain_xml import in_plain_spelling, is_plain, refuse_ambiguous_structure
from dagster_project.intake.findings import Problem, RejectedFile, problem

MAX_INFLATED_BYTES = 1024**3
MAX_MEMBER_RATIO = 400
MAX_MEMBERS = 5_000
#: Files in an archive of returns.
_PACKED_SUFFIXES = (".xlsx", ".xls", ".et", ".csv", ".xlsm", ".ods", ".docx", ".pdf")


def read_xlsx(content: bytes) -> Iterator[Grid]:
    """Sheets of a workbook, chart sheets left out.

    Raises:
        RejectedFile: encrypted, damaged, with macros, suspiciously large, or not a workbook.
    """
    from python_calamine import CalamineError

    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        _refuse_other_archives(archive)
        _check_archive(archive)
        yield from _read_sheets(content, archive)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        zlib.error,
        EOFError,
        KeyError,
        ElementTree.ParseError,
    ) as error:
        raise RejectedFile("DAMAGED_FILE", "incomplete") from error
    except (CalamineError, OSError, ValueError) as error:
        raise RejectedFile("DAMAGED_FILE", "unreadable") from error


def _read_sheets(content: bytes, archive: zipfile.ZipFile) -> Iterator[Grid]:
    """Sheets of a workbook whose archive has been checked; a part in an odd spelling is rewritten before it is read."""
    from python_calamine import CalamineWorkbook

    content, archive = _with_plain_parts(content, archive)
    parts = _sheet_parts(archive)
    warnings = _package_warnings(archive)
    struck = _struck_numbers(archive)
    counts_from_1904 = _counts_from_1904(archive)
    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
        hidden = hidden_sheets(book)
        for name in book.sheet_names:
            part = parts[name]
            if "/chartsheets/" in part.lower():
                continue
            # the XML is checked before calamine inflates and parses it
            xml = _member(archive, part)
            own = book
            if not is_plain(xml):
                xml = in_plain_spelling(xml)
                own = CalamineWorkbook.from_filelike(io.BytesIO(_repacked(archive, {part: xml})))
            refuse_ambiguous_structure(xml)
            sheet_xml.refuse_spoilt_cells(xml)
            rows, columns = sheet_xml.extent(xml)
            if rows * columns > sheet_xml.MAX_SHEET_CELLS:
                sheet_xml.refuse_sprawl(name, xml)
            grid = calamine_grid(own, name, name in hidden)
            sheet_xml.mark_untrusted_cells(grid, xml)
            sheet_xml.note_presentation(grid, xml)
            mark_overwritten(grid, struck | struck_numbers(xml))
            if counts_from_1904:
                mark_unclear_days(grid)
            grid.warnings += warnings
            warnings = []
            yield grid


def _check_archive(archive: zipfile.ZipFile) -> None:
    """Refuse an archive that is no sound, plain workbook; only the first bytes of its parts are inflated.

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
    names = {_plain_name(m.filename) for m in members}
    if len(names) < len(members) or any(_is_unsafe(m.filename) for m in members):
        # of two parts whose names differ in capitals only, the checks and the reader might each take another
        raise RejectedFile("ARCHIVE_SUSPICIOUS", "odd_names")
    if any(m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for m in members):
        raise zipfile.BadZipFile("a compression that workbooks don't use")
    if any(m.flag_bits & 1 for m in members):
        raise RejectedFile("ENCRYPTED_FILE")
    if any(n.endswith("vbaproject.bin") or n.startswith("xl/macrosheets/") for n in names):
        raise RejectedFile("MACRO_FILE")
    if "xl/workbook.bin" in names:
        raise RejectedFile("BINARY_WORKBOOK")
    if "xl/workbook.xml" not in names:
        if any(n.startswith("xl/worksheets/") for n in names) and "word/document.xml" not in names:
            raise RejectedFile("DAMAGED_FILE", "unreadable")
        raise RejectedFile("NOT_A_TABLE", "package")
    for member in members:
        if member.filename.lower().endswith((".xml", ".rels")):
            with archive.open(member) as stream:
                _refuse_definitions(stream.read(4096))


def _refuse_other_archives(archive: zipfile.ZipFile) -> None:
    """Refuse an archive of files, and a workbook of another office format, with what to do.

    Raises:
        RejectedFile: it is no .xlsx workbook, but it is plain what it is.
    """
    names = {_plain_name(m.filename) for m in archive.infolist()}
    if "content.xml" in names and "xl/workbook.xml" not in names:
        raise RejectedFile("ODS_FILE")
    if any(n.endswith(_PACKED_SUFFIXES) for n in names) and "[content_types].xml" not in names:
        raise RejectedFile("PACKED_FILES")


def _plain_name(name: str) -> str:
    """Name of a part in comparable form: `/` between folders, lower case."""
    return name.replace("\\", "/").lower()


#: Parts beside the sheets that the reader of cells reads.
_READ_PARTS = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedstrings.xml", "xl/styles.xml")


def _with_plain_parts(content: bytes, archive: zipfile.ZipFile) -> tuple[bytes, zipfile.ZipFile]:
    """The workbook with `/` in the names of its parts, and with the parts beside its sheets in the plain spelling.

    Args:
        content: the bytes of the archive.
        archive: the same, opened and checked.

    Raises:
        RejectedFile: a part is damaged.
    """
    changed: dict[str, bytes] = {}
    for name in archive.namelist():
        if _plain_name(name) in _READ_PARTS:
            xml = _member(archive, name)
            if not is_plain(xml):
                xml = changed[name] = in_plain_spelling(xml)
            if b"Target=" in xml and _ODD_TARGET.search(xml):
                changed[name] = _ODD_TARGET.sub(lambda found: _plain_target(found[0]), xml)
    has_backslashes = any("\\" in name for name in archive.namelist())
    if min(m.header_offset for m in archive.infolist()):
        raise RejectedFile("DAMAGED_FILE", "unreadable")  # another file stands before the archive
    has_more = not content.endswith(b"\0\0")  # a comment or other bytes behind the archive
    if changed or has_backslashes or has_more:
        content = _repacked(archive, changed)
        archive = zipfile.ZipFile(io.BytesIO(content))
    return content, archive


_ODD_TARGET = re.compile(rb'(?<=Target=")[^"]*(?:\\|%|\./)[^"]*(?=")')


def _plain_target(target: bytes) -> bytes:
    """Target of a relation to a part: `/` between folders, nothing quoted, no `./`; an address elsewhere stays."""
    if b"://" in target:
        return target
    plain = unquote(target.decode("utf-8")).replace("\\", "/")
    return posixpath.normpath(plain).encode()


def _repacked(archive: zipfile.ZipFile, changed: Mapping[str, bytes]) -> bytes:
    """The archive with some parts changed, and `/` in the names of all; it has been checked before."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as copy:
        for member in archive.infolist():
            data = changed[member.filename] if member.filename in changed else archive.read(member)
            copy.writestr(member.filename.replace("\\", "/"), data)
    return packed.getvalue()


def _struck_numbers(archive: zipfile.ZipFile) -> set[str]:
    """Texts of the table of shared texts that are numbers with a struck or raised part."""
    names = [n for n in archive.namelist() if _plain_name(n) == "xl/sharedstrings.xml"]
    return struck_numbers(_member(archive, names[0])) if names else set()


_FROM_1904 = re.compile(rb'<(?:\w+:)?workbookPr\s[^<>]*\bdate1904="(?:1|true|on)"')


def _counts_from_1904(archive: zipfile.ZipFile) -> bool:
    """True if the workbook counts days from 1904, as old programs of Apple computers did."""
    return _FROM_1904.search(_member(archive, _part(archive, "xl/workbook.xml"))) is not None


def _is_unsafe(name: str) -> bool:
    """True for the name of a part that points outside the archive."""
    return name.startswith(("/", "\\")) or ":" in name or ".." in name.replace("\\", "/").split("/")


def _refuse_definitions(head: bytes) -> None:
    """Refuse XML with a document type or entities, which can make a small file huge or refer to other files."""
    plain = head.replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise RejectedFile("XML_DEFINITION")


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Content of a part of the archive.

    Raises:
        RejectedFile: it defines entities.
    """
    data = archive.read(name)
    _refuse_definitions(data[:4096])
    if b"<!ENTITY" in data:
        raise RejectedFile("XML_DEFINITION")
    return data


def _root(data: bytes) -> ElementTree.Element:
    """Root element.

    Raises:
        ElementTree.ParseError: not well-formed, or in an unknown encoding.
    """
    try:
        return ElementTree.fromstring(data)
    except LookupError as error:
        raise ElementTree.ParseError(str(error)) from error


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Name of the archive's part that holds the cells of each sheet, by sheet name.

    Namespaces are not looked at (Strict Open XML has others), nor whether names are written in capitals.

    Raises:
        KeyError: a sheet has no part; its checks could not run.
    """
    relations = _root(_member(archive, _part(archive, "xl/_rels/workbook.xml.rels")))
    found = [(r.get("Id"), r.get("Target", "")) for r in relations.iter() if _local(r.tag) == "Relationship"]
    targets = dict(found)
    if len(targets) < len(found):
        raise RejectedFile("DAMAGED_FILE", "unreadable")
    workbook = _root(_member(archive, _part(archive, "xl/workbook.xml")))
    parts: dict[str, str] = {}
    for sheet in workbook.iter():
        if _local(sheet.tag) != "sheet":
            continue
        relation = next((value for name, value in sheet.items() if name != "id" and _local(name) == "id"), "")
        target = targets[relation]
        wanted = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        name = sheet.get("name", "")
        if name in parts:
            raise RejectedFile("DAMAGED_FILE", "unreadable")  # the reader finds sheets by their name
        parts[name] = _part(archive, posixpath.normpath(wanted))
    return parts


def _local(name: object) -> str:
    """Name of an element or attribute without its namespace."""
    return str(name).rpartition("}")[2]


def _part(archive: zipfile.ZipFile, name: str) -> str:
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


def _package_warnings(archive: zipfile.ZipFile) -> list[Problem]:
    """Warnings about links and objects in the workbook; none of them is opened or fetched."""
    names = [_plain_name(n) for n in archive.namelist()]
    found = []
    if any(n.startswith("xl/externallinks/") for n in names):
        found.append(problem("EXTERNAL_LINKS"))
    if any(n.startswith(("xl/embeddings/", "xl/activex/", "xl/ctrlprops/")) for n in names):
        found.append(problem("EMBEDDED_OBJECTS"))
    return found
