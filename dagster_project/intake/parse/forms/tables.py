"""From a sheet to a form: its code, the labels of its rows and columns, and the cell at labels."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from dagster_project.intake.files.grid import Grid, column_letter
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.forms.declared import Era, Form, Place
from dagster_project.intake.parse.forms.labels import compact, comparable, path_of, stated_unit, without_mark

#: Rows at the top of a sheet in which its code and title are.
TOP_ROWS = 8
_NUMBERING_ROW = ("甲", "乙", "丙", "丁")
_LABEL_HEADINGS = ("指标名称", "项目")
_CODE_HEADINGS = ("代码", "编号", "计量单位", "单位", "备注")
_CONTINUED = re.compile(r"续表\d*\Z")
#: In the place of a cell where labels stand for several.
_SEVERAL = object()


class AmbiguousPlace(Exception):
    """Labels stand for several cells of a form."""


@dataclass
class FormTable:
    """A form in a workbook, over its sheet and the sheets that carry it on.

    Attributes:
        key: of the form in its era.
        form: its declaration.
        sheets: the sheets.
    """

    key: str
    form: Form
    sheets: list[FormSheet]

    def names(self) -> set[str]:
        """Names of its sheets."""
        return {sheet.grid.sheet for sheet in self.sheets}

    def find(self, place: Place) -> tuple[int, int, int, str] | None:
        """Where the cell at labels is: number of the sheet, row index, column index, and the unit stated for it.

        None if the form has no such row or column.

        Raises:
            AmbiguousPlace: the labels stand for several cells.
        """
        for row in place.row:
            for column in place.column or ("",):
                found = [
                    (n, *at, sheet.unit(*at))
                    for n, sheet in enumerate(self.sheets)
                    if (at := sheet.find(place.block, row, column))
                ]
                if len(found) > 1:
                    raise AmbiguousPlace
                if found:
                    return found[0]
        return None


class FormCell(NamedTuple):
    """A cell of a form: its value, its sheet and its place in it, and the unit that its row or column states."""

    value: Any
    sheet: str
    column_number: int
    row_number: int
    unit: str = ""

    @property
    def address(self) -> str:
        """Address in its sheet, such as `C9`."""
        return _address(self.column_number, self.row_number)


@lru_cache(4096)
def _address(column: int, row: int) -> str:
    return f"{column_letter(column)}{row}"


@dataclass
class FormSheet:
    """One sheet of a form.

    Attributes:
        grid: its cells, without a row of column letters and a column of row numbers.
        code: its code.
        title: its title in comparable form.
        bears_code: the code is on the sheet or in its name, not concluded from its title.
        key: of the form in its era; empty until the form is known.
        form: the declaration; None until the form is known.
        heads: comparable heading path by column index.
        rows: block, comparable label and index of each row, in order.
        row_units: unit that a row states, in its label or its column of units, by index.
        column_units: unit that a heading states, by column index.
        body: index of the first row below the headings.
        label_columns: indexes of the columns of labels.
        unit_columns: index of the column of units, if there is one.
        found: where labels were looked for before: row and column index, None or `_SEVERAL`; sheets with the same labels
            share it.
    """

    grid: Grid
    code: str
    title: str
    bears_code: bool
    key: str = ""
    form: Form | None = None
    heads: dict[int, tuple[str, ...]] = field(default_factory=dict)
    rows: list[tuple[str, str, int]] = field(default_factory=list)
    row_units: dict[int, str] = field(default_factory=dict)
    column_units: dict[int, str] = field(default_factory=dict)
    body: int = 0
    label_columns: list[int] = field(default_factory=list)
    unit_columns: list[int] = field(default_factory=list)
    found: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    def around(self, grid: Grid) -> FormSheet:
        """The same labels around the cells of another sheet."""
        sheet = object.__new__(FormSheet)
        sheet.__dict__.update(self.__dict__)
        sheet.grid = grid
        return sheet

    def find(self, block: str, row: str, column: str) -> tuple[int, int] | None:
        """Row index and column index of the cell at labels; None if there is no such row or column.

        Raises:
            AmbiguousPlace: there are several.
        """
        labels = (block, row, column)
        if labels not in self.found:
            try:
                self.found[labels] = self._place(block, row, column)
            except AmbiguousPlace:
                self.found[labels] = _SEVERAL
        place: tuple[int, int] | None = self.found[labels]
        if place is _SEVERAL:
            raise AmbiguousPlace
        return place

    def _place(self, block: str, row: str, column: str) -> tuple[int, int] | None:
        if self.form is not None and self.form.kind == "cards":
            return self._below_heading(column, row)
        i = self._row(comparable(block), comparable(row))
        j = self._column(tuple(comparable(part) for part in column.split("/")) if column else ())
        return None if i is None or j is None else (i, j)

    def _row(self, block: str, label: str) -> int | None:
        own = [(text, i) for opened, text, i in self.rows if opened == block]
        return (
            _the_one([i for text, i in own if text == label])
            if any(text == label for text, _ in own)
            else _the_one([i for text, i in own if without_mark(text) == without_mark(label)])
        )

    def _column(self, path: tuple[str, ...]) -> int | None:
        if not path:
            return _the_one(list(self.heads))
        exact = [j for j, own in self.heads.items() if own == path]
        if exact:
            return _the_one(exact)
        return _the_one([j for j, own in self.heads.items() if _ends_with(own, path)])

    def _below_heading(self, heading: str, label: str) -> tuple[int, int] | None:
        """Value below a heading, in the row of a label if one is given."""
        wanted, label = comparable(heading), comparable(label)
        for i, row in enumerate(self.grid.rows):
            for j, cell in enumerate(row):
                if isinstance(cell, str) and comparable(cell) == wanted:
                    for below in range(i + 1, len(self.grid.rows)):
                        texts = [comparable(clean_text(c)) for c in self.grid.rows[below][:j]]
                        if not label or label in texts:
                            return below, j
                    return None
        return None

    def unit(self, i: int, j: int) -> str:
        """Unit that a row or a column states, by their indexes."""
        return self.row_units.get(i) or self.column_units.get(j, "")


def _the_one(found: list[int]) -> int | None:
    if len(found) > 1:
        raise AmbiguousPlace
    return found[0] if found else None


def _ends_with(path: tuple[str, ...], end: tuple[str, ...]) -> bool:
    plain = tuple(without_mark(part) for part in path)
    return plain[-len(end) :] == tuple(without_mark(part) for part in end)


def form_sheet(grid: Grid, era: Era) -> FormSheet | None:
    """The sheet as a form with its code and title; None if it bears no code of the era, or several (a list of forms)."""
    plain = without_frame(grid)
    top = [[clean_text(c) for c in row if not is_blank(c)] for row in plain.rows[:TOP_ROWS]]
    texts = [compact(text) for row in top for text in row]
    pattern = era.code
    codes = {found[0] for text in texts for found in pattern.finditer(text)}
    if len(codes) > 1:
        return None
    code = codes.pop() if codes else ""
    if not code:
        named = pattern.match(unicodedata.normalize("NFKC", grid.sheet).strip())
        code = named[0] if named else ""
    titles = [comparable(text) for text in texts]
    title = next((text for text in titles if text in era.titles), "")
    bears_code = bool(code)
    if not code and title and len(era.titles[title]) == 1:
        code = era.forms[era.titles[title][0]].code
    if not code:
        return None
    return FormSheet(plain, code, title or (titles[0] if titles else ""), bears_code)


def form_of(sheet: FormSheet, era: Era) -> str | None:
    """Key of the sheet's form; None if the era doesn't declare it."""
    keys = era.codes.get(sheet.code) or era.codes.get(_CONTINUED.sub("", sheet.code)) or []
    fitting = [key for key in keys if comparable(era.forms[key].title) == sheet.title]
    if len(fitting) == 1:
        return fitting[0]
    return keys[0] if len(keys) == 1 else None


def read_labels(sheet: FormSheet, key: str, form: Form) -> None:
    """Find the headings of the sheet's columns and the labels of its rows."""
    sheet.key, sheet.form = key, form
    if form.kind == "cards":
        return
    rows = sheet.grid.rows
    first = _first_row(sheet)
    numbering = next(
        (i for i in range(first, min(first + TOP_ROWS, len(rows))) if _is_numbering(rows[i])), None
    )
    heads, body, labels, figures = _columns_of(rows, first, numbering)
    for j in figures:
        texts = [_head_at(sheet.grid, i, j, heads, labels) for i in heads]
        sheet.heads[j] = path_of([comparable(text) for text in texts])
        units = [unit for text in texts if (unit := stated_unit(text))]
        if units:
            sheet.column_units[j] = units[-1]
    unit_column = _column_of_units(rows, heads)
    sheet.body = body
    sheet.label_columns = labels
    sheet.unit_columns = [] if unit_column is None else [unit_column]
    block = ""
    blocks = {comparable(b) for b in form.blocks}
    for i in range(body, len(rows)):
        texts = [comparable(clean_text(rows[i][j])) for j in labels if j < len(rows[i])]
        filled = [t for t in texts if t and t != "#"]
        if not filled:
            continue
        label = filled[-1]
        units = [stated_unit(clean_text(rows[i][j])) for j in labels if j < len(rows[i])]
        if unit_column is not None and unit_column < len(rows[i]):
            units.append(clean_text(rows[i][unit_column]))
        if any(units):
            sheet.row_units[i] = next(unit for unit in units if unit)
        if label in blocks:
            block = label
        sheet.rows.append((block, label, i))


