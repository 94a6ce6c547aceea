"""Reads .xlsx workbooks: the archive and its parts are checked, then calamine reads the cells."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.parsers import expat

from dagster_project.intake.files import sheet_xml
from dagster_project.intake.files.calamine import calamine_grid
from dagster_project.intake.files.grid import Grid, RejectedFile

MAX_INFLATED_BYTES = 1024**3

MAX_MEMBER_RATIO = 400

MAX_MEMBERS = 5_000

_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"

_PACKAGE_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}"


def read_xlsx(content: bytes) -> Iterator[Grid]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        _check_archive(archive)
        parts = _sheet_parts(archive)
        warnings = _package_warnings(archive)
        for name in archive.namelist():
            if name.lower().endswith("sharedstrings.xml"):
                _refuse_malformed(_member(archive, name))
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            hidden = {m.name for m in book.sheets_metadata if m.visible != SheetVisibleEnum.Visible}
            for name in book.sheet_names:
                part = parts.get(name, "")
                if "/chartsheets/" in part:
                    continue
                # the XML is checked before calamine inflates and parses it
                xml = _member(archive, part) if part in archive.NameToInfo else b""
                if xml:
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
        raise RejectedFile("DAMAGED_FILE", "文件不完整或已损坏，请重新导出后再报。") from error
    except (CalamineError, OSError, ValueError) as error:
        raise RejectedFile("DAMAGED_FILE", "文件无法读取，请用 Excel 打开后另存为 .xlsx 再报。") from error


def _check_archive(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise RejectedFile("ARCHIVE_SUSPICIOUS", "文件内部结构异常（部件过多），请从模板重新导出。")
    inflated = sum(m.file_size for m in members)
    ratio = max(
        (m.file_size / max(m.compress_size, 1) for m in members if m.file_size > 10 * 1024**2), default=0
    )
    if inflated > MAX_INFLATED_BYTES or ratio > MAX_MEMBER_RATIO:
        raise RejectedFile("ARCHIVE_SUSPICIOUS", "文件解压后过大，疑似异常文件，请从模板重新导出。")
    names = {m.filename for m in members}
    if len(names) < len(members) or any(_is_unsafe(n) for n in names):
        raise RejectedFile("ARCHIVE_SUSPICIOUS", "文件内部结构异常（部件重名或路径可疑），请从模板重新导出。")
    if any(m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for m in members):
        raise zipfile.BadZipFile("a compression that workbooks don't use")
    if any(m.flag_bits & 1 for m in members):
        raise RejectedFile("ENCRYPTED_FILE", "文件加了密码，请去除密码后再报。")
    if any(n.lower().endswith("vbaproject.bin") for n in names):
        raise RejectedFile("MACRO_FILE", "文件含有宏，请另存为不含宏的 .xlsx 再报。")
    if "xl/workbook.bin" in names:
        raise RejectedFile("BINARY_WORKBOOK", "这是二进制工作簿（.xlsb），请另存为 .xlsx 再报。")
    if "xl/workbook.xml" not in names:
        raise RejectedFile("NOT_A_TABLE", "不是 Excel 工作簿，请核对后重新放入。")
    for member in members:
        if member.filename.endswith((".xml", ".rels")):
            with archive.open(member) as stream:
                _refuse_definitions(stream.read(4096))


def _is_unsafe(name: str) -> bool:
    return name.startswith(("/", "\\")) or ":" in name or ".." in name.replace("\\", "/").split("/")


def _refuse_definitions(head: bytes) -> None:
    plain = head.replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise RejectedFile("XML_DEFINITION", "文件含有不允许的 XML 定义，请从模板重新导出。")


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    data = archive.read(name)
    _refuse_definitions(data[:4096])
    if b"<!ENTITY" in data:
        raise RejectedFile("XML_DEFINITION", "文件含有不允许的 XML 定义，请从模板重新导出。")
    return data


def _root(data: bytes) -> ElementTree.Element:
    """Root element.

    Raises:
        ElementTree.ParseError: not well-formed, or in an encoding that nobody knows.
    """
    try:
        return ElementTree.fromstring(data)
    except LookupError as error:
        raise ElementTree.ParseError(str(error)) from error


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → member of the archive that holds its cells."""
    relations = _root(_member(archive, "xl/_rels/workbook.xml.rels"))
    targets = {r.get("Id"): r.get("Target", "") for r in relations.iter(f"{_PACKAGE_REL}Relationship")}
    workbook = _root(_member(archive, "xl/workbook.xml"))
    parts = {}
    for sheet in workbook.iter(f"{_NS}sheet"):
        target = targets.get(sheet.get(f"{_REL}id"), "")
        parts[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return parts


def _package_warnings(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    """What the workbook holds besides cells; nothing of it is opened, let alone fetched."""
    names = archive.namelist()
    found = []
    if any(n.startswith("xl/externalLinks/") for n in names):
        found.append(
            ("EXTERNAL_LINKS", "工作簿里有指向其他文件的链接，没有读取也不会更新；下次请断开链接后再报。")
        )
    if any(n.startswith(("xl/embeddings/", "xl/activeX/", "xl/ctrlProps/")) for n in names):
        found.append(("EMBEDDED_OBJECTS", "工作簿里嵌有其他文件或控件，没有读取；下次请删去后再报。"))
    return found


def _refuse_malformed(xml: bytes) -> None:
    """Refuse XML that isn't well-formed, or in an encoding that nobody knows: calamine would make something of it.

    Raises:
        RejectedFile: it is so.
    """
    try:
        expat.ParserCreate().Parse(xml, True)
    except (expat.ExpatError, LookupError) as error:
        raise RejectedFile("DAMAGED_FILE", "文件不完整或已损坏，请重新导出后再报。") from error
