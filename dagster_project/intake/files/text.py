"""Reads delimited text (CSV, tab-separated) in the encodings that occur."""

from __future__ import annotations

import csv
import io
from typing import Any

from dagster_project.intake.files.grid import Grid, RejectedFile


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
    raise RejectedFile("UNKNOWN_ENCODING", "无法识别文字编码，请用 Excel 另存为“CSV UTF-8”或 .xlsx 再报。")


def read_text(content: bytes) -> Grid:
    text = decode_text(content)
    sample = "\n".join(text.splitlines()[:30])
    separator = max(",\t;，", key=sample.count)
    if sample.count(separator) == 0:
        separator = ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        rows: list[list[Any]] = list(reader)
    except csv.Error as error:
        raise RejectedFile(
            "BAD_CSV",
            f"第 {len(text[: _open_quote(text)].splitlines()) or 1} 行起引号不配对或格式有误（读到第 {reader.line_num} 行）；"
            "请用 Excel 打开核对后另存为 .xlsx 再报。",
        ) from error
    grid = Grid("", rows, is_ragged=True)
    if separator != ",":
        names = {"\t": "制表符", ";": "分号", "，": "全角逗号"}
        grid.warnings.append(
            ("CSV_SEPARATOR", f"分隔符是{names[separator]}，已按此读取；下次请用英文逗号或直接报 .xlsx。")
        )
    if not text.endswith(("\n", "\r")):
        grid.warnings.append(
            (
                "UNENDED_TEXT",
                f"最后一行（第 {len(rows)} 行）之后没有换行，文件可能没有复制完整；请核对这一行，不完整就重新导出再报。",
            )
        )
    return grid


def _open_quote(text: str) -> int:
    """Place behind the quote that is never closed, or the end of the text."""
    if text.count('"') % 2 == 0:
        return len(text)
    return text.rfind('"') + 1
