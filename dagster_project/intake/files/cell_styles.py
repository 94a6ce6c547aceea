"""What the style of a cell says of its content: struck out, or shown as another number than is stored.

`0.0"万"` shows 12.3 as 12.3万, `#,##0,` shows 755000 as 755, `0!.0` shows 755 as 75.5: people read what is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from dagster_project.intake.files.archive import root_of
from dagster_project.intake.files.grid import Displayed, Grid, column_number

#: What the styles of a workbook hold if any of them matters here.
_NOTABLE = re.compile(
    rb"<(?:[^<>\s:/]+:)?strike\b|formatCode=\"[^\"]*(?:,(?![#0?])|!|\\\.|%|&quot;\.&quot;|[^\x00-\x7f])"
    rb"|numFmtId=\"(?:9|10)\""
)
#: Formats that a workbook needn't write down, by their number.
BUILT_IN_FORMATS = {"9": "0%", "10": "0.00%"}
_LITERAL = re.compile(r'"([^"]*)"|[\\!](.)|[_*].|\[[^\]]*\]')
_TIMES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
#: Numbers from here on are codes.
_LARGEST_FIGURE = 1e9


@dataclass(frozen=True)
class NumberFormat:
    """How a format shows a number.

    Attributes:
        code: the format.
        times: factor from the stored number to what the shown one means; 10000 for 0.0"万", 1/10 for 0!.0.
        unit: the unit behind it; with `万` alone the base of the column's own unit.
        least: the smallest number that isn't shown as zero.
    """

    code: str
    times: Fraction
    unit: str
    least: Fraction = Fraction(0)


@dataclass(frozen=True)
class CellStyles:
    """Styles of a workbook that change what a cell says.

    A style is named by its number in an Excel workbook, by its name in an OpenDocument one.

    Attributes:
        struck: styles that strike the text out.
        formats: styles whose format shows a number as another one.
    """

    struck: frozenset[Any]
    formats: dict[Any, NumberFormat]

    @property
    def notable(self) -> set[Any]:
        """Numbers or names of all styles that strike cells out or show numbers as others."""
        return {*self.struck, *self.formats}


def read_styles(xml: bytes) -> CellStyles:
    """The styles of a workbook that strike cells out or show numbers as others.

    Args:
        xml: its part of styles, well-formed.
    """
    if not _NOTABLE.search(xml):
        return CellStyles(frozenset(), {})
    root = root_of(xml)
    codes = dict(BUILT_IN_FORMATS)
    codes |= {
        f.get("numFmtId", ""): f.get("formatCode", "") for f in root.iter() if _local(f.tag) == "numFmt"
    }
    fonts = next((part for part in root if _local(part.tag) == "fonts"), ())
    struck_fonts = {
        str(i)
        for i, font in enumerate(fonts)
        if any(_local(p.tag) == "strike" and p.get("val", "1") not in ("0", "false") for p in font)
    }
    shown = {number: found for number, code in codes.items() if (found := number_format(code)) is not None}
    styles = list(next((part for part in root if _local(part.tag) == "cellXfs"), ()))
    return CellStyles(
        frozenset(i for i, style in enumerate(styles) if style.get("fontId") in struck_fonts),
        {i: shown[n] for i, style in enumerate(styles) if (n := style.get("numFmtId", "")) in shown},
    )


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def number_format(code: str) -> NumberFormat | None:
    """How a format shows positive numbers; None for one that shows them as they are, and for dates and texts."""
    plain = re.sub("General|G/通用格式", "0", code, flags=re.IGNORECASE)
    section = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*\Z)', plain)[0]
    literals = "".join((m[1] or m[2] or "") for m in _LITERAL.finditer(section))
    bare = _LITERAL.sub(lambda m: "." if (m[1] or m[2]) == "." else "'", section)
    digits = bare.replace("'.'", ".")
    if not re.search("[0#?]", digits) or re.search("[ymdhs@年月日]", digits, re.IGNORECASE):
        return None
    unit = re.sub(r"[\s\d.¥￥$约()（）/-]", "", literals + re.sub(r"[\x00-\x7f]", "", digits)).replace(
        ".", ""
    )
    times = Fraction(1)
    if "%" in digits or "%" in literals:
        times *= 100
    at_end = re.search(r"[0#?](,+)(?![0#?,])", digits)
    if at_end:
        times /= 1000 ** len(at_end[1])
    if any((m[1] or m[2]) == "." for m in _LITERAL.finditer(section)):
        times /= 10 ** len(re.findall("[0#?]", re.split(r"\.", digits)[-1]))
    decimals = len(re.findall("[0#?]", re.split(r"\.", digits)[-1])) if "." in digits else 0
    least = Fraction(1, 2) / 10**decimals / times
    while unit and unit[0] in _TIMES and unit not in ("千克", "百分"):
        times *= _TIMES[unit[0]]
        unit = unit[1:]
        if not unit:
            unit = "base"
    return NumberFormat(code, times, unit, least) if times != 1 or unit else None


def apply_styles(grid: Grid, xml: bytes, styles: CellStyles) -> None:
    """Put what styles say of the cells of an .xlsx sheet into its grid.

    Args:
        grid: the cells; changed in place.
        xml: the sheet.
        styles: the styles of its workbook.
    """
    put_styles(grid, _styled_cells(xml, styles.notable), styles)


def put_styles(grid: Grid, cells: Iterable[tuple[Any, int, int]], styles: CellStyles) -> None:
    """Note struck-out cells of a sheet in its grid, and put `Displayed` where a format shows another number.

    Args:
        grid: the cells; changed in place.
        cells: style, row and column, from 1, of the cells whose style may matter.
        styles: the styles that do.
    """
    for style, row, column in cells:
        i, j = row - grid.first_row, column - grid.first_column
        if not (0 <= i < len(grid.rows) and 0 <= j < len(grid.rows[i])):
            continue
        cell = grid.rows[i][j]
        if style in styles.struck and cell not in ("", None):
            grid.struck.add((row, column))
        shown = styles.formats.get(style)
        # 33 in a format of millions is shown as 0: then what is stored is meant
        if shown is not None and type(cell) in (int, float) and shown.least <= abs(cell) < _LARGEST_FIGURE:
            grid.rows[i][j] = Displayed.of(cell, shown.code, shown.times, shown.unit)


def _styled_cells(xml: bytes, wanted: set[int]) -> Iterator[tuple[int, int, int]]:
    """Style, row and column of the cells with some of the styles."""
    if not wanted:
        return
    numbers = b"|".join(str(n).encode() for n in sorted(wanted))
    for tag in re.finditer(rb'<(?:[^<>\s:/]+:)?c\s[^>]*?\bs="(?:' + numbers + rb')"[^>]*>', xml):
        style = re.search(rb'\bs="(\d+)"', tag[0])
        address = re.search(rb'\br="([A-Z]{1,3})([0-9]{1,7})"', tag[0])
        if style and address:
            yield int(style[1]), int(address[2]), column_number(address[1].decode())
