"""Entry workbooks: blank ones for the schools, and the sheet writer of prefilled ones and of the sample district."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_range, xl_range_abs

from dagster_project.intake.feeds import Column, Feed, load_feeds

NOTES_SHEET = "填报说明"
COMBINED_NAME = "全部表"
LEDGERS_NAME = "整改与月报全部表"
#: Fixed, so that the same content gives the same bytes.
CREATED = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)

_FONT = "微软雅黑"
_ENTRY_ROWS = 30
_LAST_ROW = 5000
#: What people may do on a protected sheet besides filling in the open cells.
_ALLOWED = {"format_cells": True, "format_columns": True, "format_rows": True, "insert_rows": True}
#: Most characters that Excel allows in the list of a drop-down.
_LONGEST_LIST = 255
_LIST_ROW, _FIRST_LIST_COLUMN = 0, 7
_TYPE_ZH = {
    "code": "10 位数字（文本）",
    "district": "6 位数字（文本）",
    "text": "文字",
    "choice": "从下拉列表选择",
    "count": "整数，不小于 0",
    "area": "数字，不小于 0",
    "money": "数字，不小于 0",
    "decimal": "数字",
    "year": "4 位年份",
    "date": "日期，如 2024-03-31",
    "month": "月份，如 2024-03",
}
_HINTS = {
    "code": "10位文本",
    "district": "6位文本",
    "text": "文字",
    "choice": "下拉选择",
    "year": "4位年份",
    "date": "如2024-03-31",
    "month": "如2024-03",
    "count": "整数",
    "area": "数字",
    "money": "数字",
    "decimal": "数字",
}
_NUMBER_FORMATS = {
    "code": "@",
    "district": "@",
    "text": "@",
    "choice": "@",
    "count": "0",
    "year": "0",
    "date": "@",
    "month": "@",
    "area": "#,##0.00",
    "money": "#,##0.00",
    "decimal": "0.000000",
}
_WIDTHS = {
    "code": 14,
    "district": 10,
    "text": 14,
    "choice": 11,
    "count": 10,
    "year": 9,
    "date": 13,
    "month": 11,
    "area": 13,
    "money": 15,
}
_RULES_ZH = (
    "一表一页：每张工作表对应一类数据，请勿改动表头文字；列的先后可以调整，选填列可以删除。",
    "橙色表头为必填列，灰蓝色表头为选填列；把鼠标移到表头上可看到该列的口径和单位。",
    "空白表示“没有数据”，不等于零；确实为零请填 0。请勿填“无”“-”“/”“约 30”“1.2 万”这类文字。",
    "确实没有可报的，请填学校标识码和填报月份（有这一列时），另一格写“零报告”，即算已报；没有月份一列的（如隐患台账）写明月份，如“2025年11月零报告”。",
    "只填数字，不带单位；单位见下表。学校标识码为 10 位，按文本填写。",
    "“填报年度”填学年开始的公历年份，并与存放文件夹的年份一致，否则整张表会被退回。",
    "合计、小计行可以保留，系统会自动跳过；请勿粘贴身份证号、电话号码等个人信息。",
    "填错或漏填后补报：只报需要更正的学校即可，但班级学生数须报齐该校该学段的全部班级。",
)


@dataclass(frozen=True)
class Presentation:
    """How a sheet looks; the default is the blank template's own look.

    Attributes:
        title: text of the banner; the feed's name if empty.
        banner: further lines between title and heading row, one cell each.
        columns: names of the columns in the order written; the feed's own if empty.
        headings: column name → heading written in place of the feed's.
        text_numbers: write areas and money as text with thousands commas.
        total_label: label of a total row below the data; none if empty.
        groups: upper headings over several columns each, as (label, column names); makes a head of two rows.
        merged_title: merge the title over all columns, as many offices do.
        helps: line of units, comments, drop-downs and checks at entry.
        locked: names of columns in grey that can't be changed; if there are any, the sheet is protected without a
            password and all other cells stay open.
        entry_rows: empty lines below the rows given.
    """

    title: str = ""
    banner: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    headings: Mapping[str, str] = field(default_factory=dict)
    text_numbers: bool = False
    total_label: str = ""
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    merged_title: bool = False
    helps: bool = True
    locked: frozenset[str] = frozenset()
    entry_rows: int = 0


class EntryBook:
    """A workbook being written, with its formats; a context manager that closes it."""

    def __init__(self, path: Path, *, title: str, comments: str = "") -> None:
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book = xlsxwriter.Workbook(str(path), options)
        self.book.set_properties(
            {"title": title, "subject": "教育督导数据填报", "comments": comments, "created": CREATED}
        )
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        #: Word lists too long for the list of a drop-down; they are written beside the notes.
        self.long_lists: dict[tuple[str, ...], str] = {}

    def drop_down(self, column: Column) -> list[str] | str:
        """Source of a drop-down: the words, or the range of the notes sheet that holds them."""
        words = tuple(column.choices)
        if len(",".join(words)) <= _LONGEST_LIST:
            return list(words)
        if words not in self.long_lists:
            place = _FIRST_LIST_COLUMN + len(self.long_lists)
            cells = xl_range_abs(_LIST_ROW + 1, place, _LIST_ROW + len(words), place)
            self.long_lists[words] = f"='{NOTES_SHEET}'!{cells}"
        return self.long_lists[words]

    def __enter__(self) -> EntryBook:
        return self

    def __exit__(self, *_: object) -> None:
        self.book.close()

    def style(self, **properties: Any) -> Any:
        """Format with these properties, made once per workbook."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            base = {"font_name": _FONT, "font_size": 10, "valign": "vcenter"}
            self._formats[key] = self.book.add_format({**base, **properties})
        return self._formats[key]

    def cell_style(self, column: Column, *, total: bool = False, look: Presentation | None = None) -> Any:
        """Format of the cells of a column, by its type and by whether the sheet locks it."""
        properties: dict[str, Any] = {
            "num_format": _NUMBER_FORMATS[column.type],
            "border": 1,
            "border_color": "#C9D3DC",
            "align": "right" if column.is_number else ("left" if column.type == "text" else "center"),
        }
        if total:
            properties |= {"bold": True, "bg_color": "#EEF2F5"}
        if look and column.name in look.locked:
            properties |= {"bg_color": "#EDEDED", "font_color": "#7F7F7F"}
        elif look and look.locked:
            properties["locked"] = False
        return self.style(**properties)


