"""From grids to typed rows of feeds, with every fault at its cell.

A sheet's feed is recognised by its headings. Conversion goes column by column; each row of the source
keeps its sheet row, and each sheet its column map, so that any value can be led back to its cell.
"""

from __future__ import annotations

import difflib
import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dagster_project.core.privacy import mask_personal_numbers
from dagster_project.intake.feeds import Column, Feed, load_feeds, normalise_heading
from dagster_project.intake.files.grid import (
    ERROR_CELL,
    EXTERNAL_REFERENCE,
    FORMULA_WITHOUT_VALUE,
    MERGED_CELL,
    Grid,
    column_letter,
)
from dagster_project.intake.parse.cells import (
    LARGEST_NUMBER,
    ConvertedColumn,
    Fault,
    clean_text,
    code_converter,
    convert_column,
    has_wide_digits,
    is_blank,
    to_number,
    without_personal_numbers,
)
from dagster_project.intake.parse.layouts import Layout, Source

HEADING_SEARCH_ROWS = 40
#: The sheet of the entry workbooks that explains how to fill them in; nothing to read there.
NOTES_SHEET = "填报说明"
#: The list of problems in a workbook given back to a school (numbered where the name was taken), and one of
#: its headings: a sheet that only bears the name is read like any other.
PROBLEM_SHEET = "问题清单"
PROBLEM_SHEET_MARK = "问题与改法"
#: Words above a heading that say nobody's real figures stand below; a release tells it on.
SYNTHETIC_MARK = "合成数据"
SYNTHETIC_ZH = f"{SYNTHETIC_MARK}，仅供演示"
_TOTAL = re.compile(r"(合计|小计|总计|平均|平均值|平均数)\Z")
_TOTAL_START = re.compile(r"(合计|小计|总计|本页合计|全区合计|全县合计)")
_NOTE = re.compile(r"(注|备注|说明|填表|填报|制表|审核|单位负责人|负责人|联系|日期|报出)")
_INDEX_ROW = re.compile(r"(甲|乙|丙|丁|栏次|序号)\Z")
_YEAR_HEADINGS = {normalise_heading(t) for t in ("学年度", "学年", "填报年度", "年度", "school_year")}
_STATED_SCHOOL_YEAR = re.compile(r"(?<!\d)(20\d\d)(?:\s*[-—–~～至/]\s*(?:20)?\d\d)?\s*(?:学年|年度)")
_STATED_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*年(?!\s*\d{1,2}\s*月)(?!\s*及|\s*[之以]?前|\s*起)")
_LABELLED_YEAR = re.compile(r"(?:填报年度|学年度?|年度)\s*[:：]?\s*(20\d\d)")
_DATE_LABEL = re.compile(r"(日期|时间|截至|截止)")
#: Head counts of one kindergarten; no year's pay is that small.
_FEW = re.compile(r"-?\d{1,3}|公式|错误值")
_UNLISTED_EXTRAS = {normalise_heading(t) for t in ("序号", "编号", "行次")}


@dataclass
class Problem:
    """One cause in the problem list, at a file, a sheet, or a cell; no text of it bears a personal number."""

    severity: str
    rule_class: str
    rule_code: str
    message_zh: str
    sheet: str = ""
    feed: str = ""
    part: int = 0
    row_number: int | None = None
    column_name: str = ""
    column_zh: str = ""
    cell: str = ""
    value: str = ""
    school_code: str = ""
    school_name: str = ""

    def __post_init__(self) -> None:
        for name in ("message_zh", "sheet", "column_zh", "value", "school_name"):
            setattr(self, name, mask_personal_numbers(getattr(self, name)))


