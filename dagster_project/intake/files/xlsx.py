"""Reads .xlsx workbooks: the archive and its parts are checked, then calamine reads the cells."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.parsers import expat

from dagster_project.intake.files import sheet_xml
from dagster_project.intake.files.calamine import calamine_grid, hidden_sheets
from dagster_project.intake.files.grid import Grid
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
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        _refuse_other_archives(archive)
        _check_archive(archive)
        if any("\\" in name for name in archive.namelist()):
            content = _with_forward_slashes(archive)
            archive = zipfile.ZipFile(io.BytesIO(content))
        parts = _sheet_parts(archive)
        warnings = _package_warnings(archive)
        for name in archive.namelist():
            if name.lower().endswith("sharedstrings.xml"):
                _refuse_malformed(_member(archive, name))
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            hidden = hidden_sheets(book)
            for name in book.sheet_names:
                part = parts[name]
                if "/chartsheets/" in part:
                    continue
                # the XML is checked before calamine inflates and parses it
                xml = _member(archive, part)
                _refuse_malformed(xml)
                sheet_xml.refuse_spoilt_cells(xml)
                rows, columns = sheet_xml.extent(xml)
                if rows * columns > sheet_xml.MAX_SHEET_CELLS:
                    sheet_xml.refuse_sprawl(name, xml)
                grid = calamine_grid(book, name, name in hidden)
                sheet_xml.mark_untrusted_cells(grid, xml)
                sheet_xml.note_presentation(grid, xml)
                grid.warnings += warnings
                warnings = []
                yield grid
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
    names = {m.filename for m in members}
    if len(names) < len(members) or any(_is_unsafe(n) for n in names):
        raise RejectedFile("ARCHIVE_SUSPICIOUS", "odd_names")
    if any(m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for m in members):
        raise zipfile.BadZipFile("a compression that workbooks don't use")
    if any(m.flag_bits & 1 for m in members):
        raise RejectedFile("ENCRYPTED_FILE")
    if any(n.lower().endswith("vbaproject.bin") for n in names):
        raise RejectedFile("MACRO_FILE")
    plain = {name.replace("\\", "/") for name in names}
    if "xl/workbook.bin" in plain:
        raise RejectedFile("BINARY_WORKBOOK")
    if "xl/workbook.xml" not in plain:
        raise RejectedFile("NOT_A_TABLE", "package")
    for member in members:
        if member.filename.endswith((".xml", ".rels")):
            with archive.open(member) as stream:
                _refuse_definitions(stream.read(4096))


def _refuse_other_archives(archive: zipfile.ZipFile) -> None:
    """Refuse an archive of files, and a workbook of another office format, with what to do.

    Raises:
        RejectedFile: it is no .xlsx workbook, but it is plain what it is.
    """
    names = [m.filename.replace("\\", "/") for m in archive.infolist()]
    if "content.xml" in names and "xl/workbook.xml" not in names:
        raise RejectedFile("ODS_FILE")
    if any(n.lower().endswith(_PACKED_SUFFIXES) for n in names) and "[Content_Types].xml" not in names:
        raise RejectedFile("PACKED_FILES")


def _with_forward_slashes(archive: zipfile.ZipFile) -> bytes:
    """The archive with `/` in the names of its parts, where a program wrote `\\`; it has been checked before."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as copy:
        for member in archive.infolist():
            copy.writestr(member.filename.replace("\\", "/"), archive.read(member))
    return packed.getvalue()


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
    targets = {r.get("Id"): r.get("Target", "") for r in relations.iter() if _local(r.tag) == "Relationship"}
    workbook = _root(_member(archive, _part(archive, "xl/workbook.xml")))
    parts = {}
    for sheet in workbook.iter():
        if _local(sheet.tag) != "sheet":
            continue
        relation = next((value for name, value in sheet.items() if name != "id" and _local(name) == "id"), "")
        target = targets[relation]
        wanted = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        parts[sheet.get("name", "")] = _part(archive, posixpath.normpath(wanted))
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
    names = archive.namelist()
    found = []
    if any(n.startswith("xl/externalLinks/") for n in names):
        found.append(problem("EXTERNAL_LINKS"))
    if any(n.startswith(("xl/embeddings/", "xl/activeX/", "xl/ctrlProps/")) for n in names):
        found.append(problem("EMBEDDED_OBJECTS"))
    return found


def _refuse_malformed(xml: bytes) -> None:
    """Refuse XML that is not well-formed or in an unknown encoding; calamine would read part of it without an error.

    Raises:
        RejectedFile: the file is damaged.
    """
    try:
        expat.ParserCreate().Parse(xml, True)
    except (expat.ExpatError, LookupError) as error:
        raise RejectedFile("DAMAGED_FILE", "incomplete") from error
