"""Cells of workbooks: a value, or (value, options of its format), as `Sheet.add` takes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from dagster_project.core.numbers import NONE_ZH, filled
from dagster_project.publish import labels, periods
from dagster_project.publish.catalogue import Column, decimals_of

FAILED = {"bg_color": "#F8D7DA"}
LACKING = {"bg_color": "#FFF3CD"}
CENTRE = {"align": "center"}
_FAILED_WORDS = frozenset(("not_met", "not_compliant"))
_LACKING_WORDS = frozenset(("not_available", "undetermined"))
#: Fill of a cell by the code it holds: lights, and classes above the size from which they are large.
_FILLS: Mapping[tuple[str, Any], Mapping[str, Any]] = {
    ("light", "red"): {**FAILED, "bold": True},
    ("light", "yellow"): LACKING,
    ("size_band", "large"): FAILED,
    ("size_band", "super_large"): FAILED,
}
HIDDEN_ZH = "不公布"


def verdict(status: str | None, column: str = "status") -> Any:
    """Word of a status in a column, with a sign and a fill where a standard was missed or data are lacking."""
    if status is None:
        return (NONE_ZH, CENTRE)
    text = labels.verdict_zh(status, column)
    if status in _FAILED_WORDS:
        return (f"{labels.SIGN_FAILED}{text}", {**FAILED, **CENTRE, "bold": True})
    if status in _LACKING_WORDS:
        return (f"{labels.SIGN_MISSING}{text}", {**LACKING, **CENTRE})
    return (text, CENTRE)


def number(
    value: float | None, decimals: int = 0, *, suffix: str = "", sign: str = "", **options: Any
) -> Any:
    """A number with thousands commas; the cell keeps its full precision. A dash where there is none."""
    if value is None or value != value:
        return (NONE_ZH, {**CENTRE, **options})
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return (float(value), {"num_format": _quoted(sign) + pattern + _quoted(suffix), **options})


def percent(value: float | None, decimals: int = 1) -> Any:
    """A share from 0 to 1 as per cent."""
    if value is None or value != value:
        return (NONE_ZH, CENTRE)
    return (float(value), {"num_format": "0" + ("." + "0" * decimals if decimals else "") + "%"})


def cell(row: Mapping[str, Any], column: Column, words: Mapping[Any, str] | None) -> Any:
    """The cell of a row in a column of the catalogue.

    Args:
        row: row of the mart.
        column: entry of the catalogue.
        words: code → Chinese text, where the column has a dictionary.
    """
    none_zh = NONE_ZH if column.none_zh is None else column.none_zh
    value = row[column.name]
    if column.template:
        is_missing = value is None or value != value or value == ""
        return (none_zh if is_missing else filled(column.template, row), CENTRE)
    if column.kind == "verdict":
        return verdict(value, column.name)
    if words is not None:
        text = words.get(value, value)
        text = none_zh if text is None or text == "" else text
        fill = _FILLS.get((column.name, value), {})
        sign = labels.SIGN_FAILED if column.name == "size_band" and value != "within_standard" else ""
        return (f"{sign}{text}", {**CENTRE, **fill} if column.words not in _NAMES else {})
    if value is None or value != value or value == "":
        hidden = (
            column.verdict
            and row[column.verdict] == "suppressed"
            and (not column.people or row[column.people])
        )
        unclear = LACKING if none_zh == labels.UNCLEAR_ZH else {}
        return (HIDDEN_ZH, {**CENTRE, "italic": True}) if hidden else (none_zh, {**CENTRE, **unclear})
    if column.scaled_by is not None:
        scale, decimals, unit = (row[name] for name in column.scaled_by)
        return number(float(value) * float(scale or 1), int(decimals or 0), suffix=unit or "")
    return _by_kind(row, value, column, failed=bool(column.verdict) and row[column.verdict] in _FAILED_WORDS)


#: Dictionaries of names, which are read from the left.
_NAMES = frozenset(("schools", "indicators", "items", "rules", "feed", "standards", "condition", "measure"))


def _by_kind(row: Mapping[str, Any], value: Any, column: Column, *, failed: bool) -> Any:
    if column.kind == "percent":
        return percent(value)
    if column.kind in ("whole", "yuan", "number"):
        decimals = decimals_of(column, row)
        mark = {"sign": labels.SIGN_FAILED, **FAILED} if failed else {}
        return number(value, decimals, **mark)
    if column.kind == "plain":
        return (float(value), {"num_format": "General"})
    if column.kind == "yes":
        return ("是" if value else "否", CENTRE)
    if isinstance(value, dt.date) and column.day_status:
        return (periods.day_of_figure_zh(value, row[column.day_status]), CENTRE)
    if isinstance(value, dt.datetime | dt.date):
        return (value.strftime("%Y-%m-%d"), CENTRE)
    return (str(value), CENTRE) if column.kind == "year" else value


def _quoted(text: str) -> str:
    """Text inside a number format."""
    return f'"{text}"' if text else ""