@dataclass
class ParsedSheet:
    """Rows of one feed found in one sheet.

    `columns` holds one list a feed column, plus `row_number`, `part`, `has_fault`, `lookup_name`;
    `column_maps[part]` names for each feed column the sheet columns it came from (letters).
    """

    sheet: str
    feed: str
    school_year: int
    heading_row: int
    rows_read: int = 0
    rows_dropped: int = 0
    status: str = "accepted"
    is_synthetic: bool = False
    columns: dict[str, list[Any]] = field(default_factory=dict)
    column_maps: list[dict[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass
class ParsedFile:
    """What one file held."""

    sheets: list[ParsedSheet] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass
class _Heading:
    """A heading block: its first and last row index and the column index of each matched name."""

    first: int
    last: int
    names: dict[str, int]
    columns: dict[int, str]
    duplicates: list[str]


def parse_grids(grids: Iterable[Grid], school_year: int, layouts: Sequence[Layout]) -> ParsedFile:
    """Parse the sheets of one file.

    Args:
        grids: sheets of the file.
        school_year: year of the folder the file lies in.
        layouts: foreign layouts that are tried before the feeds' own headings.
    """
    result = ParsedFile()
    names: set[str] = set()
    for grid in grids:
        grid.sheet = told_sheet_name(grid.sheet, names)
        if not any(any(not is_blank(c) for c in row) for row in grid.rows):
            continue
        if grid.sheet == NOTES_SHEET or is_problem_list(grid):
            continue
        if grid.is_hidden:
            result.problems.append(
                Problem(
                    "warn", "format", "HIDDEN_SHEET", "工作表被隐藏，未读取；如需上报请取消隐藏。", grid.sheet
                )
            )
            continue
        for code, message in grid.warnings:
            result.problems.append(Problem("warn", "format", code, message, grid.sheet))
        sheets, problems = _parse_grid(grid, school_year, layouts)
        result.sheets += sheets
        result.problems += problems
    accepted = [s for s in result.sheets if s.status == "accepted"]
    if accepted and not any(s.rows_read - s.rows_dropped for s in accepted):
        result.problems.append(
            Problem(
                "warn",
                "format",
                "NO_ROWS",
                "表里没有一行数据，等于没有报；请填好再报，确实没有可报的就不必放入。",
                accepted[0].sheet,
                accepted[0].feed,
                cell=f"A{accepted[0].heading_row + 1}",
            )
        )
    return result


def is_problem_list(grid: Grid) -> bool:
    """True for the list of problems that was added to a returned workbook; there is nothing to read in it."""
    return bool(re.fullmatch(rf"{PROBLEM_SHEET}\d*", grid.sheet)) and any(
        isinstance(c, str) and normalise_heading(c) == PROBLEM_SHEET_MARK
        for row in grid.rows[:10]
        for c in row
    )


def told_sheet_name(name: str, taken: set[str]) -> str:
    """Name of a sheet without personal numbers, unlike any other of its file."""
    masked = shown = mask_personal_numbers(name)
    number = 1
    while masked != name and shown in taken:
        number += 1
        shown = f"{masked}（{number}）"
    taken.add(shown)
    return shown


def _parse_grid(
    grid: Grid, school_year: int, layouts: Sequence[Layout]
) -> tuple[list[ParsedSheet], list[Problem]]:
    texts = [
        [normalise_heading(c) if isinstance(c, str) else "" for c in row]
        for row in grid.rows[:HEADING_SEARCH_ROWS]
    ]
    for layout in layouts:
        for i, row in enumerate(texts):
            if layout.recognises(set(row)):
                return _parse_layout(grid, layout, i, _paths(grid.rows, texts, i), school_year), []
    found: list[tuple[Feed, _Heading]] = []
    near: list[tuple[int, Feed, _Heading]] = []
    for feed in load_feeds().values():
        heading = _find_heading(texts, feed)
        if heading is None:
            continue
        required = {c.name for c in feed.columns if c.required}
        present = set(heading.names)
        if required <= present and all(present.intersection(group) for group in feed.one_of):
            found.append((feed, heading))
        else:
            near.append((len(required & set(heading.names)) * 100 // len(required), feed, heading))
    if found:
        sheets = []
        mapped = {j for _, heading in found for j in heading.columns}
        for feed, heading in found:
            sheets.append(_parse_native(grid, feed, heading, school_year))
        feed, heading = found[0]
        code = heading.names[feed.identity]
        sheets[0].problems += _unmapped_columns(grid, texts, heading, mapped, code)
        return sheets, []
    return [], [_explain_unrecognised(grid, texts, near)]


def _explain_unrecognised(
    grid: Grid, texts: list[list[str]], near: list[tuple[int, Feed, _Heading]]
) -> Problem:
    near.sort(key=lambda item: -item[0])
    if near and near[0][0] >= 50 and near[0][1].identity in near[0][2].names:
        _, feed, heading = near[0]
        missing = [c for c in feed.columns if c.required and c.name not in heading.names]
        missing += [feed.column(g[0]) for g in feed.one_of if not set(g).intersection(heading.names)]
        known = {text for column in feed.columns for text in column.headings()}
        present = [t for row in texts[heading.first : heading.last + 1] for t in row if t and t not in known]
        hints = []
        for column in missing:
            close = difflib.get_close_matches(normalise_heading(column.heading_zh), present, n=1, cutoff=0.6)
            hints.append(
                f"“{column.heading_zh}”" + (f"（表中有相近的“{close[0]}”，请改名）" if close else "")
            )
        return Problem(
            "reject_file",
            "format",
            "MISSING_COLUMN",
            f"像是“{feed.name_zh}”，但缺少列 {'、'.join(hints)}；请补上这些列（没有数据可留空）后再报。",
            grid.sheet,
            feed.feed,
            row_number=grid.first_row + heading.last,
            cell=f"A{grid.first_row + heading.last}",
        )
    return Problem(
        "warn",
        "format",
        "UNRECOGNISED_SHEET",
        "没有认出这张表：表头与任何一种报表都不相符，整张表未读取；请使用 junheng template 生成的模板。",
        grid.sheet,
    )


def _find_heading(texts: list[list[str]], feed: Feed) -> _Heading | None:
    """Heading block of a feed: the row that matches most columns, widened over merged heads."""
    lookup = {text: column.name for column in feed.columns for text in column.headings()}
    matches = [{j: lookup[t] for j, t in enumerate(row) if t in lookup} for row in texts]
    best = max(range(len(matches)), key=lambda i: len(set(matches[i].values())), default=None)
    if best is None or len(set(matches[best].values())) < 2:
        return None
    first = last = best
    columns = dict(matches[best])
    names = set(columns.values())
    for step in (-1, 1):
        i = best + step
        while 0 <= i < len(matches) and abs(i - best) <= 2:
            new = {j: n for j, n in matches[i].items() if n not in names and j not in columns}
            if new:
                columns.update(new)
                names |= set(new.values())
                first, last = min(first, i), max(last, i)
            i += step
    if last == best:
        last = _skip_sub_headings(texts, matches, best)
    placed: dict[str, int] = {}
    duplicates = []
    for j, name in sorted(columns.items()):
        if name in placed:
            duplicates.append(name)
        else:
            placed[name] = j
    return _Heading(first, last, placed, columns, duplicates)


def _skip_sub_headings(texts: list[list[str]], matches: list[dict[int, str]], best: int) -> int:
    """Last row of a head whose merged cells were unmerged: the same headings stand again below."""
    last = best
    while last + 1 < len(matches) and len(matches[last + 1]) >= 2:
        same = {n for j, n in matches[last + 1].items() if matches[best].get(j) == n}
        if len(same) < 2:
            break
        last += 1
    return last


def _paths(rows: list[list[Any]], texts: list[list[str]], last: int) -> dict[str, int]:
    """Normalised heading, and heading path joined by '>', of each column of a heading row."""
    places: dict[str, int] = {}
    group = ""
    for j, text in enumerate(texts[last]):
        above = texts[last - 1][j] if last and j < len(texts[last - 1]) else ""
        group = above or group
        if text:
            places.setdefault(text, j)
            if group and group != text:
                places.setdefault(f"{group}>{text}", j)
    return places


def _unmapped_columns(
    grid: Grid, texts: list[list[str]], heading: _Heading, mapped: set[int], code: int
) -> list[Problem]:
    """One warning a column that no feed of the sheet asks for; `code` is the column of the schools' codes."""
    problems = []
    for i in range(heading.first, heading.last + 1):
        for j, text in enumerate(texts[i]):
            if text and j not in mapped and text not in _UNLISTED_EXTRAS and text not in _YEAR_HEADINGS:
                if heading.first != heading.last and any(
                    texts[k][j] for k in range(i + 1, heading.last + 1) if j < len(texts[k])
                ):
                    continue  # the upper part of a merged head
                title = clean_text(grid.rows[i][j])
                problems.append(
                    Problem(
                        "warn",
                        "format",
                        "UNMAPPED_COLUMN",
                        f"“{title}”这一列不在报表要求之内，未读取；如是改了名的列，请恢复模板中的列名。",
                        grid.sheet,
                        cell=f"{column_letter(grid.first_column + j)}{grid.first_row + i}",
                        column_zh=title,
                    )
                )
    return problems + _unnamed_columns(grid, texts, heading, mapped, code)


def _unnamed_columns(
    grid: Grid, texts: list[list[str]], heading: _Heading, mapped: set[int], code: int
) -> list[Problem]:
    """One warning a column without a name that schools have filled in; `code` is the column of their codes."""
    width = max((len(row) for row in grid.rows[heading.last + 1 :]), default=0)
    named = {j for row in texts[heading.first : heading.last + 1] for j, text in enumerate(row) if text}
    problems = []
    for j in sorted(set(range(width)) - named - mapped):
        filled = (
            grid.first_row + i
            for i, row in enumerate(grid.rows[heading.last + 1 :], heading.last + 1)
            if j < len(row) and not is_blank(row[j]) and _is_code(row[code] if code < len(row) else "")
        )
        number = next(filled, None)
        if number is None:
            continue
        letter = column_letter(grid.first_column + j)
        problems.append(
            Problem(
                "warn",
                "format",
                "UNMAPPED_COLUMN",
                f"{letter} 列有内容（如 {letter}{number}），表头却没有列名，未读取；如是报表中的一列，请补上模板中的列名。",
                grid.sheet,
                cell=f"{letter}{grid.first_row + heading.last}",
            )
        )
    return problems


def _is_code(cell: object) -> bool:
    """True for what a row of data begins with."""
    text = cell if type(cell) is str and cell.isascii() and cell.isdigit() else clean_text(cell)
    return len(text) >= 6 and text.isdigit()


def _stated_years(grid: Grid, heading_first: int) -> dict[int, str]:
    """School years stated in the rows above the heading, each with its cell."""
    stated: dict[int, str] = {}
    for i, row in enumerate(grid.rows[:heading_first]):
        cells = [(j, clean_text(c)) for j, c in enumerate(row) if not is_blank(c)]
        for k, (j, text) in enumerate(cells):
            if normalise_heading(text) in _YEAR_HEADINGS and k + 1 < len(cells):
                text = f"{text}:{cells[k + 1][1]}"
            for pattern in (_STATED_SCHOOL_YEAR, _LABELLED_YEAR, _STATED_YEAR):
                years = {int(y) for y in pattern.findall(text)}
                if years:
                    if pattern is _STATED_YEAR and _DATE_LABEL.search(text):
                        break
                    address = f"{column_letter(grid.first_column + j)}{grid.first_row + i}"
                    stated = dict.fromkeys(years, address) | stated
                    break
    return stated


def _wrong_year(sheet: ParsedSheet, stated: dict[int, str], year: int) -> bool:
    if not stated or year in stated:
        return False
    sheet.status = "rejected"
    sheet.problems.append(
        Problem(
            "reject_file",
            "format",
            "WRONG_YEAR",
            f"表内写明的是 {'、'.join(map(str, sorted(stated)))} 年，而文件放在 {year} 年的文件夹里，整张表未读取；"
            "请核对后放入正确年份的文件夹，或更正表内年份。",
            sheet.sheet,
            sheet.feed,
            cell=next(iter(stated.values())),
        )
    )
    return True


def _reject_duplicates(sheet: ParsedSheet, feed: Feed, heading: _Heading) -> bool:
    if not heading.duplicates:
        return False
    names = "、".join(f"“{feed.column(n).heading_zh}”" for n in dict.fromkeys(heading.duplicates))
    sheet.status = "rejected"
    sheet.problems.append(
        Problem(
            "reject_file",
            "format",
            "DUPLICATE_COLUMN",
            f"列 {names} 出现不止一次，无法判断以哪一列为准，整张表未读取；请只保留一列。",
            sheet.sheet,
            feed.feed,
        )
    )
    return True


def _parse_native(grid: Grid, feed: Feed, heading: _Heading, school_year: int) -> ParsedSheet:
    sheet = ParsedSheet(grid.sheet, feed.feed, school_year, grid.first_row + heading.last)
    body = _body(grid, heading.last)
    sheet.rows_read = len(body)
    sheet.is_synthetic = any(
        isinstance(c, str) and SYNTHETIC_MARK in c for row in grid.rows[: heading.first] for c in row
    )
    if _reject_duplicates(sheet, feed, heading):
        return sheet
    if not feed.is_ledger and _wrong_year(  # a ledger's rows bear their own dates
        sheet, _stated_years(grid, heading.first) | _year_column(grid, heading, body), school_year
    ):
        return sheet
    sources = {name: Source(column=name) for name in heading.names}
    kept, totals = _keep_rows(sheet, grid, body, heading, feed)
    if _depends_on_other_files(sheet, grid, heading, kept):
        return sheet
    if not feed.is_ledger and _contradicts_its_totals(sheet, grid, feed, heading, kept, totals):
        return sheet
    kept = _spread_merges(sheet, grid, feed, heading, kept)
    _warn_of_hidden(sheet, grid, heading, kept)
    _fill_sheet(sheet, feed, grid, kept, [sources], heading.names, None)
    return sheet


def _year_column(grid: Grid, heading: _Heading, body: list[tuple[int, list[Any]]]) -> dict[int, str]:
    """Years in a column of that name, if the table has one, each with its first cell."""
    for i in range(heading.first, heading.last + 1):
        for j, cell in enumerate(grid.rows[i]):
            if (
                isinstance(cell, str)
                and normalise_heading(cell) in _YEAR_HEADINGS
                and j not in heading.names.values()
            ):
                texts = [(clean_text(row[j])[:4], n) for n, row in reversed(body) if j < len(row)]
                letter = column_letter(grid.first_column + j)
                return {int(t): f"{letter}{n}" for t, n in texts if re.fullmatch(r"20\d\d", t)}
    return {}


def _parse_layout(
    grid: Grid, layout: Layout, heading: int, places: dict[str, int], school_year: int
) -> list[ParsedSheet]:
    sheets = []
    body = _body(grid, heading)
    feeds = load_feeds()
    for code, mapping in layout.feeds.items():
        feed = feeds[code]
        sheet = ParsedSheet(grid.sheet, code, school_year, grid.first_row + heading)
        sheet.rows_read = len(body)
        sheets.append(sheet)
        groups = mapping.groups()
        wanted = {h for group in groups for source in group.values() for h in source.headings}
        missing = sorted(h for h in wanted if _place(places, h) is None)
        if missing:
            sheet.status = "rejected"
            sheet.problems.append(
                Problem(
                    "reject_file",
                    "format",
                    "MISSING_COLUMN",
                    f"按版式“{layout.name_zh}”读取时缺少列 {'、'.join(missing)}，请核对来源表或版式文件。",
                    grid.sheet,
                    code,
                )
            )
            continue
        stated = _layout_years(grid, layout, places, body)
        if layout.school_year and _wrong_year(sheet, stated, school_year):
            continue
        kept = [(n, row) for n, row in body if any(not is_blank(c) for c in row)]
        sheet.rows_dropped = len(body) - len(kept)
        names = {h: j for h in wanted if (j := _place(places, h)) is not None}
        _fill_sheet(sheet, feed, grid, kept, groups, names, layout)
    return sheets


def _place(places: dict[str, int], heading: str) -> int | None:
    return places.get(">".join(normalise_heading(part) for part in heading.split(">")))


def _layout_years(
    grid: Grid, layout: Layout, places: dict[str, int], body: list[tuple[int, list[Any]]]
) -> dict[int, str]:
    if layout.school_year is None:
        return {}
    j = _place(places, layout.school_year.column)
    if j is None:
        return {}
    letter = column_letter(grid.first_column + j)
    years = [(clean_text(row[j]), n) for n, row in reversed(body) if j < len(row)]
    return {int(y) + layout.school_year.add: f"{letter}{n}" for y, n in years if y.isdigit()}


def _body(grid: Grid, heading: int) -> list[tuple[int, list[Any]]]:
    """Rows below the heading with their sheet row numbers, up to the last one that isn't blank."""
    rows = grid.rows[heading + 1 :]
    last = len(rows)
    while last and all(is_blank(c) for c in rows[last - 1]):
        last -= 1
    start = grid.first_row + heading + 1
    return list(zip(range(start, start + last), rows[:last], strict=True))


def _keep_rows(
    sheet: ParsedSheet, grid: Grid, body: list[tuple[int, list[Any]]], heading: _Heading, feed: Feed
) -> tuple[list[tuple[int, list[Any]]], list[tuple[int, list[Any]]]]:
    """Rows that claim to be data, and total rows; totals, blank rows, repeated heads and notes are not counted in."""
    mapped = sorted(heading.names.values())
    code = heading.names[feed.identity]
    head = [normalise_heading(c) if isinstance(c, str) else "" for c in grid.rows[heading.last]]
    kept = []
    totals = []
    for number, row in body:
        if code < len(row) and _is_code(row[code]):
            kept.append((number, row))
            continue
        cells = [row[j] if j < len(row) else "" for j in mapped]
        if all(is_blank(c) for c in cells) and all(is_blank(c) for c in row):
            continue
        elif _is_total(row, code):
            totals.append((number, row))
        elif not _is_repeated_head(row, head, mapped):
            if _is_note(row, cells, sheet, number, grid):
                continue
            kept.append((number, row))
    sheet.rows_dropped = len(body) - len(kept)
    return kept, totals


def _depends_on_other_files(
    sheet: ParsedSheet, grid: Grid, heading: _Heading, kept: list[tuple[int, list[Any]]]
) -> bool:
    """True, and the sheet refused, if a figure stands in another file."""
    if not grid.has_external:
        return False
    for number, row in kept:
        for name, j in heading.names.items():
            if j < len(row) and row[j] == EXTERNAL_REFERENCE:
                address = f"{column_letter(grid.first_column + j)}{number}"
                sheet.status = "rejected"
                sheet.problems.append(
                    Problem(
                        "reject_file",
                        "format",
                        "EXTERNAL_REFERENCE",
                        f"表内（如 {address}）引用了其他文件或程序，整张表未读取；请复制后“选择性粘贴—数值”再报。",
                        grid.sheet,
                        sheet.feed,
                        row_number=number,
                        column_name=name,
                        cell=address,
                    )
                )
                return True
    return False


_ADDED_UP = ("count", "area", "money")


def _contradicts_its_totals(
    sheet: ParsedSheet,
    grid: Grid,
    feed: Feed,
    heading: _Heading,
    kept: list[tuple[int, list[Any]]],
    totals: list[tuple[int, list[Any]]],
) -> bool:
    """True, and the sheet refused, if a total is neither the sum of all rows nor of those it closes.

    Subtotals, means, and columns with cells that are no numbers tell nothing.
    """
    grand = [(n, row) for n, row in totals if _label_of_total(row) in ("合计", "总计")]
    if not grand or not kept:
        return False
    closed = [n for n, _ in totals]
    numbers = [n for n, _ in kept]
    for name, j in heading.names.items():
        column = feed.column(name)
        if column.type not in _ADDED_UP or name in feed.key_columns:
            continue
        stated_by = {n: _figure(row, j) for n, row in grand if j < len(row) and not is_blank(row[j])}
        if all(stated is None for stated in stated_by.values()):
            continue
        found = [_figure(row, j) for _, row in kept]
        figures = [v for v in found if v is not None]
        if len(figures) < len(found):
            continue
        for number, stated in stated_by.items():
            if stated is None:
                continue
            since = max((n for n in closed if n < number), default=0)
            after, before = bisect_right(numbers, since), bisect_left(numbers, number)
            sums = [math.fsum(part) for part in (figures, figures[:before], figures[after:before])]
            if all(abs(stated - s) > 0.006 * max(len(kept), 1) for s in sums):
                shown = "" if column.is_pay else f"：合计填 {_plain(stated)}，各行之和是 {_plain(sums[0])}"
                sheet.status = "rejected"
                sheet.problems.append(
                    Problem(
                        "reject_file",
                        "format",
                        "TOTAL_MISMATCH",
                        f"“{column.heading_zh}”合计与各行之和不符{shown}，可能漏了行或改了数，整张表未读取；"
                        "请核对各行与合计（或删去合计行）后再报。",
                        grid.sheet,
                        feed.feed,
                        row_number=number,
                        column_name=name,
                        column_zh=column.heading_zh,
                        cell=f"{column_letter(grid.first_column + j)}{number}",
                        value="" if column.is_pay else _plain(stated),
                    )
                )
                return True
    return False


def _label_of_total(row: list[Any]) -> str:
    for cell in row:
        if isinstance(cell, str):
            text = re.sub(r"\s+", "", clean_text(cell))
            if _TOTAL.search(text) or _TOTAL_START.match(text):
                return "本页" if text.startswith("本页") else text[-2:] if _TOTAL.search(text) else text[:2]
    return ""


def _figure(row: list[Any], j: int) -> float | None:
    """Number in a cell; blank counts as 0, and None is a cell that holds no number."""
    cell = row[j] if j < len(row) else ""
    if type(cell) is float and abs(cell) < LARGEST_NUMBER:
        return cell
    if is_blank(cell):
        return 0.0
    number = to_number(cell)
    return None if isinstance(number, Fault) else float(number)


def _plain(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


_SPREADABLE = ("code", "district", "text", "choice")


def _spread_merges(
    sheet: ParsedSheet, grid: Grid, feed: Feed, heading: _Heading, kept: list[tuple[int, list[Any]]]
) -> list[tuple[int, list[Any]]]:
    """Give the rows of a merged name or code their value; a merged figure belongs to nobody for certain."""
    if not grid.merges or not kept:
        return kept
    column_at = {j: feed.column(name) for name, j in heading.names.items()}
    numbers = [n for n, _ in kept]
    rows = {n: row for n, row in kept}
    spread: list[str] = []
    for top, left, bottom, right in grid.merges:
        covered = numbers[bisect_left(numbers, top) : bisect_right(numbers, bottom)]
        places = [j for j in range(left - grid.first_column, right - grid.first_column + 1) if j in column_at]
        if not covered or not places:
            continue
        source = grid.rows[top - grid.first_row] if 0 <= top - grid.first_row < len(grid.rows) else []
        value = source[left - grid.first_column] if 0 <= left - grid.first_column < len(source) else ""
        if is_blank(value):
            continue
        is_spread = left == right and column_at[places[0]].type in _SPREADABLE
        if is_spread and top < bottom:
            spread.append(f"{column_letter(left)}{top}:{column_letter(right)}{bottom}")
        for n in covered:
            cells = [*rows[n], *[""] * (places[-1] + 1 - len(rows[n]))]
            for j in places:
                cells[j] = value if is_spread else MERGED_CELL
            rows[n] = cells
    if spread:
        sheet.problems.append(
            Problem(
                "warn",
                "format",
                "MERGED_CELLS",
                f"有 {len(spread)} 处合并单元格（如 {spread[0]}），已按范围内各行填写同一内容读取；下次请取消合并。",
                grid.sheet,
                feed.feed,
                cell=spread[0].split(":")[0],
            )
        )
    return [(n, rows[n]) for n in numbers]


def _warn_of_hidden(
    sheet: ParsedSheet, grid: Grid, heading: _Heading, kept: list[tuple[int, list[Any]]]
) -> None:
    """Say how many of the rows and columns read a person does not see."""
    rows = set(grid.hidden_rows).intersection(n for n, _ in kept)
    columns = set(grid.hidden_columns).intersection(grid.first_column + j for j in heading.names.values())
    found = [f"{len(rows)} 个隐藏行（或被筛选掉的行）"] if rows else []
    found += [f"{len(columns)} 个隐藏列"] if columns else []
    if found:
        first = f"A{min(rows)}" if rows else f"{column_letter(min(columns))}{sheet.heading_row}"
        sheet.problems.append(
            Problem(
                "warn",
                "format",
                "HIDDEN_CELLS",
                f"含 {'、'.join(found)}，已计入；如不应上报请删去，否则请取消隐藏。",
                grid.sheet,
                sheet.feed,
                cell=first,
            )
        )


def _is_total(row: list[Any], code: int) -> bool:
    """A row whose leading text says that it adds others up, and which has no code of its own."""
    for cell in row[: max(code + 2, 4)]:
        if isinstance(cell, str):
            text = re.sub(r"\s+", "", clean_text(cell))
            if _TOTAL.search(text) or _TOTAL_START.match(text):
                return True
    return False


def _is_repeated_head(row: list[Any], head: list[str], mapped: list[int]) -> bool:
    texts = [normalise_heading(c) if isinstance(c, str) else "" for c in row]
    same = sum(1 for j in mapped if j < len(texts) and texts[j] and j < len(head) and texts[j] == head[j])
    if same >= 2:
        return True
    first = next((clean_text(c) for c in row if not is_blank(c)), "")
    return bool(_INDEX_ROW.match(first))


def _is_note(row: list[Any], cells: list[Any], sheet: ParsedSheet, number: int, grid: Grid) -> bool:
    """A footnote: text that begins like one, no figures. It is dropped, and said so."""
    filled = [(j, c) for j, c in enumerate(row) if not is_blank(c)]
    first = clean_text(filled[0][1])
    is_label = isinstance(filled[0][1], str) and bool(_NOTE.match(first))
    is_outside = all(is_blank(c) for c in cells)
    has_figures = any(isinstance(c, (int, float)) and not isinstance(c, bool) for _, c in filled)
    if not (is_outside or (is_label and not has_figures)):
        return False
    if not is_label:
        sheet.problems.append(
            Problem(
                "warn",
                "format",
                "TEXT_OUTSIDE_TABLE",
                "这一行在表格各列之外有内容，未读取；请核对是否填错了位置。",
                grid.sheet,
                sheet.feed,
                row_number=number,
                cell=f"{column_letter(grid.first_column + filled[0][0])}{number}",
                # beside a table of pay a note may be pay
                value="" if load_feeds()[sheet.feed].holds_pay else shown_cell(first),
            )
        )
    return True


def _fill_sheet(
    sheet: ParsedSheet,
    feed: Feed,
    grid: Grid,
    kept: list[tuple[int, list[Any]]],
    groups: list[dict[str, Source]],
    places: dict[str, int],
    layout: Layout | None,
) -> None:
    """Convert the kept rows, group by group, into the sheet's columns, and collect the faults."""
    head = grid.rows[sheet.heading_row - grid.first_row] if grid.rows else []
    head_width = max((j for j, c in enumerate(head, 1) if not is_blank(c)), default=0)
    shifted = {
        n
        for n, row in kept
        if grid.is_ragged and (len(row) < head_width or any(not is_blank(c) for c in row[len(head) :]))
    }
    if len(shifted) > 1 and 2 * len(shifted) > len(kept):
        _reject_shifted_heading(sheet, head_width, len(shifted), len(kept))
        return
    numbers = [n for n, _ in kept]
    width = max((len(r) for _, r in kept), default=0)
    padded = [r if len(r) == width else [*r, *[""] * (width - len(r))] for _, r in kept]
    transposed: list[Sequence[Any]] = list(zip(*padded, strict=True)) if padded else [()] * width
    blank_column: Sequence[Any] = [""] * len(kept)
    out: dict[str, list[Any]] = {name: [] for name in _OUTPUT_EXTRAS}
    out.update({c.name: [] for c in feed.columns})
    for part, group in enumerate(groups):

        def cells(heading: str) -> Sequence[Any]:
            j = places[heading]
            return transposed[j] if j < len(transposed) else blank_column

        converted: dict[str, ConvertedColumn] = {}
        letters: dict[str, str] = {}
        for column in feed.columns:
            source = group.get(column.name)
            if source is None:
                converted[column.name] = ConvertedColumn([None] * len(kept), {})
                continue
            found = _convert(source, column, cells, len(kept), layout)
            if column.type == "text":
                found = without_personal_numbers(found, is_key=column.name in feed.grain)
            converted[column.name] = found
            letters[column.name] = ",".join(
                column_letter(grid.first_column + places[h]) for h in source.headings
            )
        sheet.column_maps.append(letters)
        if part == 0:
            _warn_of_wide_digits(sheet, feed, numbers, group, cells, letters)
        faulty = _list_faults(sheet, feed, part, numbers, converted, letters, layout is not None)
        for i, number in enumerate(numbers):
            if number in shifted:
                faulty.add(i)
                if part == 0:
                    sheet.problems.append(_shifted_row(sheet, number, kept[i][1], head_width, converted, i))
        lookup = group.get("school_code")
        by_name = lookup.register_name if lookup else None
        out["row_number"] += numbers
        out["part"] += [part] * len(kept)
        out["has_fault"] += [i in faulty for i in range(len(kept))]
        out["lookup_name"] += (
            [mask_personal_numbers(clean_text(v)) or None for v in cells(by_name)]
            if by_name
            else [None] * len(kept)
        )
        for column in feed.columns:
            out[column.name] += converted[column.name].values
    sheet.columns = out


def _warn_of_wide_digits(
    sheet: ParsedSheet,
    feed: Feed,
    numbers: list[int],
    group: dict[str, Source],
    cells: Callable[[str], Sequence[Any]],
    letters: dict[str, str],
) -> None:
    """One warning a column whose figures or codes were typed in full-width digits."""
    for column in feed.columns:
        source = group.get(column.name)
        if source is None or source.column is None or not (column.is_number or column.type == "code"):
            continue
        values = cells(source.column)
        if "".join([v for v in set(values) if type(v) is str]).isascii():
            continue
        wide = [n for n, value in zip(numbers, values, strict=True) if has_wide_digits(value)]
        if wide:
            address = f"{letters[column.name]}{wide[0]}"
            sheet.problems.append(
                Problem(
                    "warn",
                    "format",
                    "WIDE_DIGITS",
                    f"“{column.heading_zh}”有 {len(wide)} 处全角数字（如 {address}），已转为半角；下次请用半角数字。",
                    sheet.sheet,
                    feed.feed,
                    column_name=column.name,
                    column_zh=column.heading_zh,
                    cell=address,
                )
            )


_OUTPUT_EXTRAS = ("row_number", "part", "has_fault", "lookup_name")


def _reject_shifted_heading(sheet: ParsedSheet, width: int, shifted: int, rows: int) -> None:
    """Refuse a sheet most of whose rows don't fit its heading: rather the heading has lost or gained a cell."""
    sheet.status = "rejected"
    sheet.problems.append(
        Problem(
            "reject_file",
            "format",
            "SHIFTED_HEADING",
            f"表头有 {width} 列，而 {rows} 行里有 {shifted} 行不是这么多列，多半是表头多了或少了一格，数据与列名对不上，"
            "整张表未读取；请从模板或系统重新导出后再报。",
            sheet.sheet,
            sheet.feed,
            row_number=sheet.heading_row,
            cell=f"A{sheet.heading_row}",
        )
    )


def _shifted_row(
    sheet: ParsedSheet,
    number: int,
    row: list[Any],
    width: int,
    converted: dict[str, ConvertedColumn],
    i: int,
) -> Problem:
    how = "多于" if len(row) > width else "少于"
    return Problem(
        "quarantine_row",
        "format",
        "SHIFTED_ROW",
        f"这一行的列数{how}表头（{len(row)} 列，表头 {width} 列），可能多了或少了分隔符而错列，整行未采用；请核对后重报。",
        sheet.sheet,
        sheet.feed,
        row_number=number,
        cell=f"{column_letter(min(len(row), width) + (len(row) > width))}{number}",
        school_code=(converted["school_code"].values[i] if "school_code" in converted else None) or "",
    )


def _convert(
    source: Source, column: Column, cells: Callable[[str], Sequence[Any]], length: int, layout: Layout | None
) -> ConvertedColumn:
    converter = None
    blank_is_zero = False
    if layout is not None:
        blank_is_zero = layout.blank == "zero"
        if column.type == "code":
            converter = code_converter(layout.code_pattern, f"应符合编码规则 {layout.code_pattern}")
        elif column.type == "district":
            converter = code_converter(layout.district_pattern, f"应符合编码规则 {layout.district_pattern}")
    if source.register_name:
        return ConvertedColumn([None] * length, {})
    if source.constant is not None:
        constant = convert_column([source.constant], column, converter=converter)
        return ConvertedColumn(constant.values * length, {})
    if source.sum:
        return _convert_sum(source, column, cells, length, blank_is_zero)
    assert source.column is not None
    values: Sequence[Any] = cells(source.column)
    if source.values or source.prefixes or source.default is not None:
        values = [_translate(source, v) for v in values]
    return convert_column(values, column, converter=converter, blank_is_zero=blank_is_zero)


def _translate(source: Source, value: Any) -> Any:
    text = clean_text(value)
    if text in source.values:
        return source.values[text]
    for prefix, word in source.prefixes.items():
        if text.startswith(prefix):
            return word
    return source.default if source.default is not None else value


def _convert_sum(
    source: Source, column: Column, cells: Callable[[str], Sequence[Any]], length: int, blank_is_zero: bool
) -> ConvertedColumn:
    """Sum of several source columns: missing if any of them is blank, faulty if any of them is."""
    terms = [convert_column(cells(h), column, blank_is_zero=blank_is_zero) for h in source.sum]
    values = [
        None if any(v is None for v in row) else sum(row)
        for row in zip(*(t.values for t in terms), strict=True)
    ] or [None] * length
    faults: dict[int, tuple[object, Fault]] = {}
    for term in terms:
        faults.update(term.faults)
    return ConvertedColumn(values, faults)


def _list_faults(
    sheet: ParsedSheet,
    feed: Feed,
    part: int,
    numbers: list[int],
    converted: dict[str, ConvertedColumn],
    letters: dict[str, str],
    is_layout: bool,
) -> set[int]:
    """List faulty and blank cells of one group; returns the row indexes that can't be used."""
    faulty: set[int] = set()
    nobody: list[Any] = [None] * len(numbers)
    codes = converted["school_code"].values if "school_code" in converted else nobody
    names = converted["school_name"].values if "school_name" in converted else nobody

    def add(i: int, column: Column, severity: str, code: str, value: object, message: str) -> None:
        letter = letters.get(column.name, "").split(",")[0]
        sheet.problems.append(
            Problem(
                severity,
                "format",
                code,
                message,
                sheet.sheet,
                feed.feed,
                part,
                numbers[i],
                column.name,
                column.heading_zh,
                f"{letter}{numbers[i]}" if letter else "",
                _shown_in(feed, column, value),
                codes[i] or "",
                names[i] or "",
            )
        )

    for column in feed.columns:
        result = converted[column.name]
        for i, (value, fault) in result.faults.items():
            faulty.add(i)
            shown = _shown_in(feed, column, value)
            shown = f"“{shown}”" if shown else ""
            add(
                i, column, "quarantine_row", fault.rule_code, value,
                f"“{column.heading_zh}”填的{shown}不能采用：{fault.wanted_zh}；整行暂不采用，改正后重报即可。",
            )  # fmt: skip
        for i in sorted(result.masked):
            add(
                i, column, "warn", "PERSONAL_NUMBER", result.values[i],
                f"“{column.heading_zh}”里有身份证号或手机号：请勿填写身份证号或手机号；已遮盖中间各位，这一行照常采用，"
                "需要联系人的请改填单位电话。",
            )  # fmt: skip
        if column.name not in letters:
            continue
        if column.name in feed.key_columns and None in result.values:
            for i, value in enumerate(result.values):
                if value is None and i not in result.faults:
                    faulty.add(i)
                    add(
                        i, column, "quarantine_row", "KEY_BLANK", "",
                        f"“{column.heading_zh}”是空的，无法确定这一行属于谁、属于何时；整行暂不采用，请补填后重报。",
                    )  # fmt: skip
        elif (
            column.name not in feed.key_columns
            and column.required
            and not is_layout
            and None in result.values
        ):
            for i, value in enumerate(result.values):
                if value is None and i not in result.faults and i not in faulty:
                    add(
                        i, column, "warn", "BLANK_CELL", "",
                        f"“{column.heading_zh}”没有填，按缺数据处理（不当作零），用到它的指标无法计算；请补填"
                        + ("，确实为零请填 0。" if column.is_number else "。"),
                    )  # fmt: skip
    for group in feed.one_of:
        if not all(feed.column(n).name in letters for n in group[:1]):
            continue
        members = [converted[n].values for n in group]
        column = feed.column(group[0])
        for i, values in enumerate(zip(*members, strict=True)):
            if all(v is None for v in values) and i not in faulty:
                add(
                    i, column, "warn", "BLANK_CELL", "",
                    f"“{column.heading_zh}”没有填，按缺数据处理（不当作零），用到它的指标无法计算；请补填。",
                )  # fmt: skip
    return faulty


_MARKS_ZH = {
    FORMULA_WITHOUT_VALUE: "公式",
    ERROR_CELL: "错误值",
    MERGED_CELL: "合并单元格",
    EXTERNAL_REFERENCE: "引用其他文件的公式",
}


def shown_cell(value: object) -> str:
    """A cell as the problem list shows it."""
    text = clean_text(value)
    if text.startswith("\ue000"):
        return _MARKS_ZH[text]
    return mask_personal_numbers(text)[:80]


def _shown_in(feed: Feed, column: Column, value: object) -> str:
    """A cell's text for the problem list: never pay, nor what may be pay in the wrong column."""
    text = shown_cell(value)
    may_be_pay = feed.holds_pay and column.is_number and text and not _FEW.fullmatch(text)
    return "" if column.is_pay or may_be_pay else text