def write_templates(out: Path, school_year: int | None = None) -> list[Path]:
    """Blank entry workbooks: one per feed, one with all ledgers, and one with all feeds of a school year.

    Args:
        out: folder, created if it isn't there.
        school_year: year the form is for; left for the school to fill in if None.

    Returns:
        The files written, the combined one last.
    """
    out.mkdir(parents=True, exist_ok=True)
    feeds = load_feeds()
    suffix = f"_{school_year}" if school_year else ""
    yearly = [feed for feed in feeds.values() if not feed.is_ledger]
    groups = [(feed.name_zh, [feed]) for feed in feeds.values()]
    groups += [(LEDGERS_NAME, [feed for feed in feeds.values() if feed.is_ledger]), (COMBINED_NAME, yearly)]
    paths = []
    for name, members in groups:
        path = out / f"填报模板_{name}{suffix}.xlsx"
        with EntryBook(path, title=f"{name}填报模板") as book:
            for feed in members:
                write_sheet(book, feed, feed.name_zh, school_year)
            write_notes(book, members)
        paths.append(path)
    return paths


def year_line(school_year: int | None) -> str:
    """The line that states the year; reading refuses a sheet of another year than its folder's."""
    return f"填报年度：{school_year or '________'}"


def write_sheet(
    book: EntryBook,
    feed: Feed,
    sheet_name: str,
    school_year: int | None,
    rows: Sequence[Mapping[str, Any]] = (),
    look: Presentation | None = None,
) -> None:
    """One sheet of a feed: banner, year, headings, and the rows given or empty lines to fill.

    Args:
        rows: values by English column name, choices in their Chinese words; what is absent stays blank.
        look: order and wording of the headings, extra banner lines, total row.
    """
    look = look or Presentation()
    columns = [feed.column(name) for name in look.columns] or list(feed.columns)
    sheet = book.book.add_worksheet(sheet_name)
    sheet.hide_gridlines(2)
    heading_row = _write_banner(book, sheet, feed, look, len(columns), school_year)
    if look.helps:
        _write_hints(book, sheet, columns, heading_row)
        heading_row += 1
    if look.groups:
        heading_row += 1
        _write_groups(book, sheet, columns, look, heading_row - 1)
    _write_headings(book, sheet, columns, look, heading_row)
    first = heading_row + 1
    styles = [book.cell_style(column, look=look) for column in columns]
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            _write_value(sheet, first + i, j, row.get(column.name), column, styles[j], look)
    last = first + len(rows)
    if look.total_label and rows:
        _write_total(book, sheet, last, columns, rows, look)
    for i in range(look.entry_rows if rows else _ENTRY_ROWS):
        for j, style in enumerate(styles):
            sheet.write_blank(last + i, j, None, style)
    if look.helps:
        _add_checks(book, sheet, columns, first, _LAST_ROW, look.locked)
    if look.locked:
        sheet.protect("", _ALLOWED)
    sheet.freeze_panes(first, 2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(heading_row)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&L&A&R第 &P 页，共 &N 页")


def _write_banner(
    book: EntryBook, sheet: Any, feed: Feed, look: Presentation, width: int, school_year: int | None
) -> int:
    title = look.title or f"{feed.name_zh}填报表"
    title_style = book.style(font_size=16, bold=True, font_color="#FFFFFF", bg_color="#1F4E6B", indent=1)
    if look.merged_title:
        sheet.merge_range(0, 0, 0, width - 1, title, title_style)
    else:
        for j in range(width):
            sheet.write_blank(0, j, None, title_style)
        sheet.write_string(0, 0, title, title_style)
    sheet.set_row(0, 34)
    line = book.style(font_color="#33475B", bg_color="#EAF0F4", indent=1)
    bold = book.style(font_color="#33475B", bg_color="#EAF0F4", indent=1, bold=True)
    texts = [year_line(school_year), *look.banner]
    for i, text in enumerate(texts, start=1):
        for j in range(width):
            sheet.write_blank(i, j, None, line)
        sheet.write_string(i, 0, text, bold if i == 1 else line)
        sheet.set_row(i, 22)
    if look.helps:
        sheet.write_string(1, min(3, width - 1), f"{grain_zh(feed)}；橙色表头为必填列，灰蓝色为选填列", line)
    return len(texts) + 1


def grain_zh(feed: Feed) -> str:
    """What one row of a form stands for, in Chinese."""
    school = "每园" if tuple(feed.due_stages) == ("preschool",) else "每校"
    if feed.is_ledger:
        names = "＋".join(feed.column(name).heading_zh for name in feed.grain[1:])
        return f"{school if feed.has_schools else ''}每个“{names}”一行，只报新增和有变化的"
    if "class_name" in feed.grain:
        return "每班一行"
    return f"{school}每学段一行" if feed.scope == "school_stage" else f"{school}一行"


def _write_hints(book: EntryBook, sheet: Any, columns: Sequence[Column], row: int) -> None:
    """A line above the headings with the unit or kind of each column."""
    style = book.style(font_size=9, italic=True, font_color="#5B6B7A", align="center", bg_color="#F6F8FA")
    for j, column in enumerate(columns):
        sheet.write_string(row, j, column.unit_zh or _HINTS[column.type], style)
    sheet.set_row(row, 18)


def _write_headings(
    book: EntryBook, sheet: Any, columns: Sequence[Column], look: Presentation, row: int
) -> None:
    base = {"bold": True, "text_wrap": True, "align": "center", "border": 1, "border_color": "#8FA3B3"}
    required = book.style(**base, bg_color="#FCE0B0", font_color="#6B3E00")
    optional = book.style(**base, bg_color="#DCE5EC", font_color="#33475B")
    locked = book.style(**base, bg_color="#D9D9D9", font_color="#7F7F7F")
    for j, column in enumerate(columns):
        heading = look.headings.get(column.name, column.heading_zh)
        style = required if column.required else optional
        if column.name in look.locked:
            style = locked
        if look.groups and not any(column.name in names for _, names in look.groups):
            sheet.merge_range(row - 1, j, row, j, heading, style)
        else:
            sheet.write_string(row, j, heading, style)
        is_open = {"locked": False} if look.locked and column.name not in look.locked else {}
        sheet.set_column(j, j, _width(column), book.style(num_format=_NUMBER_FORMATS[column.type], **is_open))
        if look.helps:
            options = {"x_scale": 1.6, "font_name": _FONT, "font_size": 9, "color": "#FFFBEA"}
            sheet.write_comment(row, j, describe(column), options)
    sheet.set_row(row, 48)


def _write_groups(
    book: EntryBook, sheet: Any, columns: Sequence[Column], look: Presentation, row: int
) -> None:
    style = book.style(bold=True, align="center", border=1, border_color="#8FA3B3", bg_color="#DCE5EC")
    places = {column.name: j for j, column in enumerate(columns)}
    for label, names in look.groups:
        numbers = [places[name] for name in names]
        sheet.merge_range(row, min(numbers), row, max(numbers), label, style)


def _width(column: Column) -> float:
    if column.name == "school_name":
        return 30
    longest = max(len(part) for part in column.heading_zh.replace("(", "\n(").split("\n"))
    return max(_WIDTHS.get(column.type, 11), min(longest, 9) * 2 + 1)


def describe(column: Column) -> str:
    """Note on a column, in Chinese: whether it is required, its kind, unit, choices and remarks."""
    lines = ["【必填】" if column.required else "【选填】"]
    lines.append(_TYPE_ZH[column.type] + (f"，单位：{column.unit_zh}" if column.unit_zh else ""))
    if column.choices:
        lines.append("可填：" + " ".join(column.choices))
    if column.note_zh:
        lines.append(column.note_zh)
    return "\n".join(lines)


def _write_value(
    sheet: Any, row: int, column_number: int, value: Any, column: Column, style: Any, look: Presentation
) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column_number, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, column_number, value, style)
    elif look.text_numbers and column.type in ("area", "money"):
        sheet.write_string(row, column_number, f"{value:,}", style)
    else:
        sheet.write_number(row, column_number, value, style)


