"""Text of a cell as the problem list shows it."""

from __future__ import annotations

import re

from dagster_project.core.privacy import mask_personal_numbers
from dagster_project.intake.feeds import NO_HEAD_COUNT, Column, Feed
from dagster_project.intake.files.grid import (
    ERROR_CELL,
    EXTERNAL_REFERENCE,
    FORMULA_WITHOUT_VALUE,
    MERGED_CELL,
    OVERWRITTEN_CELL,
    STRUCK_CELL,
)
from dagster_project.intake.parse.cells import clean_text

_LONGEST = 80
_MARKS_ZH = {
    FORMULA_WITHOUT_VALUE: "公式",
    ERROR_CELL: "错误值",
    MERGED_CELL: "合并单元格",
    OVERWRITTEN_CELL: "带删除线或角标的数字",
    STRUCK_CELL: "划掉的内容",
    EXTERNAL_REFERENCE: "引用其他文件的公式",
}
_WHOLE = re.compile(r"-?\d+")


def shown_cell(value: object) -> str:
    """Text of a cell: personal numbers masked, marks named, cut after 80 characters."""
    text = clean_text(value)
    if text.startswith("\ue000"):
        return _MARKS_ZH[text]
    return mask_personal_numbers(text)[:_LONGEST]


def shown_in_column(feed: Feed, column: Column, value: object) -> str:
    """Text of a cell; empty for pay, and for numbers that may be pay entered in the wrong column."""
    text = shown_cell(value)
    least = feed.least_pay(column)
    is_mark = text in (_MARKS_ZH[FORMULA_WITHOUT_VALUE], _MARKS_ZH[ERROR_CELL])
    cannot_be_pay = is_mark or (_WHOLE.fullmatch(text) is not None and abs(int(text)) < NO_HEAD_COUNT)
    return text if least is None or (least and cannot_be_pay) else ""
