"""Which rows below a heading are records; totals, notes, repeated headings and blank rows are not."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from dagster_project.intake.feeds import Feed, load_feeds, normalise_heading
from dagster_project.intake.files.grid import EXTERNAL_REFERENCE, Grid, column_letter
from dagster_project.intake.findings import problem
from dagster_project.intake.parse.body import Body, Row, numbers_of, values_in
from dagster_project.intake.parse.cell_text import without_text_mark
from dagster_project.intake.parse.cells import Fault, clean_text, convert_column, is_blank, to_number
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.parse.row_words import is_figure, names_class, names_part, numbers_columns
from dagster_project.intake.parse.sheet_words import (
    is_example,
    is_total_word,
    load_words,
    total_word,
)
from dagster_project.intake.parse.shown import shown_cell

#: Least share of digits in a text that may be a misspelt code.
_COULD_BE_CODE = re.compile(r"(?=(?:.*\d){5})[0-9A-Za-z.+-]{6,20}\Z")
_SHORTEST_CODE = 6
#: Cells whose reading is remembered: the same words fill most cells of a column.
_REMEMBERED = 8192
_ROWS_NAMED = 8
#: A label before its value, as in 填表人：… or 日期：….
_LABEL = re.compile(r"[\w（）()、 ]{1,12}[:：]")
#: Longer text beside a table is an instruction, no remark on a row.
_LONGEST_REMARK = 40


#: Kinds of rows that are no records; words for them are the cases of rule PASSED_OVER.
PassedKind = Literal["heading", "numbering", "example", "note", "total"]
#: What a row with a code may be besides a record, by its words.
_CodedKind = Literal["total", "doubtful", "odd class", "example"]


@dataclass
class KeptRows:
    """Rows below a heading, by what they are, in the order of the sheet.

    Attributes:
        records: rows of the feed.
        totals: rows that add others up.
        passed_over: numbers of the other rows, by kind.
        unclear: rows with figures that name neither a school nor what they add up.
    """

    records: list[Row] = field(default_factory=list)
    totals: list[Row] = field(default_factory=list)
    passed_over: dict[PassedKind, list[int]] = field(default_factory=dict)
    unclear: list[Row] = field(default_factory=list)

    def pass_over(self, kind: PassedKind, number: int) -> None:
        """List a row as no record."""
        self.passed_over.setdefault(kind, []).append(number)


def rows_below(grid: Grid, heading: int) -> Body:
    """Rows below a heading (an index of `grid.rows`) up to the last one that isn't blank."""
    rows = grid.rows[heading + 1 :]
    last = len(rows)
    while last and all(is_blank(c) for c in rows[last - 1]):
        last -= 1
    start = grid.first_row + heading + 1
    return Body(zip(range(start, start + last), rows[:last], strict=True))


@lru_cache(_REMEMBERED, typed=True)
def is_code(cell: object) -> bool:
    """True for a cell of at least six digits, which only records have in their code column."""
    if type(cell) is str and cell.isascii() and cell.isdigit():
        return len(cell) >= _SHORTEST_CODE
    text = without_text_mark(clean_text(cell))
    return len(text) >= _SHORTEST_CODE and text.isdigit()


