"""Reads .xlsx workbooks: the archive and its parts are checked, then calamine reads the cells."""

from __future__ import annotations

import contextlib
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

from dagster_project.intake.files import sheet_xml
from dagster_project.intake.files.archive import (
    Archive,
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
from dagster_project.intake.files.ordinary_rows import ordinary_sheet
from dagster_project.intake.files.overwritten import mark_overwritten, struck_numbers
from dagster_project.intake.files.plain_xml import (
    in_plain_spelling,
    is_plain,
    kinds_of_rows,
    refuse_ambiguous_structure,
)
from dagster_project.intake.findings import Problem, RejectedFile, problem


def read_xlsx(content: bytes, archive: Archive | None = None) -> Iterator[Grid]:
    """Sheets of a workbook, chart sheets left out.

    Args:
        content: its bytes.
        archive: the same, if it could be opened as one.

    Raises:
        RejectedFile: encrypted, damaged, with macros, suspiciously large, or not a workbook.
    """
    from python_calamine import CalamineError

    try:
        archive = archive or Archive(content)
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


def _read_sheets(content: bytes, archive: Archive) -> Iterator[Grid]:
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
            grid, xml = _checked_grid(book, archive, part, name, struck)
            grid.is_hidden = name in hidden
            apply_styles(grid, xml, styles)
            if counts_from_1904:
                mark_unclear_days(grid)
            grid.warnings += warnings
            warnings = []
            yield grid


def _checked_grid(book: Any, archive: Archive, part: str, name: str, struck: set[str]) -> tuple[Grid, bytes]:
    """A sheet's cells, with what its XML says of them beside their values; and the XML.

    The XML is checked before calamine parses it.

    Args:
        book: the open workbook of calamine.
        archive: the workbook.
        part: name of the sheet's part in it.
        name: of the sheet.
        struck: texts of the workbook that are numbers with a struck or raised part.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    xml = member(archive, part)
    ordinary = ordinary_sheet(xml)
    if ordinary is not None and ordinary.rows * ordinary.columns <= sheet_xml.MAX_SHEET_CELLS:
        with contextlib.suppress(CalamineError):  # the checks below say better what is wrong
            grid = calamine_grid(book, name)
            grid.merges, grid.hidden_columns = ordinary.merges, ordinary.hidden_columns
            grid.hidden_rows = ordinary.hidden_rows
            mark_overwritten(grid, struck)
            return grid, xml
    kinds = kinds_of_rows(xml)
    if not is_plain(xml, kinds):
        xml = in_plain_spelling(xml)
        kinds = kinds_of_rows(xml)
        book = CalamineWorkbook.from_filelike(io.BytesIO(repacked(archive, {part: xml})))
    refuse_ambiguous_structure(xml, kinds)
    sheet_xml.refuse_spoilt_cells(xml, kinds)
    rows, columns = sheet_xml.extent(xml)
    if rows * columns > sheet_xml.MAX_SHEET_CELLS:
        sheet_xml.refuse_sprawl(name, xml)
    grid = calamine_grid(book, name)
    sheet_xml.mark_untrusted_cells(grid, xml, kinds)
    sheet_xml.note_presentation(grid, xml, kinds)
    mark_overwritten(grid, struck | struck_numbers(xml, kinds))
    return grid, xml


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
_SHARED_TEXTS = "xl/sharedstrings.xml"
_READ_PARTS = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", _SHARED_TEXTS, "xl/styles.xml")


def _with_plain_parts(content: bytes, archive: Archive) -> tuple[bytes, Archive]:
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
            if not _is_plain_part(name, xml):
                xml = changed[name] = in_plain_spelling(xml)
            if b"Target=" in xml and _ODD_TARGET.search(xml):
                changed[name] = _ODD_TARGET.sub(lambda found: _plain_target(found[0]), xml)
    has_backslashes = any("\\" in name for name in archive.namelist())
    if min(m.header_offset for m in archive.infolist()):
        raise RejectedFile("DAMAGED_FILE", "unreadable")  # another file stands before the archive
    has_more = not content.endswith(b"\0\0")  # a comment or other bytes behind the archive
    if changed or has_backslashes or has_more:
        content = repacked(archive, changed)
        archive = Archive(content)
    return content, archive


#: Size of a part that may be the same in many workbooks.
_MOST_ALIKE_BYTES = 64 * 1024


def _is_plain_part(name: str, xml: bytes) -> bool:
    """As `is_plain`; remembered of parts that are the same in all workbooks that one program writes."""
    may_be_alike = len(xml) < _MOST_ALIKE_BYTES and plain_name(name) != _SHARED_TEXTS
    return _known_as_plain(xml) if may_be_alike else is_plain(xml)


@lru_cache(64)
def _known_as_plain(xml: bytes) -> bool:
    return is_plain(xml)


_ODD_TARGET = re.compile(rb'(?<=Target=")[^"]*(?:\\|%|\./)[^"]*(?=")')


def _plain_target(target: bytes) -> bytes:
    """Target of a relation to a part: `/` between folders, nothing quoted, no `./`; an address elsewhere stays."""
    if b"://" in target:
        return target
    plain = unquote(target.decode("utf-8")).replace("\\", "/")
    return posixpath.normpath(plain).encode()


def _struck_numbers(archive: Archive) -> set[str]:
    """Texts of the table of shared texts that are numbers with a struck or raised part."""
    names = [n for n in archive.namelist() if plain_name(n) == _SHARED_TEXTS]
    return struck_numbers(member(archive, names[0])) if names else set()


def _styles(archive: Archive) -> CellStyles:
    names = [n for n in archive.namelist() if plain_name(n) == "xl/styles.xml"]
    xml = member(archive, names[0]) if names else b""
    return _known_styles(xml) if len(xml) < _MOST_ALIKE_BYTES else read_styles(xml)


@lru_cache(64)
def _known_styles(xml: bytes) -> CellStyles:
    return read_styles(xml)


_FROM_1904 = re.compile(rb'<(?:\w+:)?workbookPr\s[^<>]*\bdate1904="(?:1|true|on)"')


def _counts_from_1904(archive: Archive) -> bool:
    """True if the workbook counts days from 1904, as old programs of Apple computers did."""
    return _FROM_1904.search(member(archive, part_name(archive, "xl/workbook.xml"))) is not None


def _sheet_parts(archive: Archive) -> dict[str, str]:
    """Name of the archive's part that holds the cells of each sheet, by sheet name.

    Raises:
        KeyError: a sheet has no part; its checks could not run.
    """
    relations = member(archive, part_name(archive, "xl/_rels/workbook.xml.rels"))
    workbook = member(archive, part_name(archive, "xl/workbook.xml"))
    return {name: part_name(archive, wanted) for name, wanted in _sheet_targets(workbook, relations)}


@lru_cache(64)  # workbooks that one program writes have equal ones
def _sheet_targets(workbook: bytes, relations: bytes) -> tuple[tuple[str, str], ...]:
    """Name of each sheet and path of its part.

    Namespaces are not looked at (Strict Open XML has others), nor whether names are written in capitals.

    Args:
        workbook: the part that lists the sheets.
        relations: the part that says where they are.

    Raises:
        KeyError: a sheet has no part.
    """
    found = [
        (r.get("Id"), r.get("Target", ""))
        for r in root_of(relations).iter()
        if _local(r.tag) == "Relationship"
    ]
    targets = dict(found)
    if len(targets) < len(found):
        raise RejectedFile("DAMAGED_FILE", "unreadable")
    parts: dict[str, str] = {}
    for sheet in root_of(workbook).iter():
        if _local(sheet.tag) != "sheet":
            continue
        relation = next((value for name, value in sheet.items() if name != "id" and _local(name) == "id"), "")
        target = targets[relation]
        wanted = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        name = sheet.get("name", "")
        if name in parts:
            raise RejectedFile("DAMAGED_FILE", "unreadable")  # the reader finds sheets by their name
        parts[name] = posixpath.normpath(wanted)
    return tuple(parts.items())


def _local(name: object) -> str:
    """Name of an element or attribute without its namespace."""
    return str(name).rpartition("}")[2]


def _package_warnings(archive: Archive) -> list[Problem]:
    """Warnings about links and objects in the workbook; none of them is opened or fetched."""
    names = [plain_name(n) for n in archive.namelist()]
    found = []
    if any(n.startswith("xl/externallinks/") for n in names):
        found.append(problem("EXTERNAL_LINKS"))
    if any(n.startswith(("xl/embeddings/", "xl/activex/", "xl/ctrlprops/")) for n in names):
        found.append(problem("EMBEDDED_OBJECTS"))
    return found
