"""Sheets of the national statistics forms: title, code, merged headings, figures as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from dagster_project.forms.entry_forms import CREATED
from dagster_project.intake.parse.own_sheets import SYNTHETIC_ZH
from dagster_project.sample.district import Row
from dagster_project.sample.statistics_basics import cards_of_basics, items_of_basics

HeadingPath = tuple[str, ...]
Figures = Sequence[Any]


@dataclass(frozen=True)
class Form:
    """A sheet of labels, headings and figures.

    Attributes:
        code, title: as printed.
        heads: heading path of each column of figures.
        rows: label and figures; None is no figure, a text stands as it is.
        units: unit of each row, if the form has a column of units.
    """

    code: str
    title: str
    heads: tuple[HeadingPath, ...]
    rows: tuple[tuple[str, Figures], ...]
    units: tuple[str, ...] = ()


def write_book(path: Path, school_year: int, register: Row, forms: Sequence[Form]) -> None:
    """Write cover, list of forms, the form on what the school is, and the other forms."""
    is_old = school_year <= 2020
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False}) as book:
        book.set_properties({"title": f"教育事业统计 {SYNTHETIC_ZH}", "created": CREATED})
        _write_cover(book.add_worksheet("封面"), register, school_year)
        _write_contents(book.add_worksheet("目录"), forms)
        if is_old:
            sheet = book.add_worksheet("基础基111")
            for (row, column), text in cards_of_basics(register, school_year).items():
                sheet.write_string(row, column, text)
        else:
            sheet = book.add_worksheet("教基1001")
            sheet.write_string(0, 0, "学校（机构）基本情况")
            sheet.write_string(1, 0, "教基1001")
            for i, (label, text) in enumerate(items_of_basics(register)):
                sheet.write_row(2 + i, 0, (label, f"{i + 1:02d}", text))
        for form in forms:
            _write_form(book, form, is_old=is_old)


def _text(figure: Any, mark: str) -> str:
    """A figure as the forms print it: text, a blank for zero, a mark where there is none."""
    if figure is None:
        return mark
    if isinstance(figure, str):
        return figure
    number = Decimal(str(figure))
    return "" if number == 0 else f"{number.normalize():f}"


def _write_form(book: Any, form: Form, *, is_old: bool) -> None:
    """Title, code, merged headings, the row 甲 乙 1 2 3, figures; old forms in a frame of letters and numbers."""
    sheet, at = book.add_worksheet(form.code), int(is_old)
    sheet.write_string(at, at, form.title)
    sheet.write_string(1 + at, at, form.code + " " * 70 * at)
    labels = ["项目", "编号"] if is_old else ["指标名称", "代码", *["计量单位"] * bool(form.units)]
    top, left, depth = 2 + at, at + len(labels), max(map(len, form.heads))
    for j, text in enumerate(labels, at):
        _write_span(sheet, top, j, top + depth - 1, j, text)
    _write_heads(sheet, form.heads, top, left, depth)
    axis = ["甲", "乙", "丙"][: len(labels)] + [str(j + 1) for j in range(len(form.heads))]
    for j, text in enumerate(axis, at):
        sheet.write_string(top + depth, j, text)
    mark = "*" if is_old else "-"
    for i, (label, figures) in enumerate(form.rows):
        row = top + depth + 1 + i
        texts = [label, f"{i + 1:02d}", *form.units[i : i + 1], *(_text(n, mark) for n in figures)]
        for j, text in enumerate(texts, at):
            if text:
                sheet.write_string(row, j, text)
    if is_old:
        for j in range(left + len(form.heads)):
            sheet.write_string(0, j, xl_col_to_name(j))
        for i in range(1, top + depth + 1 + len(form.rows)):
            sheet.write_string(i, 0, str(i))


def _write_heads(sheet: Any, heads: Sequence[HeadingPath], top: int, left: int, depth: int) -> None:
    """Heading paths as merged cells: what neighbours share is one cell, a short path reaches down to the last row."""
    for level in range(depth):
        j = 0
        while j < len(heads):
            path, last = heads[j], j
            if len(path) <= level:
                j += 1
                continue
            while (
                len(path) > level + 1
                and last + 1 < len(heads)
                and heads[last + 1][: level + 1] == path[: level + 1]
            ):
                last += 1
            bottom = top + depth - 1 if len(path) == level + 1 else top + level
            _write_span(sheet, top + level, left + j, bottom, left + last, path[level])
            j = last + 1


def _write_span(sheet: Any, top: int, left: int, bottom: int, right: int, text: str) -> None:
    if (top, left) == (bottom, right):
        sheet.write_string(top, left, text)
    else:
        sheet.merge_range(top, left, bottom, right, text)


def _write_cover(sheet: Any, register: Row, school_year: int) -> None:
    title = "基 础 教 育 基 层 统 计 调 查 表" if school_year <= 2020 else "教 育 事 业 统 计 基 层 报 表"
    texts = (title, f"（{school_year}/{school_year + 1}学年初）", register["school_name"], SYNTHETIC_ZH)
    for i, text in enumerate(texts, 2):
        sheet.write_string(i, 2, text)


def _write_contents(sheet: Any, forms: Sequence[Form]) -> None:
    sheet.write_string(3, 2, "目录")
    for i, form in enumerate(forms, 4):
        sheet.write_row(i, 3, (form.code, form.title))