def keep_records(
    sheet: ParsedSheet, grid: Grid, body: list[Row], heading: range, names: dict[str, int], feed: Feed
) -> KeptRows:
    """What each row below a heading is; counts the rows that are no records in `sheet`.

    A row is a record if its code could be one, or if it has figures and says what they are about. Signatures,
    titles, repeated headings, column numbers, examples and totals are none, whatever their words.

    Args:
        sheet: gets the count, and warnings about rows that can't be understood.
        grid: the sheet's cells.
        body: rows below the heading.
        heading: indexes of the heading's rows in `grid.rows`.
        names: column index by feed column name.
        feed: the feed of the sheet.
    """
    reader = _RowReader(grid, body, heading, names, feed)
    kept = KeptRows()
    identity = names[feed.identity]
    figure = min(reader.figures, default=identity)
    doubtful: list[tuple[int, list[Any], bool]] = []
    foreign = reader.foreign_codes(values_in(body, identity))
    examples: list[Row] = []
    names_hidden: list[Row] = []
    uncoded: list[Row] = []
    for number, row in body:
        has_figure = figure != identity and figure < len(row) and type(row[figure]) is float
        if identity < len(row) and is_code(row[identity]) and (has_figure or _holds_several(row)):
            no_record = reader.kind_of_coded(row) if reader.odd_words else None
            if foreign and row[identity] in foreign and reader.lacks_keys(row):
                no_record = "doubtful"
            if no_record == "doubtful" or no_record == "odd class":
                doubtful.append((number, row, no_record == "odd class"))
            elif no_record:
                if no_record == "example":
                    examples.append((number, row))
                    continue
                if no_record == "total":
                    kept.totals.append((number, row))
                kept.pass_over(no_record, number)
            else:
                kept.records.append((number, row))
            continue
        kind = reader.kind_of_uncoded(row)
        if kind == "record":
            (uncoded if is_blank(row[identity] if identity < len(row) else "") else kept.records).append(
                (number, row)
            )
        elif kind == "total":
            kept.totals.append((number, row))
            kept.pass_over("total", number)
        elif kind == "outside":
            _warn_of_text_outside(sheet, grid, number, row)
        elif kind == "unclear":
            kept.unclear.append((number, row))
        elif kind != "blank":
            kept.pass_over(kind, number)
    for number, row in examples:
        # 某某小学 below other records, or with more rows of its code, is a school that hides its name
        is_marked = any(is_example(row[j], is_mark=True) for j in reader.own_words if j < len(row))
        others = (r for n, r in (*kept.records, *examples) if n != number)
        is_on_top = not kept.records or number < kept.records[0][0]
        if is_marked or (is_on_top and not any(r[identity] == row[identity] for r in others)):
            kept.pass_over("example", number)
        else:
            names_hidden.append((number, row))
    kept.records += names_hidden
    for number, row, is_odd_class in doubtful:
        # a class that merely isn't called 1班 is a total of its own school's classes or none: a sum that happens to
        # equal the pupils of some other classes proves nothing
        if _adds_up(kept, number, row, names, feed, least=2, code=row[identity] if is_odd_class else None):
            kept.totals.append((number, row))
            kept.pass_over("total", number)
        else:
            kept.records.append((number, row))
    for number, row in uncoded:
        # without a code, figures that are the sum of others are a total, whatever it is called (全镇, 共2所)
        if _adds_up(kept, number, row, names, feed, least=2):
            kept.totals.append((number, row))
            kept.pass_over("total", number)
        else:
            kept.records.append((number, row))
    if doubtful or uncoded or examples:
        kept.records.sort(key=lambda record: record[0])
        kept.totals.sort(key=lambda record: record[0])
    for number, row in kept.unclear.copy():
        if _adds_up(kept, number, row, names, feed):
            kept.unclear.remove((number, row))
            kept.pass_over("total", number)
    sheet.count_rows(numbers_of(body), numbers_of(kept.records))
    _list_passed_over(sheet, grid, kept, names, feed)
    return kept


def _holds_several(row: list[Any]) -> bool:
    """True if more than one cell is filled."""
    filled = (c for c in row if not is_blank(c))
    return next(filled, None) is not None and next(filled, None) is not None


