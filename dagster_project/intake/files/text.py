"""Reads delimited text (CSV, tab-separated) in the encodings that occur."""

from __future__ import annotations

import csv
import io
from typing import Any

from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import RejectedFile, problem

#: Separators besides the comma, with the case of the warning about them.
_SEPARATORS = {"\t": "tab", ";": "semicolon", "，": "wide_comma"}


def decode_text(content: bytes) -> str:
    """Text of a CSV file: UTF-8 with or without BOM, UTF-16 with BOM, else GB18030.

    Raises:
        RejectedFile: none of these encodings fits.
    """
    has_wide_mark = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    encodings = ["utf-16"] if has_wide_mark else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\ufffd" not in text:
            return text
    raise RejectedFile("UNKNOWN_ENCODING")


def read_text(content: bytes) -> Grid:
    """Rows of delimited text; the separator is the candidate that occurs most often in the first 30 lines.

    Raises:
        RejectedFile: unknown encoding, or quotes that don't pair.
    """
    text = decode_text(content)
    sample = "\n".join(text.splitlines()[:30])
    separator = max((",", *_SEPARATORS), key=sample.count)
    if sample.count(separator) == 0:
        separator = ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        rows: list[list[Any]] = list(reader)
    except csv.Error as error:
        raise RejectedFile(
            "BAD_CSV", first_row=len(text[: _open_quote(text)].splitlines()) or 1, last_row=reader.line_num
        ) from error
    grid = Grid("", rows, is_ragged=True)
    if separator != ",":
        grid.warnings.append(problem("CSV_SEPARATOR", _SEPARATORS[separator]))
    if not text.endswith(("\n", "\r")):
        grid.warnings.append(problem("UNENDED_TEXT", row=len(rows)))
    return grid


def _open_quote(text: str) -> int:
    """Offset behind the quote that is never closed, or the end of the text."""
    if text.count('"') % 2 == 0:
        return len(text)
    return text.rfind('"') + 1
