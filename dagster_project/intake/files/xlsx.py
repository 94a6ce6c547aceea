"""Reads .xlsx workbooks: the archive and its parts are checked, then calamine reads the cells."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from urllib.parse import unquote
from xml.etree import ElementTree

from dagster_project.intake.files import sheet_xml
from dagster_project.intake.files.archive import (
    check_archive,
    member,
    part_name,
    plain_name,
    repacked,
    root_of,
)
from dagster_project.intake.files.calamine import calamine_grid, hidden_sheets
from dagster_project.intake.files.cell_styles import CellStyles, apply_styles, read_styles
from dagster_project.intake.files.grid import Grid, mark_unclear_days
from dagster_project.intake.files.overwritten import mark_overwritten, struck_numbers
from dagster_project.intake.files.plain_xml import (
    in_plain_spelling,
    is_plain,
    kinds_of_rows,
    refuse_ambiguous_structure,
)
from dagster_project.intake.findings import Problem, RejectedFile, problem


def read_xlsx(content: bytes) -> Iterator[Grid]:
    """Sheets of a workbook, chart sheets left out.

    Raises:
        RejectedFile: encrypted, damaged, with macros, suspiciously large, or not a workbook.
    """
    from python_calamine import CalamineError

    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        _refuse_other_packages(check_archive(archive))
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
    styles = _styles(archive)
    counts_from_1904 = _counts_from_1904(archive)
    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
        hidden = hidden_sheets(book)
        for name in book.sheet_names:
            part = parts[name]
            if "/chartsheets/" in part.lower():
                continue
            # the XML is checked before calamine inflates and parses it
            xml = member(archive, part)
            kinds = kinds_of_rows(xml)
            own = book
            if not is_plain(xml, kinds):
                xml = in_plain_spelling(xml)
                kinds = kinds_of_rows(xml)
                own = CalamineWorkbook.from_filelike(io.BytesIO(repacked(archive, {part: xml})))
            refuse_ambiguous_structure(xml, kinds)
            sheet_xml.refuse_spoilt_cells(xml, kinds)
            rows, columns = sheet_xml.extent(xml)
            if rows * columns > sheet_xml.MAX_SHEET_CELLS:
                sheet_xml.refuse_sprawl(name, xml)
            grid = calamine_grid(own, name, name in hidden)
            sheet_xml.mark_untrusted_cells(grid, xml, kinds)
            sheet_xml.note_presentation(grid, xml, kinds)
            mark_overwritten(grid, struck | struck_numbers(xml, kinds))
            apply_styles(grid, xml, styles)
            if counts_from_1904:
                mark_unclear_days(grid)
            grid.warnings += warnings
            warnings = []
            yield grid


def _refuse_other_packages(names: set[str]) -> None:
    """Refuse a package of parts that is no .xlsx workbook, and one with macros.

    Args:
        names: names of the parts in comparable form.

    Raises:
        RejectedFile: with what it is.
    """
    if any(n.endswith("vbaproject.bin") or n.startswith("xl/macrosheets/") for n in names):
        raise RejectedFile("MACRO_FILE")
    if "xl/workbook.bin" in names:
        raise RejectedFile("BINARY_WORKBOOK")
    if "xl/workbook.xml" not in names:
        if any(n.startswith("xl/worksheets/") for n in names) and "word/document.xml" not in names:
            raise RejectedFile("DAMAGED_FILE", "unreadable")
        if names & {"word/document.xml", "ppt/presentation.xml"}:
            raise RejectedFile("NOT_A_TABLE", "document")
        raise RejectedFile("NOT_A_TABLE", "package")


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
        if plain_name(name) in _READ_PARTS:
            xml = member(archive, name)
            if not is_plain(xml):
                xml = changed[name] = in_plain_spelling(xml)
            if b"Target=" in xml and _ODD_TARGET.search(xml):
                changed[name] = _ODD_TARGET.sub(lambda found: _plain_target(found[0]), xml)
    has_backslashes = any("\\" in name for name in archive.namelist())
    if min(m.header_offset for m in archive.infolist()):
        raise RejectedFile("DAMAGED_FILE", "unreadable")  # another file stands before the archive
    has_more = not content.endswith(b"\0\0")  # a comment or other bytes behind the archive
    if changed or has_backslashes or has_more:
        content = repacked(archive, changed)
        archive = zipfile.ZipFile(io.BytesIO(content))
    return content, archive


_ODD_TARGET = re.compile(rb'(?<=Target=")[^"]*(?:\\|%|\./)[^"]*(?=")')


def _plain_target(target: bytes) -> bytes:
    """Target of a relation to a part: `/` between folders, nothing quoted, no `./`; an address elsewhere stays."""
    if b"://" in target:
        return target
    plain = unquote(target.decode("utf-8")).replace("\\", "/")
    return posixpath.normpath(plain).encode()


def _struck_numbers(archive: zipfile.ZipFile) -> set[str]:
    """Texts of the table of shared texts that are numbers with a struck or raised part."""
    names = [n for n in archive.namelist() if plain_name(n) == "xl/sharedstrings.xml"]
    return struck_numbers(member(archive, names[0])) if names else set()


def _styles(archive: zipfile.ZipFile) -> CellStyles:
    names = [n for n in archive.namelist() if plain_name(n) == "xl/styles.xml"]
    return read_styles(member(archive, names[0]) if names else b"")


_FROM_1904 = re.compile(rb'<(?:\w+:)?workbookPr\s[^<>]*\bdate1904="(?:1|true|on)"')


def _counts_from_1904(archive: zipfile.ZipFile) -> bool:
    """True if the workbook counts days from 1904, as old programs of Apple computers did."""
    return _FROM_1904.search(member(archive, part_name(archive, "xl/workbook.xml"))) is not None


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Name of the archive's part that holds the cells of each sheet, by sheet name.

    Namespaces are not looked at (Strict Open XML has others), nor whether names are written in capitals.

    Raises:
        KeyError: a sheet has no part; its checks could not run.
    """
    relations = root_of(member(archive, part_name(archive, "xl/_rels/workbook.xml.rels")))
    found = [(r.get("Id"), r.get("Target", "")) for r in relations.iter() if _local(r.tag) == "Relationship"]
    targets = dict(found)
    if len(targets) < len(found):
        raise RejectedFile("DAMAGED_FILE", "unreadable")
    workbook = root_of(member(archive, part_name(archive, "xl/workbook.xml")))
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
        parts[name] = part_name(archive, posixpath.normpath(wanted))
    return parts


def _local(name: object) -> str:
    """Name of an element or attribute without its namespace."""
    return str(name).rpartition("}")[2]


def _package_warnings(archive: zipfile.ZipFile) -> list[Problem]:
    """Warnings about links and objects in the workbook; none of them is opened or fetched."""
    names = [plain_name(n) for n in archive.namelist()]
    found = []
    if any(n.startswith("xl/externallinks/") for n in names):
        found.append(problem("EXTERNAL_LINKS"))
    if any(n.startswith(("xl/embeddings/", "xl/activex/", "xl/ctrlprops/")) for n in names):
        found.append(problem("EMBEDDED_OBJECTS"))
    return found
