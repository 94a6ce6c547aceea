"""Styles of an old workbook (.xls): which strike a cell out, and which show its number as another one ([MS-XLS])."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dagster_project.intake.files.cell_styles import BUILT_IN_FORMATS, CellStyles, NumberFormat, number_format

_BOF, _FONT, _FORMAT, _STYLE, _RUN_OF_NUMBERS = 0x0809, 0x0031, 0x041E, 0x00E0, 0x00BD
_BIFF8 = 0x0600
_STRUCK = 0x0008
#: No font has this number: those behind it are counted one too high.
_NO_FONT = 4
#: Records that hold one cell with a value: number, label, formula, shared label, short number.
_ONE_CELL = frozenset((0x0203, 0x0204, 0x0006, 0x00FD, 0x027E))


def old_styles(records: list[tuple[int, int, int]], stream: bytes) -> CellStyles:
    """The styles of a workbook that matter, by their number.

    Args:
        records: kind, offset and length of the records of the workbook's own part.
        stream: the bytes they are in.
    """
    struck_fonts: list[bool] = []
    shown: dict[int, NumberFormat] = {}
    for number, code in BUILT_IN_FORMATS.items():
        if found := number_format(code):
            shown[int(number)] = found
    styles: list[tuple[int, int]] = []
    is_biff8 = True
    for kind, at, length in records:
        if kind == _BOF and length >= 2:
            is_biff8 = struct.unpack_from("<H", stream, at)[0] == _BIFF8
        elif kind == _FONT and length >= 4:
            struck_fonts.append(bool(struct.unpack_from("<H", stream, at + 2)[0] & _STRUCK))
        elif kind == _FORMAT and length >= 4:
            number = struct.unpack_from("<H", stream, at)[0]
            shown.pop(number, None)
            if found := number_format(_text(stream[at + 2 : at + length], is_biff8=is_biff8)):
                shown[number] = found
        elif kind == _STYLE and length >= 4:
            styles.append(struct.unpack_from("<HH", stream, at))
    fonts = [font - (font > _NO_FONT) for font, _ in styles]
    return CellStyles(
        frozenset(i for i, font in enumerate(fonts) if font < len(struck_fonts) and struck_fonts[font]),
        {i: shown[number] for i, (_, number) in enumerate(styles) if number in shown},
    )


def _text(content: bytes, *, is_biff8: bool) -> str:
    """Text of a format; of an older workbook in the encoding of Chinese Windows."""
    if not is_biff8:
        return content[1 : 1 + content[0]].decode("gb18030", errors="replace")
    length, flags = struct.unpack_from("<HB", content)
    if flags & 1:
        return content[3 : 3 + 2 * length].decode("utf-16-le", errors="replace")
    return content[3 : 3 + length].decode("latin-1")


def styles_of_cells(stream: bytes, kind: int, at: int, length: int) -> Iterator[tuple[int, int, int]]:
    """Style, row and column, from 1, of the filled cells that one record holds."""
    if kind in _ONE_CELL and length >= 6:
        row, column, style = struct.unpack_from("<HHH", stream, at)
        yield style, row + 1, column + 1
    elif kind == _RUN_OF_NUMBERS and length >= 6:
        row, first = struct.unpack_from("<HH", stream, at)
        for k in range((length - 6) // 6):
            (style,) = struct.unpack_from("<H", stream, at + 4 + 6 * k)
            yield style, row + 1, first + k + 1
