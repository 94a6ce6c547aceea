"""Makers of files as they should not come: workbooks, archives, text and web pages, built in memory."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import openpyxl

HEAD = ["学校标识码", "学校名称", "学段", "在校生数", "班级数"]
STAFFING_HEAD = [
    "学校标识码", "学校名称", "学段", "专任教师数", "高于规定学历教师数", "县级以上骨干教师数",
    "体育专任教师数", "音乐专任教师数", "美术专任教师数",
]  # fmt: skip
Rows = Sequence[Sequence[Any]]


def workbook(
    rows: Rows, *, sheet: str = "在校生数", touch: Callable[[openpyxl.Workbook], None] | None = None
) -> bytes:
    """A workbook with these rows in its first sheet; `touch` may change it before it is saved."""
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(list(row))
    if touch:
        touch(book)
    stream = io.BytesIO()
    book.save(stream)
    return undated(stream.getvalue())


def shared_text_workbook(rows: Rows) -> bytes:
    """The same, its text kept in the table of shared strings."""
    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet("在校生数")
        for i, row in enumerate(rows):
            sheet.write_row(i, 0, row)
    return undated(stream.getvalue())


def undated(content: bytes) -> bytes:
    """The same workbook without the time of its making: a seed has to give the same bytes tomorrow."""
    return rewritten(
        content,
        {"docProps/core.xml": lambda data: re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+", b"2023-09-01T08:00:00", data)},
    )


def rewritten(
    content: bytes,
    changes: Mapping[str, Callable[[bytes], bytes]] | None = None,
    added: Mapping[str, bytes] | None = None,
    without: Sequence[str] = (),
) -> bytes:
    """The same archive with some members changed, added or left out."""
    source = zipfile.ZipFile(io.BytesIO(content))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name not in without:
                data = source.read(name)
                changed = (changes or {}).get(name, lambda d: d)(data)
                target.writestr(zipfile.ZipInfo(name), changed, zipfile.ZIP_DEFLATED)
        for name, data in (added or {}).items():
            target.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def sheet_xml(change: Callable[[bytes], bytes], rows: Rows) -> bytes:
    """A workbook whose first sheet's XML was changed."""
    return rewritten(workbook(rows), {"xl/worksheets/sheet1.xml": change})


def text_table(rows: Rows, encoding: str = "utf-8", separator: str = ",") -> bytes:
    """The rows as delimited text."""
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator).writerows(rows)
    return stream.getvalue().encode(encoding)


def web_page(rows: Rows, encoding: str = "gbk") -> bytes:
    """The rows as a web page, the way many systems write their `.xls`."""
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    page = f'<html><head><meta charset="{encoding}"></head><body><table border=1>{body}</table></body></html>'
    return page.encode(encoding)


def old_workbook(
    rows: Rows,
    errors: Mapping[tuple[int, int], int] | None = None,
    formats: Mapping[tuple[int, int], str] | None = None,
    struck: Collection[tuple[int, int]] = (),
) -> bytes:
    """A minimal BIFF8 workbook (.xls) in an OLE container.

    `errors` puts error codes at (row, column), `formats` number formats; cells in `struck` are struck out. The sixth
    font has the number 6, for no font has the number 4.
    """
    import struct

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def text(value: str) -> bytes:
        return struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")

    codes = list(dict.fromkeys((formats or {}).values()))
    fonts = b"".join(
        record(0x0031, struct.pack("<HH", 200, 8 if k == 5 else 0) + bytes(11)) for k in range(6)
    )
    shown = b"".join(record(0x041E, struct.pack("<H", 164 + k) + text(code)) for k, code in enumerate(codes))
    looks = [(0, 0), (6, 0), *((0, 164 + k) for k in range(len(codes)))]
    styles = fonts + shown + b"".join(record(0x00E0, struct.pack("<HH", *look) + bytes(16)) for look in looks)

    def style(i: int, j: int) -> int:
        return 1 if (i, j) in struck else 2 + codes.index(formats[i, j]) if (i, j) in (formats or {}) else 0

    start = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0x0006))
    cells = b""
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if (i, j) in (errors or {}):
                cells += record(0x0205, struct.pack("<HHHBB", i, j, 0, (errors or {})[i, j], 1))
            elif isinstance(value, (int, float)):
                cells += record(0x0203, struct.pack("<HHHd", i, j, style(i, j), float(value)))
            elif value:
                cells += record(0x0204, struct.pack("<HHH", i, j, style(i, j)) + text(value))
    sheet = start + cells + record(0x000A, b"")
    name = "在校生数"
    opening = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0x0006))
    bound = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    length = len(opening) + len(styles) + 4 + 6 + len(bound) + 4
    globals_ = (
        opening + styles + record(0x0085, struct.pack("<IBB", length, 0, 0) + bound) + record(0x000A, b"")
    )
    return compound_file("Workbook", globals_ + sheet)