def _write_total(
    book: EntryBook,
    sheet: Any,
    row: int,
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    look: Presentation,
) -> None:
    for j, column in enumerate(columns):
        style = book.cell_style(column, total=True)
        value: Any = None
        if column.type in ("count", "area", "money"):
            numbers = [row[column.name] for row in rows if isinstance(row.get(column.name), (int, float))]
            value = round(sum(numbers), 2) if numbers else None
        _write_value(sheet, row, j, look.total_label if j == 0 else value, column, style, look)


def _add_checks(
    book: EntryBook, sheet: Any, columns: Sequence[Column], first: int, last: int, locked: frozenset[str]
) -> None:
    as_text = [j for j, column in enumerate(columns) if _NUMBER_FORMATS[column.type] == "@"]
    if as_text:  # no green corners on codes kept as text
        ranges = " ".join(xl_range(first, j, last, j) for j in as_text)
        sheet.ignore_errors({"number_stored_as_text": ranges})
    for j, column in enumerate(columns):
        if column.name in locked:
            continue
        check: dict[str, Any] = {"ignore_blank": True, "error_title": "请核对"}
        if column.choices:
            words = ", ".join(column.choices)
            message = f"请选择：{words}" if len(words) < 200 else "请从下拉列表中选择。"
            check |= {"validate": "list", "source": book.drop_down(column), "error_message": message}
        elif column.type in ("code", "district"):
            digits = 10 if column.type == "code" else 6
            message = f"应为 {digits} 位数字，按文本填写。"
            check |= {"validate": "length", "criteria": "==", "value": digits, "error_message": message}
        elif column.type == "count":
            message = "应填不小于 0 的整数；没有数据请留空。"
            check |= {"validate": "integer", "criteria": ">=", "value": 0, "error_message": message}
        elif column.type == "year":
            check |= {"validate": "integer", "criteria": "between", "minimum": 1800, "maximum": 2100}
            check["error_message"] = "应填 4 位年份。"
        elif column.type in ("date", "month"):
            shown = "2024-03-31" if column.type == "date" else "2024-03"
            check |= {"validate": "length", "criteria": "between", "minimum": 6, "maximum": 11}
            check["error_message"] = f"应填成 {shown} 的样子。"
        elif column.type == "decimal" and column.minimum is not None and column.maximum is not None:
            check |= {"validate": "decimal", "criteria": "between"}
            check |= {"minimum": column.minimum, "maximum": column.maximum}
            check["error_message"] = f"应在 {column.minimum:g} 至 {column.maximum:g} 之间。"
        elif column.type in ("area", "money"):
            message = "应填不小于 0 的数字，不带单位；没有数据请留空。"
            check |= {"validate": "decimal", "criteria": ">=", "value": 0, "error_message": message}
        else:
            continue
        sheet.data_validation(first, j, last, j, check)