def _column_of_units(rows: list[list[Any]], heads: range) -> int | None:
    """Index of the column of units, if the form has one."""
    found = (
        j for i in heads for j, c in enumerate(rows[i]) if comparable(clean_text(c)) in ("计量单位", "单位")
    )
    return next(found, None)


def _first_row(sheet: FormSheet) -> int:
    """Index of the first row below title and code: the first with several filled cells."""
    for i, row in enumerate(sheet.grid.rows):
        if sum(1 for c in row if not is_blank(c)) > 1:
            return i
    return len(sheet.grid.rows)


def _is_numbering(row: list[Any]) -> bool:
    filled = [clean_text(c) for c in row if not is_blank(c)]
    return len(filled) > 1 and filled[0] == _NUMBERING_ROW[0] and filled[1] in (*_NUMBERING_ROW, "1")


def _columns_of(
    rows: list[list[Any]], first: int, numbering: int | None
) -> tuple[range, int, list[int], list[int]]:
    """Rows of headings, first row below them, and indexes of the columns of labels and of figures."""
    if numbering is not None:
        marks = [clean_text(c) for c in rows[numbering]]
        start = marks.index(_NUMBERING_ROW[0])
        others = [j for j, mark in enumerate(marks) if mark in _NUMBERING_ROW[1:]]
        figures = [j for j, mark in enumerate(marks) if mark.isdigit()]
        end = min([*others, *figures], default=len(marks))
        return range(first, numbering), numbering + 1, list(range(start, end)), figures
    heads = [comparable(clean_text(c)) for c in rows[first]] if first < len(rows) else []
    start = next((j for j, head in enumerate(heads) if head in _LABEL_HEADINGS), -1)
    if start >= 0:
        codes = [j for j, head in enumerate(heads) if head in _CODE_HEADINGS]
        figures = [j for j, head in enumerate(heads) if head and j > start and j not in codes]
        labels = list(range(start, min([*(j for j in codes if j > start), *figures], default=start + 1)))
        return range(first, first + 1), first + 1, labels, figures
    # a list without headings: label, running number, value
    start = next((j for j, c in enumerate(rows[first]) if not is_blank(c)), 0) if first < len(rows) else 0
    return range(first, first), first, [start], [start + 2]


