"""Reads delimited text (CSV, tab-separated) in the encodings that occur."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from typing import Any

from dagster_project.intake.files.grid import Grid, Unclear
from dagster_project.intake.findings import RejectedFile, problem

#: Separators besides the comma, with the case of the warning about them.
_SEPARATORS = {
    "\t": "tab",
    ";": "semicolon",
    "，": "wide_comma",
    "；": "wide_semicolon",
    "|": "bar",
}
#: Separators that are no blanks: no cell begins or ends with one.
_EDGES = frozenset(",;，；|")
#: Under these separators a comma in a number may be a decimal mark, as programs of other countries write it.
_BESIDE_DECIMAL_COMMAS = ("\t", ";", "；", "|")
_ONE_COMMA = re.compile(r"\s*[+-]?[1-9]\d{0,2},\d{3}\s*\Z", re.ASCII)
#: A month whose zero may have been lost, when a program wrote the number 2024.10.
_LOST_ZERO = re.compile(r"\s*(?:19|20)\d\d\.1\s*\Z", re.ASCII)
#: The first line by which Excel is told the separator.
_STATED_SEPARATOR = re.compile(r"\"?sep=(.)\"?\r?\n", re.IGNORECASE)
#: Chinese characters in UTF-8 with nothing but ASCII around them. Text in GB18030 hardly ever looks so.
_UTF8_RUN = re.compile(rb"(?<![\x80-\xff])(?:[\xe2-\xef][\x80-\xbf]{2}){2,}(?![\x80-\xff])")
_LINE_END = re.compile(rb"\r\n|\r|\n")


#: A line within a cell that is a row of the table: a code and a separator.
_SWALLOWED = re.compile(r"[\r\n]+[\"'\s]*\d{6,}[\"'\s]*[,;\t，；|]")
#: Rows by which the separator is decided.
_SAMPLE_ROWS = 50


def wide_encoding(content: bytes) -> str:
    """UTF-16 without a byte order mark: its encoding, by the zero bytes of digits and separators; '' for other text."""
    sample = content[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    for encoding, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        # a few characters have a zero in their other half, too (一, 开)
        if zeros > len(sample) // 10 and zeros > 4 * others:
            return encoding
    return ""


def decode_text(content: bytes) -> str:
    """Text of a CSV file: UTF-8 with or without BOM, UTF-16, else GB18030.

    Raises:
        RejectedFile: none of these encodings fits; with the line of the first byte that doesn't, if the others do.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    elif wide := wide_encoding(content):
        encodings = [wide]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    fits = []
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            before = content[: error.start].decode(encoding, errors="ignore")
            fits.append((error.start, len(before.splitlines() or [""])))
            continue
        if "\ufffd" not in text:
            if encoding == "gb18030" and (line := _line_in_another_encoding(content)):
                raise RejectedFile("UNKNOWN_ENCODING", "mixed", line=line)
            return text
        fits.append(
            (len(text[: text.index("\ufffd")].encode()), text[: text.index("\ufffd")].count("\n") + 1)
        )
    if encodings[-1] == "gb18030" and (mixed := _line_in_another_encoding(content)):
        raise RejectedFile("UNKNOWN_ENCODING", "mixed", line=mixed)
    _, line = max(fits)
    if _decodes_but_for_a_byte(content, encodings[-1]):
        raise RejectedFile("UNKNOWN_ENCODING", "at_line", line=line)
    raise RejectedFile("UNKNOWN_ENCODING", "all")


def is_utf8(content: bytes) -> bool:
    """True if the bytes are UTF-8 throughout and hold Chinese words, which bytes of another encoding hardly ever do."""
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return len(_UTF8_RUN.findall(content)) > 1