def _rules() -> list[str]:
    return [f"{i}. {rule}" for i, rule in enumerate(_RULES_ZH, start=1)]


def _hints(column: Column) -> str:
    hints = [" ".join(column.choices)] if column.choices else []
    hints += [column.note_zh] if column.note_zh else []
    return "；".join(hints)


@lru_cache(maxsize=1)
def texts_of_notes() -> frozenset[str]:
    """The sentences of the notes sheets: the rules, and what is said of each column of a feed."""
    return frozenset((*_rules(), *(_hints(c) for feed in load_feeds().values() for c in feed.columns)))


def write_notes(book: EntryBook, feeds: Sequence[Feed]) -> None:
    sheet = book.book.add_worksheet(NOTES_SHEET)
    sheet.hide_gridlines(2)
    title = book.style(font_size=16, bold=True, font_color="#FFFFFF", bg_color="#1F4E6B", indent=1)
    sheet.merge_range(0, 0, 0, 5, NOTES_SHEET, title)
    sheet.set_row(0, 34)
    body = book.style(text_wrap=True, indent=1)
    for i, rule in enumerate(_rules(), start=1):
        sheet.merge_range(i, 0, i, 5, rule, body)
        sheet.set_row(i, 30)
    head_row = len(_RULES_ZH) + 2
    head = book.style(bold=True, bg_color="#DCE5EC", font_color="#33475B", border=1, border_color="#8FA3B3")
    for j, (text, width) in enumerate(
        (
            ("工作表", 16),
            ("列名", 34),
            ("是否必填", 10),
            ("填写方式", 22),
            ("单位", 8),
            ("可选内容与口径", 60),
        )
    ):
        sheet.write_string(head_row, j, text, head)
        sheet.set_column(j, j, width)
    cell = book.style(border=1, border_color="#C9D3DC", text_wrap=True)
    duty = book.style(border=1, border_color="#C9D3DC", bg_color="#FCE0B0", font_color="#6B3E00")
    row = head_row
    for feed in feeds:
        for column in feed.columns:
            row += 1
            hints = _hints(column)
            sheet.write_string(row, 0, feed.name_zh, cell)
            sheet.write_string(row, 1, column.heading_zh, cell)
            sheet.write_string(
                row, 2, "必填" if column.required else "选填", duty if column.required else cell
            )
            sheet.write_string(row, 3, _TYPE_ZH[column.type], cell)
            sheet.write_string(row, 4, column.unit_zh, cell)
            sheet.write_string(row, 5, hints, cell)
            if len(hints) > 34:
                sheet.set_row(row, 32)
    for j, words in enumerate(book.long_lists, start=_FIRST_LIST_COLUMN):
        sheet.set_column(j, j, 34)
        sheet.write_string(_LIST_ROW, j, "下拉列表选项", head)
        sheet.write_column(_LIST_ROW + 1, j, words, cell)
    sheet.freeze_panes(head_row + 1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