class _RowReader:
    """Says of a row what it is, from its cells and the heading above it."""

    def __init__(
        self, grid: Grid, body: list[Row], heading: range, names: dict[str, int], feed: Feed
    ) -> None:
        self.mapped = sorted(names.values())
        self.identity = names[feed.identity]
        self.heads = [
            {
                (j, normalise_heading(c))
                for j, c in enumerate(grid.rows[i])
                if isinstance(c, str) and not is_blank(c)
            }
            for i in heading
        ]
        columns = {name: feed.column(name) for name in names}
        self.figures = [
            names[n]
            for n, c in columns.items()
            if c.is_number and c.type != "year" and n not in feed.key_columns
        ]
        self.choices = [(names[n], c) for n, c in columns.items() if c.type == "choice" and n in feed.grain]
        words = [n for n in feed.grain[1:] if n in names and columns[n].type in ("choice", "text")]
        if "school_name" in names:
            words.append("school_name")
        self.name = names.get("school_name", names.get("town"))
        #: Columns whose words can make a row with a code a total or an example; ledgers hold neither.
        self.own_words = [] if feed.is_ledger else [names[n] for n in words]
        self.texts = [
            names[n] for n, c in columns.items() if c.type in ("text", "choice", "code", "district")
        ]
        self.grades = {names[n] for n, c in columns.items() if c.type == "choice"}
        self.numberings = {
            j for i in heading for j, c in enumerate(grid.rows[i])
            if isinstance(c, str) and normalise_heading(c) in load_words().numberings
        }  # fmt: skip
        #: Where totals name themselves: a ledger's other texts may begin or end with such a word.
        self.naming = [self.identity, self.name] if feed.is_ledger else self.texts
        self.identity_column = feed.column(feed.identity)
        last = feed.grain[-1]
        self.last_key = names.get(last) if len(feed.grain) > 1 and last == "class_name" else None
        self.keys = [
            (names[n], columns[n]) for n in feed.grain[1:] if n in names and columns[n].type != "choice"
        ]
        #: By column, the cells that may make something else of a row with a code, with what that is.
        self.odd_words: dict[int, dict[object, _CodedKind]] = {}
        for j in self.own_words:
            texts = (c for c in values_in(body, j) if type(c) is str and c)
            odd: dict[object, _CodedKind] = {c: kind for c in texts if (kind := self._kind_of_word(j, c))}
            if odd:
                self.odd_words[j] = odd
        self.required = [
            (names[n], c) for n, c in columns.items() if c.is_in_every_form and n != feed.identity
        ]

    def foreign_codes(self, cells: Iterable[object]) -> set[object]:
        """Codes that are none of those that the feed asks for, as that of a division before its total."""
        codes = [c for c in cells if is_code(c)]
        return {codes[i] for i in convert_column(codes, self.identity_column).faults}

    def lacks_keys(self, row: list[Any]) -> bool:
        """True for a row that leaves blank which of its school's it is."""
        keys = [j for j, _ in (*self.choices, *self.keys)]
        return bool(keys) and all(j >= len(row) or is_blank(row[j]) for j in keys)

    def kind_of_coded(self, row: list[Any]) -> _CodedKind | None:
        """What a row with a code is, if it is no record.

        Its figures decide where a name may be that of a total (云台小学 汇总), or isn't like that of a class (年级合).
        """
        found: _CodedKind | None = None
        for j, odd in self.odd_words.items():
            kind = odd.get(row[j]) if j < len(row) else None
            if kind == "total" or kind == "example":
                return kind
            if kind is not None:
                found = kind if kind == "doubtful" else found or kind
        return found

    def _kind_of_word(self, j: int, cell: str) -> _CodedKind | None:
        """What a text in a column makes of its row."""
        if is_total_word(cell):
            return "total"
        if j == self.name and is_example(cell):
            return "example"
        if total_word(cell):
            return "total" if j in self.grades or names_part(cell) else "doubtful"
        return "odd class" if j == self.last_key and not names_class(cell) else None

    def kind_of_uncoded(
        self, row: list[Any]
    ) -> Literal["record", "blank", "outside", "total", "heading", "numbering", "example", "note", "unclear"]:
        """What a row without a code is."""
        filled = [c for c in row if not is_blank(c)]
        if not filled:
            return "blank"
        cells = [row[j] if j < len(row) else "" for j in self.mapped]
        rest = [j for j, c in enumerate(row) if not is_blank(c) and j not in self.numberings]
        nothing = {j for j in rest if j in self.figures and row[j] == 0}
        if not rest or (nothing and nothing.union(j for j, _ in self.choices).issuperset(rest)):
            return "blank"  # rows with numbers, formulas or choices filled in beforehand
        if all(is_blank(c) for c in cells):
            return "outside"
        if self._repeats_heading(row):
            return "heading"
        if self._names_total(row):
            return "total"
        if numbers_columns(filled):
            return "numbering"
        code = row[self.identity] if self.identity < len(row) else ""
        texts = [row[j] for j in self.texts if j < len(row) and isinstance(row[j], str)]
        if is_example(code, is_code=True) or any(is_example(t) for t in texts[:4]):
            return "example"
        if not is_blank(code) and not convert_column([code], self.identity_column).faults:
            return "record"
        if _COULD_BE_CODE.match(without_text_mark(clean_text(code)).replace(" ", "")) and len(filled) > 1:
            return "record"
        figures = sum(is_figure(row[j]) for j in self.figures if j < len(row))
        if not self.figures:
            return "record" if self._fits(row) else "note"
        if not figures:
            return "note"
        return "record" if self._says_what(row) else "unclear"

    def _names_total(self, row: list[Any]) -> bool:
        if self.naming is not self.texts:
            cells = [row[j] for j in self.naming if j is not None and j < len(row)]
            return any(isinstance(c, str) and total_word(c) for c in cells)
        first_figure = min(self.figures, default=self.identity + 2)
        leading = row[: max(self.identity + 2, first_figure, 4)]
        words = [row[j] for j in self.texts if j < len(row)]
        return any(isinstance(c, str) and total_word(c) for c in (*leading, *words))

    def _fits(self, row: list[Any]) -> bool:
        """True if most of the columns that the feed requires hold values of their kind: a record without its code."""
        cells = [(row[j] if j < len(row) else "", column) for j, column in self.required]
        filled = [(c, column) for c, column in cells if not is_blank(c)]
        fits = sum(1 for c, column in filled if not convert_column([c], column).faults)
        return 2 * fits > len(cells) and fits == len(filled)

    def _repeats_heading(self, row: list[Any]) -> bool:
        """True for a row that repeats a row of the heading, or most of one."""
        texts = {
            (j, normalise_heading(c)) for j, c in enumerate(row) if isinstance(c, str) and not is_blank(c)
        }
        return any(len(texts & head) >= 2 and 2 * len(texts & head) >= len(texts) for head in self.heads)

    def _says_what(self, row: list[Any]) -> bool:
        """True if the row's other key columns hold words of the feed, or a school is named."""
        for j, column in self.choices:
            cell = row[j] if j < len(row) else ""
            if not is_blank(cell):
                return not convert_column([cell], column).faults
        if any(j < len(row) and not is_blank(row[j]) for j, _ in self.keys):
            return True
        return self.name is not None and self.name < len(row) and not is_blank(row[self.name])


