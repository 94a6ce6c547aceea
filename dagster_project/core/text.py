"""Text for spreadsheets: nothing that a program would run as a formula, and CSV files that Excel opens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


#: What begins a formula in a spreadsheet, also written full-width.
_FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
#: A negative number alone starts none: it is what it says.
_NEGATIVE_NUMBER = re.compile(r"-[\d,]+(?:\.\d+)?%?\Z", re.ASCII)


def safe_text(value: object) -> str:
    """Text that no spreadsheet takes for a formula; missing is empty."""
    if value is None or value != value:
        return ""
    text = str(value)
    return f"'{text}" if text[:1] in _FORMULA_STARTS and not _NEGATIVE_NUMBER.match(text) else text


def place_zh(*parts: str) -> str:
    """A place such as `2024/东镇.xlsx › 教师配备 › D17`; empty parts are left out."""
    return " › ".join(part for part in parts if part)


def text_width(text: object) -> int:
    """Width in half-width characters, in a cell of a workbook."""
    return sum(2 if ord(c) > 0x2E80 or c in "“”…—·" else 1 for c in str(text))


def rendered(template: str, values: Mapping[str, Any]) -> str:
    """A text of the catalogue with its `{{ … }}` filled.

    Raises:
        jinja2.UndefinedError: a placeholder has no value.
    """
    if "{" not in template:
        return template
    import jinja2

    return jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(template).render(values)


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table for a spreadsheet: UTF-8 with BOM, numbers as numbers, text that starts no formula."""
    safe = frame.map(lambda value: safe_text(value) if isinstance(value, str) else value)
    # with "\n" alone as line end a lone carriage return in a text would stay unquoted, and begin a line of its own
    safe.rename(columns=safe_text).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")