def _head_at(grid: Grid, i: int, j: int, heads: range, labels: list[int]) -> str:
    """Heading over a column in one row of headings: its own cell, or that of the heading that spans it."""
    row = grid.rows[i]
    number, column = grid.first_row + i, grid.first_column + j
    for top, left, bottom, right in grid.merges:
        if top <= number <= bottom and left <= column <= right:
            place = left - grid.first_column
            source = grid.rows[top - grid.first_row]
            return clean_text(source[place]) if 0 <= place < len(source) else ""
    if j < len(row) and not is_blank(row[j]):
        return clean_text(row[j])
    if i == heads[-1] or not _is_spanned(grid, i, j, heads):
        return ""
    for k in range(j - 1, max(labels), -1):
        if k < len(row) and not is_blank(row[k]):
            return clean_text(row[k])
    return ""


def _is_spanned(grid: Grid, i: int, j: int, heads: range) -> bool:
    """True if a row of headings further down has a text over the column: then a heading above it may span it."""
    return any(j < len(grid.rows[k]) and not is_blank(grid.rows[k][j]) for k in range(i + 1, heads[-1] + 1))


def without_frame(grid: Grid) -> Grid:
    """The grid without a first row of column letters and a first column of row numbers."""
    rows = grid.rows
    if not rows:
        return grid
    letters = [clean_text(c) for c in rows[0]]
    if len(letters) < 2 or letters != [column_letter(grid.first_column + j) for j in range(len(letters))]:
        return grid
    numbers = [clean_text(row[0]) for row in rows[1:] if row]
    if not all(n == str(i) for i, n in enumerate(numbers, 1)):
        return grid
    return replace(
        grid,
        rows=[row[1:] for row in rows[1:]],
        first_row=grid.first_row + 1,
        first_column=grid.first_column + 1,
    )