def _adds_up(
    kept: KeptRows,
    number: int,
    row: list[Any],
    names: dict[str, int],
    feed: Feed,
    least: int = 1,
    code: object = None,
) -> bool:
    """True if a row is a total: each of its figures is the sum of that column over one group of records.

    The group is the same for all figures: all records, those since the total before, or those up to the next total.

    Args:
        kept: the rows that are known so far.
        number: number of the row in the sheet.
        row: its cells.
        names: column index by feed column name.
        feed: the feed.
        least: fewest records of a group; a single one would equal its own "sum".
        code: if given, a group has only the records with this code.
    """
    stated = {
        names[c.name]: row[names[c.name]]
        for c in feed.columns
        if c.name in names and names[c.name] < len(row) and not is_blank(row[names[c.name]])
        and c.type in ("count", "area", "money") and c.name not in feed.key_columns
    }  # fmt: skip
    if not stated:
        return False
    others = sorted(n for n, _ in (*kept.totals, *kept.unclear) if n != number)
    before = max((n for n in others if n < number), default=0)
    after = min((n for n in others if n > number), default=10**9)
    identity = names[feed.identity]
    records = [(n, r) for n, r in kept.records if code is None or r[identity] == code]
    groups = [
        [r for _, r in records],
        [r for n, r in records if before < n < number],
        [r for n, r in records if number < n < after],
    ]
    return any(
        len(group) >= least
        and all(
            _equals_sum(value, [r[j] if j < len(r) else "" for r in group]) for j, value in stated.items()
        )
        for group in groups
    )


