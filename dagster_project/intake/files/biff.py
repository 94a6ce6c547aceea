"""What calamine does not report of an old workbook (.xls): error cells, hidden rows and columns, damage.

Reads the OLE container ([MS-CFB]) as far as its workbook stream, and of that stream's records ([MS-XLS])
the few that matter. At an unexpected record the search ends with what was found so far; calamine then reads
the cells and refuses a damaged file.
"""

from __future__ import annotations

import struct
from collections.abc import Container
from dataclasses import dataclass, field

from dagster_project.intake.files.biff_styles import old_styles, styles_of_cells
from dagster_project.intake.files.cell_styles import CellStyles

_FREE_SECTORS = 0xFFFFFFFA  # numbers from here on are marks, not sectors
_LAST_COLUMN = 256
_DATE_MODE = 0x0022
_BOF, _EOF, _BOUND_SHEET, _ROW, _COLUMNS, _BOOL_OR_ERROR, _FORMULA, _FILE_PASS = (
    0x0809, 0x000A, 0x0085, 0x0208, 0x007D, 0x0205, 0x0006, 0x002F,
)  # fmt: skip


@dataclass
class SheetRecords:
    """Findings about one sheet; rows and columns count from 1.

    Attributes:
        errors: (row, column) of cells that hold an error value.
        has_doubled_cell: a cell has two records; the file is damaged, and either value may be the right one.
        styled: style, row and column of the cells with a style that matters.
        is_too_wide: a cell is in a column beyond the format's last; calamine would allocate all columns before it.
    """

    errors: list[tuple[int, int]] = field(default_factory=list)
    has_doubled_cell: bool = False
    is_too_wide: bool = False
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    styled: list[tuple[int, int, int]] = field(default_factory=list)


def workbook_stream(content: bytes) -> bytes:
    """Bytes of the stream that holds the cells; empty if the container has none.

    Raises:
        ValueError: not an OLE container, or damaged.
    """
    try:
        return _read_container(content)
    except (struct.error, IndexError) as error:
        raise ValueError("damaged container") from error


def _read_container(content: bytes) -> bytes:
    shift, mini_shift = struct.unpack_from("<HH", content, 0x1E)
    if not 7 <= shift <= 16 or not 4 <= mini_shift <= shift:
        raise ValueError("impossible sector size")
    size = 1 << shift
    directory_start, _, cutoff, mini_start, _, extra_start, extra_count = struct.unpack_from(
        "<IIIIIII", content, 0x30
    )
    last = len(content) >> shift
    places = list(struct.unpack_from("<109I", content, 0x4C))
    for _ in range(min(extra_count, last)):
        block = struct.unpack_from(f"<{size // 4}I", content, (extra_start + 1) << shift)
        places += block[:-1]
        extra_start = block[-1]
    table: list[int] = []
    for sector in places:
        if sector < _FREE_SECTORS and sector < last:
            table += struct.unpack_from(f"<{size // 4}I", content, (sector + 1) << shift)

    def chain(sector: int) -> bytes:
        parts = []
        for _ in range(len(table)):
            if sector >= _FREE_SECTORS or sector >= len(table):
                break
            parts.append(content[(sector + 1) << shift : (sector + 2) << shift])
            sector = table[sector]
        return b"".join(parts)

    entries = chain(directory_start)
    root = b""
    for at in range(0, len(entries) - 127, 128):
        length, kind = struct.unpack_from("<HB", entries, at + 64)
        name = entries[at : at + max(length - 2, 0)].decode("utf-16-le", errors="replace")
        start, stream_size = struct.unpack_from("<II", entries, at + 116)
        if kind == 5:
            root = chain(start)
        elif kind == 2 and name in ("Workbook", "Book"):
            if stream_size >= cutoff:
                return chain(start)[:stream_size]
            return _mini_chain(root, chain(mini_start), start, mini_shift)[:stream_size]
    return b""


