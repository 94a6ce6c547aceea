"""Printable workbooks: shared formats, tables on A4 landscape, text that never turns into formulas."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from dagster_project.core.text import safe_text, text_width

FONT = "宋体"
#: How much wider a bold number is, and what a cell keeps free beside it, in characters.
_BOLD, _MARGIN = 9 / 8, 1.5
#: Look of a link.
LINK = {"font_color": "#0563C1", "underline": 1}


def number_width(value: float, num_format: str) -> int:
    """How many characters a number takes as Excel shows it.

    Args:
        value: the number.
        num_format: such as `#,##0.00"人"` or `0.0%`; empty or `General` for as many digits as it has.
    """
    words = "".join(re.findall(r'"([^"]*)"', num_format))
    pattern = re.sub(r'"[^"]*"', "", num_format)
    if pattern in ("", "General"):
        return text_width(f"{value:.10g}{words}")
    decimals = len(pattern.partition(".")[2].rstrip("%"))
    shown = f"{value * 100 if '%' in pattern else value:,.{decimals}f}"
    return text_width(
        f"{shown if ',' in pattern else shown.replace(',', '')}{'%' if '%' in pattern else ''}{words}"
    )


class Book:
    """An XlsxWriter workbook with shared formats; text never turns into formulas, links or numbers.

    Args:
        path: file to write, or a buffer.
        title: of the document's properties.
        mark: text beside the title on each printed page, such as the mark of synthetic data.
    """

    def __init__(self, path: Path | BytesIO, title: str, mark: str = "") -> None:
        import xlsxwriter

        self.mark = mark

        options = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
            "in_memory": not isinstance(path, Path),
        }
        self.book = xlsxwriter.Workbook(str(path) if isinstance(path, Path) else path, options)
        self.book.set_properties({"title": title, "comments": "由均衡（Junheng）根据学校报表生成"})
        self._formats: dict[tuple[Any, ...], Any] = {}

    def format(self, **options: Any) -> Any:
        key = tuple(sorted(options.items()))
        if key not in self._formats:
            base = {"font_name": FONT, "font_size": 10, "valign": "vcenter"}
            self._formats[key] = self.book.add_format({**base, **options})
        return self._formats[key]

    def sheet(
        self,
        name: str,
        title: str,
        heads: Sequence[str],
        widths: Sequence[float],
        *,
        subtitle: str = "",
        groups: Sequence[tuple[int, int, str]] = (),
        freeze_columns: int = 0,
        break_columns: Sequence[int] = (),
    ) -> Sheet:
        return Sheet(self, name, title, heads, widths, subtitle, groups, freeze_columns, break_columns)

    def close(self) -> None:
        self.book.close()

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Sheet:
    """One printable table: title, heads (with groups above), rows; A4 landscape, one page wide."""

    def __init__(
        self,
        book: Book,
        name: str,
        title: str,
        heads: Sequence[str],
        widths: Sequence[float],
        subtitle: str,
        groups: Sequence[tuple[int, int, str]],
        freeze_columns: int,
        break_columns: Sequence[int],
    ) -> None:
        self.book = book
        self.sheet = sheet = book.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        if break_columns:
            sheet.set_print_scale(68)
            sheet.set_v_pagebreaks(break_columns)
            sheet.repeat_columns(0, freeze_columns - 1)
        else:
            sheet.fit_to_pages(1, 0)
        # a size code swallows digits that follow it: a space keeps them apart
        sheet.set_footer(f"&L&9 {title}　{book.mark}&C&9 第 &P 页，共 &N 页&R&9 &A")
        sheet.hide_gridlines(2)
        for j, width in enumerate(widths):
            sheet.set_column(j, j, width)
        # a table that is printed on several pages side by side has its title on the first of them
        last = min([len(heads), *break_columns]) - 1
        title_format = book.format(bold=True, font_size=15, align="center")
        if last:
            sheet.merge_range(0, 0, 0, last, safe_text(title), title_format)
        else:
            sheet.write_string(0, 0, safe_text(title), title_format)
        sheet.set_row(0, 28)
        row = 1
        if subtitle:
            note = book.format(font_size=9, font_color="#444444", text_wrap=True, align="left")
            if last:
                sheet.merge_range(1, 0, 1, last, safe_text(subtitle), note)
            else:
                sheet.write_string(1, 0, safe_text(subtitle), note)
            lines = math.ceil(text_width(subtitle) / max(sum(widths), 1))
            sheet.set_row(1, 13 * max(lines, 1) + 4)
            row = 2
        self.widths, self.row = list(widths), row
        self._heads(heads, groups)
        sheet.freeze_panes(self.row, freeze_columns)
        sheet.repeat_rows(0 if not groups else self.row - 2, self.row - 1)

    def begin_table(self, caption: str, heads: Sequence[str]) -> None:
        """Begin another table below, with a caption and heads of its own."""
        self.sheet.write_string(self.row + 1, 0, safe_text(caption), self.book.format(bold=True))
        self.row += 2
        self._heads(heads)

    def _heads(self, heads: Sequence[str], groups: Sequence[tuple[int, int, str]] = ()) -> None:
        """Write a row of heads, below a row of groups if there are any."""
        sheet, row, self.width = self.sheet, self.row, len(heads)
        head = self.book.format(bold=True, border=1, bg_color="#E8EDF3", align="center", text_wrap=True)
        if groups:
            grouped = {j for start, end, _ in groups for j in range(start, end + 1)}
            for start, end, text in groups:
                sheet.merge_range(row, start, row, end, safe_text(text), head)
            for j, text in enumerate(heads):
                if j not in grouped:
                    sheet.merge_range(row, j, row + 1, j, safe_text(text), head)
            sheet.set_row(row, 32)
            row += 1
        else:
            grouped = set(range(len(heads)))
        for j in grouped:
            sheet.write_string(row, j, safe_text(heads[j]), head)
        widths = self.widths[: len(heads)]
        lines = max(math.ceil(text_width(t) / max(w, 1)) for t, w in zip(heads, widths, strict=True))
        sheet.set_row(row, 14 * min(max(lines, 1), 4) + 4)
        self.row = row + 1

    def add(self, cells: Sequence[Any], **shared: Any) -> None:
        """Add a row; a cell is a value, or (value, options of its format); the option `url` makes a text a link."""
        height = 1
        for j, cell in enumerate(cells):
            value, options = cell if isinstance(cell, tuple) else (cell, {})
            merged = {"border": 1, **shared, **options}
            url = merged.pop("url", "")
            if value is None or (isinstance(value, float) and math.isnan(value)):
                self.sheet.write_blank(self.row, j, None, self.book.format(**{"align": "center", **merged}))
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                self.sheet.write_number(self.row, j, value, self.book.format(**{"align": "right", **merged}))
                self._make_room(j, value, merged)
            else:
                text = safe_text(value)
                look = self.book.format(**{"align": "left", "text_wrap": True, **merged})
                if url:
                    self.sheet.write_url(self.row, j, url, look, text)
                else:
                    self.sheet.write_string(self.row, j, text, look)
                height = max(height, math.ceil(text_width(text) / (self.widths[j] * 1.12)))
        self.sheet.set_row(self.row, 13.5 * min(height, 12) + 3)
        self.row += 1

    def _make_room(self, column: int, value: float, options: Mapping[str, Any]) -> None:
        """Widen a column in which a number would be shown as ###: it isn't broken into lines as a text is."""
        needed = (
            number_width(value, options.get("num_format", "")) * (_BOLD if options.get("bold") else 1)
            + _MARGIN
        )
        if needed > self.widths[column]:
            self.widths[column] = needed
            self.sheet.set_column(column, column, needed)

    def empty(self, text: str) -> None:
        """Print a sentence instead of an empty table."""
        if self.width > 1:
            self.sheet.merge_range(
                self.row,
                0,
                self.row,
                self.width - 1,
                safe_text(text),
                self.book.format(border=1, align="center"),
            )
        else:
            self.sheet.write_string(self.row, 0, safe_text(text), self.book.format(border=1))
        self.row += 1