def _line_in_another_encoding(content: bytes) -> int | None:
    """Line of text that is not in the encoding of most others; None if all are in one.

    GB18030 has a character for nearly any two bytes: a line in UTF-8 would become other words without an error.
    """
    if len(_UTF8_RUN.findall(content)) < 2:
        return None
    kinds: dict[bool, list[int]] = {True: [], False: []}
    for number, line in enumerate(_LINE_END.split(content), 1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            kinds[False].append(number)
        else:
            kinds[True].append(number)
    fewer = min(kinds.values(), key=len)
    return fewer[0] if kinds[True] and kinds[False] else None


def _decodes_but_for_a_byte(content: bytes, encoding: str) -> bool:
    """True if at most one character in a hundred doesn't fit the encoding."""
    text = content.decode(encoding, errors="replace")
    return 0 < text.count("\ufffd") <= max(3, len(text) // 100)


def read_text(content: bytes) -> Grid:
    """Rows of delimited text; the separator is the one that gives the first rows the most even width.

    Raises:
        RejectedFile: unknown encoding, or quotes that don't pair.
    """
    text = decode_text(content).removesuffix("\x1a")  # the mark by which DOS ended a text
    separator = _separator(text)
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=separator != "\t"
    )
    try:
        rows: list[list[Any]] = list(reader)
    except csv.Error as error:
        raise RejectedFile(
            "BAD_CSV", first_row=len(text[: _open_quote(text)].splitlines()) or 1, last_row=reader.line_num
        ) from error
    _refuse_swallowed_rows(rows)
    mark_unclear(rows, may_be_decimal=separator in _BESIDE_DECIMAL_COMMAS)
    grid = Grid("", rows, is_ragged=True)
    if separator != ",":
        grid.warnings.append(problem("CSV_SEPARATOR", _SEPARATORS[separator]))
    if not text.endswith(("\n", "\r")):
        grid.warnings.append(problem("UNENDED_TEXT", row=len(rows)))
    return grid


def mark_unclear(rows: list[list[Any]], *, may_be_decimal: bool) -> None:
    """Mark the cells of written-out text that may stand for two values.

    Args:
        rows: changed in place.
        may_be_decimal: a comma in a number may be a decimal mark here.
    """
    for row in rows:
        for j, cell in enumerate(row):
            if _LOST_ZERO.match(cell) or (may_be_decimal and _ONE_COMMA.match(cell)):
                row[j] = Unclear(cell)


def _refuse_swallowed_rows(rows: list[list[Any]]) -> None:
    """Refuse a table in which a quote that closes rows later swallowed them: a line in a cell begins with a code.

    Raises:
        RejectedFile: with the lines.
    """
    line = 1
    for row in rows:
        breaks = sum(cell.count("\n") for cell in row)
        if breaks and any(_SWALLOWED.search(cell) for cell in row):
            raise RejectedFile("BAD_CSV", first_row=line, last_row=line + breaks)
        line += breaks + 1


def _separator(text: str) -> str:
    """The separator of the heading row; of several the one by which most rows have the same number of cells.

    Rows below hold other separators, too: in addresses, lists and numbers. The heading row is the first one that is at
    least as wide as the rows below it. Where no row is, the most even width alone decides; else the comma.
    """
    stated = _STATED_SEPARATOR.match(text)
    if stated and stated[1] in (",", *_SEPARATORS):
        return stated[1]
    best, highest = ",", (-_SAMPLE_ROWS, 0.0, 0)
    for separator in (",", *_SEPARATORS):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
        try:
            rows_read = [row for row in itertools.islice(reader, _SAMPLE_ROWS) if row]
        except csv.Error:
            continue
        cells = [cell.strip() for row in rows_read for cell in row]
        if sum(cell[:1] in _EDGES or cell[-1:] in _EDGES for cell in cells if cell) * 2 > len(cells):
            continue  # another separator stands at the edges of the cells: 2150000001⇥,小学⇥,30⇥
        widths = [len(row) for row in rows_read]
        width, rows = Counter(widths).most_common(1)[0] if widths else (1, 0)
        evenness = (rows / len(widths), width) if width > 1 else (0.0, 0)
        likeness = (-_heading_row(widths), *evenness)
        if likeness > highest:
            best, highest = separator, likeness
    return best


def _heading_row(widths: list[int]) -> int:
    """Index of the first row that is split and at least as wide as the next one and most below; a large one if none is."""
    for i, width in enumerate(widths[:-1]):
        below = [1 < w <= width for w in widths[i + 1 :]]
        if width > 1 and below[0] and 2 * sum(below) > len(below):
            return i
    return _SAMPLE_ROWS


def _open_quote(text: str) -> int:
    """Offset behind the quote that is never closed, or the end of the text."""
    if text.count('"') % 2 == 0:
        return len(text)
    return text.rfind('"') + 1