def _equals_sum(stated: Any, cells: list[Any]) -> bool:
    total = to_number(stated)
    if isinstance(total, Fault):
        return False
    numbers = []
    for cell in cells:
        number = cell if type(cell) is float else 0.0 if is_blank(cell) else to_number(cell)
        if isinstance(number, Fault):
            return False
        numbers.append(number)
    return abs(math.fsum(numbers) - total) < 0.006 * len(cells)


def _list_passed_over(
    sheet: ParsedSheet, grid: Grid, kept: KeptRows, names: dict[str, int], feed: Feed
) -> None:
    """One note per kind of row that is no record, and a warning about rows that can't be understood."""
    letter = grid.letter(names[feed.identity])
    for kind, numbers in kept.passed_over.items():
        finding = problem(
            "PASSED_OVER",
            kind,
            sheet=grid.sheet,
            feed=feed.feed,
            cell=f"{letter}{numbers[0]}",
            rows="、".join(map(str, numbers[:_ROWS_NAMED])),
            count=len(numbers),
        )
        if finding not in sheet.problems:  # tables beside each other may share the line
            sheet.problems.append(finding)
    for number, row in kept.unclear:
        first = next((c for c in row if not is_blank(c)), "")
        sheet.problems.append(
            problem(
                "UNCLEAR_ROW",
                sheet=grid.sheet,
                feed=feed.feed,
                row_number=number,
                cell=f"{letter}{number}",
                value="" if feed.holds_pay else shown_cell(first),
            )
        )


def _warn_of_text_outside(sheet: ParsedSheet, grid: Grid, number: int, row: list[Any]) -> None:
    """Report text beside the table's columns, unless it begins with the name of what it is (填表人：…)."""
    j, first = next((j, c) for j, c in enumerate(row) if not is_blank(c))
    text = clean_text(first)
    if isinstance(first, str) and (_LABEL.match(text) or len(text) > _LONGEST_REMARK):
        return
    sheet.problems.append(
        problem(
            "TEXT_OUTSIDE_TABLE",
            sheet=grid.sheet,
            feed=sheet.feed,
            row_number=number,
            cell=grid.address(j, number),
            # beside a table of pay a note may be pay
            value="" if load_feeds()[sheet.feed].holds_pay else shown_cell(text),
        )
    )


def reject_external_figures(
    sheet: ParsedSheet, grid: Grid, names: dict[str, int], records: list[Row]
) -> bool:
    """Refuse a sheet with a figure that is in another file; returns True if it was refused."""
    if not grid.has_external:
        return False
    for number, row in records:
        for name, j in names.items():
            if j < len(row) and row[j] == EXTERNAL_REFERENCE:
                sheet.reject(
                    problem(
                        "EXTERNAL_REFERENCE",
                        sheet=grid.sheet,
                        feed=sheet.feed,
                        row_number=number,
                        column_name=name,
                        cell=grid.address(j, number),
                    )
                )
                return True
    return False


def warn_of_hidden(sheet: ParsedSheet, grid: Grid, names: dict[str, int], records: list[Row]) -> None:
    """Warn that records or read columns are hidden; they are read all the same."""
    rows = set(grid.hidden_rows).intersection(n for n, _ in records)
    columns = set(grid.hidden_columns).intersection(grid.first_column + j for j in names.values())
    if not rows and not columns:
        return
    sheet.problems.append(
        problem(
            "HIDDEN_CELLS",
            "both" if rows and columns else "rows" if rows else "columns",
            sheet=grid.sheet,
            feed=sheet.feed,
            cell=f"A{min(rows)}" if rows else f"{column_letter(min(columns))}{sheet.heading_row}",
            rows=len(rows),
            columns=len(columns),
        )
    )