def _mini_chain(root: bytes, table: bytes, sector: int, shift: int) -> bytes:
    parts = []
    for _ in range(len(table) // 4):
        if sector >= _FREE_SECTORS or sector * 4 + 4 > len(table):
            break
        parts.append(root[sector << shift : (sector + 1) << shift])
        (sector,) = struct.unpack_from("<I", table, sector * 4)
    return b"".join(parts)


def workbook_styles(stream: bytes) -> CellStyles:
    """The workbook's styles that strike cells out or show numbers as others."""
    return old_styles(_records(stream, 0), stream)


def sheet_records(stream: bytes, notable: Container[int] = ()) -> list[SheetRecords]:
    """Findings about each sheet, in the order of the workbook; none for an encrypted workbook.

    Args:
        stream: the workbook.
        notable: styles whose cells are listed.
    """
    starts: list[int] = []
    for kind, at, length in _records(stream, 0):
        if kind == _FILE_PASS:
            return []
        if kind == _BOUND_SHEET and length >= 6:
            starts.append(struct.unpack_from("<I", stream, at)[0])
        elif kind == _EOF:
            break
    return [_read_sheet(stream, start, notable) for start in starts]


def counts_from_1904(stream: bytes) -> bool:
    """True if the workbook counts days from 1904, as old programs of Apple computers did."""
    return any(
        kind == _DATE_MODE and length >= 2 and stream[at] == 1 for kind, at, length in _records(stream, 0)
    )


def _records(stream: bytes, at: int) -> list[tuple[int, int, int]]:
    """Kind, offset of the content and its length in bytes, up to the end of the substream that begins at `at`."""
    found = []
    depth = 0
    end = len(stream) - 4
    unpack = struct.Struct("<HH").unpack_from
    while at <= end:
        kind, length = unpack(stream, at)
        if at + 4 + length > len(stream):
            break
        found.append((kind, at + 4, length))
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
        at += 4 + length
    return found


#: Records that hold one cell: blank, number, label, boolean or error, formula, shared label, short number.
_ONE_CELL = frozenset((0x0201, 0x0203, 0x0204, _BOOL_OR_ERROR, _FORMULA, 0x00FD, 0x027E))
#: Records that hold a run of cells of one row: short numbers, blanks.
_RUN_OF_CELLS = frozenset((0x00BD, 0x00BE))


def _cells_of(stream: bytes, kind: int, at: int, length: int) -> list[tuple[int, int]]:
    """(row, column) of the cells that one record holds, from 1."""
    if kind in _ONE_CELL and length >= 4:
        row, column = struct.unpack_from("<HH", stream, at)
        return [(row + 1, column + 1)]
    if kind in _RUN_OF_CELLS and length >= 6:
        row, first = struct.unpack_from("<HH", stream, at)
        (last,) = struct.unpack_from("<H", stream, at + length - 2)
        return [(row + 1, column + 1) for column in range(first, min(last, _LAST_COLUMN) + 1)]
    return []


def _read_sheet(stream: bytes, start: int, notable: Container[int]) -> SheetRecords:
    found = SheetRecords()
    seen: set[tuple[int, int]] = set()
    for kind, at, length in _records(stream, start):
        for cell in _cells_of(stream, kind, at, length):
            if cell in seen:
                found.has_doubled_cell = True
            found.is_too_wide = found.is_too_wide or cell[1] > _LAST_COLUMN
            seen.add(cell)
        if notable:
            cells_with_style = styles_of_cells(stream, kind, at, length)
            found.styled += (cell for cell in cells_with_style if cell[0] in notable)
        if kind == _BOOL_OR_ERROR and length >= 8:
            row, column, _, _, is_error = struct.unpack_from("<HHHBB", stream, at)
            if is_error:
                found.errors.append((row + 1, column + 1))
        elif kind == _FORMULA and length >= 14:
            row, column, _, result = struct.unpack_from("<HHH8s", stream, at)
            if result[6:] == b"\xff\xff" and result[0] == 2:
                found.errors.append((row + 1, column + 1))
        elif kind == _ROW and length >= 16:
            (row,) = struct.unpack_from("<H", stream, at)
            if stream[at + 12] & 0x20:
                found.hidden_rows.append(row + 1)
        elif kind == _COLUMNS and length >= 10:
            first, last, _, _, flags = struct.unpack_from("<HHHHH", stream, at)
            if flags & 1 and last < 255:
                found.hidden_columns += range(first + 1, last + 2)
    return found