def compound_file(name: str, stream: bytes) -> bytes:
    """An OLE container with one stream."""
    import struct

    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(stream) // 512
    fat_entries = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + sectors), 0xFFFFFFFE]
    fat = struct.pack(f"<{len(fat_entries)}I", *fat_entries).ljust(512, b"\xff")

    def entry(title: str, kind: int, child: int, start: int, size: int) -> bytes:
        coded = (title + "\0").encode("utf-16-le") if title else b""
        head = coded.ljust(64, b"\0") + struct.pack("<HBB", len(coded), kind, 1)
        head += struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
        return head + bytes(36) + struct.pack("<IQ", start, size)

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry(name, 2, 0xFFFFFFFF, 2, len(stream))
    directory = directory.ljust(512, b"\0")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + b"\xff" * (108 * 4)
    assert len(fat) == 512, "one FAT sector holds 128 sectors"
    return header + fat + directory + stream


OPEN_NAMESPACES = (
    " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (
            ("office", "office"),
            ("table", "table"),
            ("text", "text"),
            ("style", "style"),
            ("number", "datastyle"),
        )
    )
    + ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def open_cell(value: Any, attributes: str = "") -> str:
    """A cell of an open document; text that begins with `<` is a cell already."""
    if isinstance(value, str) and value.startswith("<table:"):
        return value
    if value is None or value == "":
        return f"<table:table-cell {attributes}/>"
    number = f'office:value-type="float" office:value="{value}"'
    kind = number if isinstance(value, (int, float)) else 'office:value-type="string"'
    return f"<table:table-cell {kind} {attributes}><text:p>{value}</text:p></table:table-cell>"


def open_table(rows: Rows, *, sheet: str = "在校生数", columns: str = "<table:table-column/>") -> str:
    """A sheet of an open document; a row that is a text is one already."""
    lines = "".join(
        row if isinstance(row, str) else f"<table:table-row>{''.join(map(open_cell, row))}</table:table-row>"
        for row in rows
    )
    return f'<table:table table:name="{sheet}">{columns}{lines}</table:table>'


def open_document(
    tables: str, *, styles: str = "", added: Mapping[str, bytes] | None = None, manifest: str = ""
) -> bytes:
    """A spreadsheet of LibreOffice or WPS (.ods) that holds these sheets."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {OPEN_NAMESPACES} office:version="1.3">'
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>{tables}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    listed = f'<manifest:manifest xmlns:manifest="urn:x">{manifest}</manifest:manifest>'
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content.encode(),
            "META-INF/manifest.xml": listed.encode(),
            **(added or {}),
        }
    )


def open_workbook(rows: Rows) -> bytes:
    """The rows as the only sheet of an .ods."""
    return open_document(open_table(rows))


def zipped(files: Mapping[str, bytes], *, encoding: str = "") -> bytes:
    """An archive of files; `encoding` writes their names in it without saying so, as Chinese Windows does."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for i, (name, data) in enumerate(files.items()):
            stand_in = chr(97 + i) * len(name.encode(encoding)) if encoding else name
            target.writestr(zipfile.ZipInfo(stand_in), data, zipfile.ZIP_DEFLATED)
    content = stream.getvalue()
    if encoding:
        for i, name in enumerate(files):
            coded = name.encode(encoding)
            content = content.replace(chr(97 + i).encode() * len(coded), coded)
    return content
