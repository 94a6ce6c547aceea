"""From the records of a sheet to typed columns of a feed, and the findings about their cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from dagster_project.core.privacy import mask_personal_numbers
from dagster_project.intake.feeds import Column, Feed
from dagster_project.intake.files.grid import Grid, column_letter
from dagster_project.intake.findings import Problem, cell_problem, problem
from dagster_project.intake.parse.body import Row
from dagster_project.intake.parse.cells import (
    ConvertedColumn,
    Fault,
    as_key,
    clean_text,
    convert_column,
    has_wide_digits,
    is_blank,
    without_personal_numbers,
)
from dagster_project.intake.parse.layout_values import (
    LayoutColumn,
    LayoutPart,
    layout_column,
    words_of_no_value,
)
from dagster_project.intake.parse.layouts import Source
from dagster_project.intake.parse.parsed import ROW_COLUMNS, ParsedSheet
from dagster_project.intake.parse.sheet_words import Unit, unit_of
from dagster_project.intake.parse.shown import shown_in_column
from dagster_project.intake.parse.told_apart import ReadTable, Tellers, list_told_apart

#: Gives the cells of a source column, one per record, by its heading.
Cells = Callable[[str], Sequence[Any]]
#: Words of a list that a message names.
_WORDS_NAMED = 8


@dataclass(frozen=True)
class _Part:
    """Converted columns of one group of source columns; a layout may make several parts of one row.

    Attributes:
        number: place of the group, from 0.
        numbers: sheet row of each record.
        converted: by feed column name.
        letters: letters of the source columns by feed column name; absent where the sheet has no such column.
        by_default: by feed column name, how often each word was read as the default of a layout.
    """

    number: int
    numbers: list[int]
    converted: dict[str, ConvertedColumn]
    letters: dict[str, str]
    by_default: dict[str, Counter[str]]

    def values(self, name: str) -> list[Any]:
        """Values of a column; None in each row if the feed has no such column."""
        return self.converted[name].values if name in self.converted else [None] * len(self.numbers)


def fill_sheet(
    sheet: ParsedSheet,
    feed: Feed,
    grid: Grid,
    records: list[Row],
    groups: list[dict[str, Source]],
    places: dict[str, int],
    layout: LayoutPart | None,
    heading: int,
    units: Mapping[str, Unit] | None = None,
    tellers: Tellers | None = None,
) -> None:
    """Convert the records into the sheet's columns, and list what is wrong with their cells.

    Records of another table of the sheet that was read before stay; the new ones are further parts.

    Args:
        sheet: gets columns, column maps and problems; it is refused if most rows don't fit the heading.
        feed: the feed of the sheet.
        grid: the sheet's cells.
        records: the rows to convert.
        groups: per part, the source of each feed column.
        places: column index of each source column.
        layout: the part of a layout by which the sheet is read; None for the feed's own headings.
        heading: index in `grid.rows` of the heading's last row.
        units: unit of the figures by feed column name, where it isn't the feed's.
        tellers: what may tell rows of one key apart besides the feed's columns; None if nothing is to be compared.
    """
    head = grid.rows[heading] if grid.rows else []
    head_width = max((j for j, c in enumerate(head, 1) if not is_blank(c)), default=0)
    shifted = {
        n
        for n, row in (records if grid.is_ragged else ())
        if len(row) < head_width or any(not is_blank(c) for c in row[len(head) :])
    }
    if len(shifted) > 1 and 2 * len(shifted) > len(records):
        _reject_shifted_heading(sheet, head_width, len(shifted), len(records))
        return
    numbers = [n for n, _ in records]
    cells = _transposed(records, places)
    names = (*ROW_COLUMNS, *(c.name for c in feed.columns))
    out: dict[str, list[Any]] = {name: sheet.columns.get(name, []) for name in names}
    first = len(sheet.column_maps)
    for number, group in enumerate(groups, first):
        part = _convert_part(number, numbers, feed, grid, group, places, cells, layout)
        _convert_units(sheet, feed, part, units or {})
        sheet.column_maps.append(part.letters)
        if number == first:
            _warn_of_wide_digits(sheet, feed, part, group, cells)
        _list_assumptions(sheet, feed, part)
        _list_defaults(sheet, feed, part, records, places, group)
        read_as_none = _read_as_none(group, cells, layout) if layout else {}
        faulty = _list_faults(sheet, feed, part, read_as_none, is_foreign=layout is not None)
        start = len(out["row_number"])
        if tellers is not None:
            for place in list_told_apart(sheet, feed, _read_table(feed, part, records, tellers, start)):
                if place >= start:
                    faulty.add(place - start)
                else:
                    out["has_fault"][place] = True
        for i, row_number in enumerate(numbers if shifted else ()):
            if row_number in shifted:
                faulty.add(i)
                if number == first:
                    sheet.problems.append(_shifted_row(sheet, part, i, len(records[i][1]), head_width))
        lookup = group.get("school_code")
        by_name = lookup.register_name if lookup else None
        out["row_number"] += numbers
        out["part"] += [number] * len(records)
        out["has_fault"] += [i in faulty for i in range(len(records))]
        out["lookup_name"] += (
            [mask_personal_numbers(clean_text(v)) or None for v in cells(by_name)]
            if by_name
            else [None] * len(records)
        )
        for column in feed.columns:
            out[column.name] += part.converted[column.name].values
    sheet.columns = out


def _read_as_none(group: dict[str, Source], cells: Cells, layout: LayoutPart) -> dict[str, dict[int, str]]:
    """Words that a layout reads as missing, by feed column and index of the record."""
    found: dict[str, dict[int, str]] = {}
    for name, source in group.items():
        words = words_of_no_value(source, layout)
        for heading in source.headings if words else ():
            texts = enumerate(map(clean_text, cells(heading)))
            found.setdefault(name, {}).update({i: text for i, text in texts if text in words})
    return found


def _convert_units(sheet: ParsedSheet, feed: Feed, part: _Part, units: Mapping[str, Unit]) -> None:
    """Convert figures into the feed's unit, with a note per column."""
    for name, unit in units.items():
        column = feed.column(name)
        own = unit_of(column.unit_zh)
        assert own is not None
        factor = unit.size / own.size
        found = part.converted[name]
        part.converted[name] = replace(
            found, values=[None if v is None else float(Fraction(v) * factor) for v in found.values]
        )
        sheet.problems.append(
            problem(
                "UNIT_CONVERTED",
                sheet=sheet.sheet,
                feed=feed.feed,
                part=part.number,
                column_name=name,
                column_zh=column.heading_zh,
                cell=f"{part.letters[name].split(',')[0]}{sheet.heading_row}",
                stated=unit.word,
                unit=column.unit_zh,
            )
        )


def _transposed(records: list[Row], places: dict[str, int]) -> Cells:
    """Cells by source column; a column beyond the longest row is blank."""
    width = max((len(r) for _, r in records), default=0)
    padded = [r if len(r) == width else [*r, *[""] * (width - len(r))] for _, r in records]
    transposed: list[Sequence[Any]] = list(zip(*padded, strict=True)) if padded else [()] * width
    blank: Sequence[Any] = [""] * len(records)

    def cells(heading: str) -> Sequence[Any]:
        j = places[heading]
        return transposed[j] if j < len(transposed) else blank

    return cells


def _convert_part(
    number: int,
    numbers: list[int],
    feed: Feed,
    grid: Grid,
    group: dict[str, Source],
    places: dict[str, int],
    cells: Cells,
    layout: LayoutPart | None,
) -> _Part:
    converted: dict[str, ConvertedColumn] = {}
    letters: dict[str, str] = {}
    by_default: dict[str, Counter[str]] = {}
    for column in feed.columns:
        source = group.get(column.name)
        if source is None:
            converted[column.name] = ConvertedColumn([None] * len(numbers), {})
            continue
        given = _convert(source, column, cells, len(numbers), layout)
        found, by_default[column.name] = given.found, given.by_default
        if column.type == "text":
            is_key = column.name in feed.grain
            if is_key and source.column is not None:
                found = as_key(found, cells(source.column))
            found = without_personal_numbers(found, is_key=is_key, is_code=column.is_code)
        converted[column.name] = found
        letters[column.name] = ",".join(grid.letter(places[h]) for h in source.headings)
    return _Part(number, numbers, converted, letters, by_default)


def _convert(
    source: Source, column: Column, cells: Cells, length: int, layout: LayoutPart | None
) -> LayoutColumn:
    """One feed column from its source: by a layout, or from a column of the sheet."""
    if layout is not None:
        return layout_column(source, column, cells, length, layout)
    assert source.column is not None
    return LayoutColumn(convert_column(cells(source.column), column))


def _warn_of_wide_digits(
    sheet: ParsedSheet, feed: Feed, part: _Part, group: dict[str, Source], cells: Cells
) -> None:
    """One warning per column whose figures or codes were typed in full-width digits."""
    for column in feed.columns:
        source = group.get(column.name)
        if source is None or source.column is None or not (column.is_number or column.type == "code"):
            continue
        values = cells(source.column)
        if "".join([v for v in set(values) if type(v) is str]).isascii():
            continue
        wide = [n for n, value in zip(part.numbers, values, strict=True) if has_wide_digits(value)]
        if wide:
            sheet.problems.append(
                problem(
                    "WIDE_DIGITS",
                    sheet=sheet.sheet,
                    feed=feed.feed,
                    column_name=column.name,
                    column_zh=column.heading_zh,
                    cell=f"{part.letters[column.name]}{wide[0]}",
                    count=len(wide),
                )
            )


def _list_assumptions(sheet: ParsedSheet, feed: Feed, part: _Part) -> None:
    """One note per column and rule about cells that aren't written as asked for, but were read."""
    for column in feed.columns:
        by_rule: dict[str, list[int]] = {}
        for i, (_, rule_code) in part.converted[column.name].assumed.items():
            by_rule.setdefault(rule_code, []).append(i)
        for rule_code, rows in by_rule.items():
            first = min(rows)
            found = part.converted[column.name]
            shown = shown_in_column(feed, column, found.assumed[first][0])
            letter = part.letters[column.name].split(",")[0]
            sheet.problems.append(
                problem(
                    rule_code,
                    sheet=sheet.sheet,
                    feed=feed.feed,
                    part=part.number,
                    column_name=column.name,
                    column_zh=column.heading_zh,
                    cell=f"{letter}{part.numbers[first]}",
                    value=shown,
                    count=len(rows),
                    shown=f"“{shown}”" if shown else "",
                    read_zh=_word_of(column, found.values[first]),
                )
            )


def _word_of(column: Column, value: object) -> str:
    """A value in the words of the returns: the choice for a code."""
    return next((word for word, code in column.choices.items() if code == value), str(value))


def _reject_shifted_heading(sheet: ParsedSheet, width: int, shifted: int, rows: int) -> None:
    """Refuse a sheet most of whose rows don't fit its heading: then the heading lost or gained a cell."""
    sheet.reject(
        problem(
            "SHIFTED_HEADING",
            sheet=sheet.sheet,
            feed=sheet.feed,
            row_number=sheet.heading_row,
            cell=f"A{sheet.heading_row}",
            width=width,
            rows=rows,
            shifted=shifted,
        )
    )


def _shifted_row(sheet: ParsedSheet, part: _Part, i: int, cells: int, width: int) -> Problem:
    """Finding about record `i`, which has another number of cells than the heading's width."""
    is_longer = cells > width
    letter = column_letter(min(cells, width) + is_longer)
    return problem(
        "SHIFTED_ROW",
        "longer" if is_longer else "shorter",
        sheet=sheet.sheet,
        feed=sheet.feed,
        row_number=part.numbers[i],
        cell=f"{letter}{part.numbers[i]}",
        school_code=part.values("school_code")[i] or "",
        cells=cells,
        width=width,
    )


def _list_defaults(
    sheet: ParsedSheet,
    feed: Feed,
    part: _Part,
    records: list[Row],
    places: dict[str, int],
    group: dict[str, Source],
) -> None:
    """One warning per column some of whose words only a layout's default knows: the words, and the first cell."""
    for name, words in part.by_default.items():
        if not words:
            continue
        column, source = feed.column(name), group[name]
        j = places[source.headings[0]]
        first = next(
            (n for n, row in records if j < len(row) and clean_text(row[j]) in words), sheet.heading_row
        )
        sheet.problems.append(
            problem(
                "LAYOUT_DEFAULT",
                sheet=sheet.sheet,
                feed=feed.feed,
                part=part.number,
                column_name=name,
                column_zh=column.heading_zh,
                cell=f"{part.letters[name].split(',')[0]}{first}",
                words="、".join(f"“{word}”" for word in list(words)[:_WORDS_NAMED]),
                distinct=len(words),
                count=words.total(),
                default=source.default,
            )
        )


def _list_faults(
    sheet: ParsedSheet,
    feed: Feed,
    part: _Part,
    read_as_none: Mapping[str, Mapping[int, str]],
    *,
    is_foreign: bool,
) -> set[int]:
    """List faulty, masked and blank cells of one part.

    Args:
        sheet: gets the problems.
        feed: the feed of the sheet.
        part: the converted columns.
        read_as_none: words that a layout reads as missing, by feed column and index of the record.
        is_foreign: a layout gave the columns; then a wrong cell that no figure needs is left blank, and its row counts.

    Returns:
        Indexes of the records that can't be used.
    """
    faulty: set[int] = set()
    report = _Reporter(sheet, feed, part)
    if sheet.unfilled:
        given = [
            c for c in feed.columns if c.name in part.letters and c.name not in (*feed.grain, "school_name")
        ]
        first = next((c for c in given if c.required), given[0])
        faulty.update(i for i, number in enumerate(part.numbers) if number in sheet.unfilled)
        for i in sorted(faulty):
            if part.numbers[i] not in sheet.typed_over:
                report.cell("UNFILLED_ROW", "class" if "class_name" in feed.grain else "other", i, first, "")
    for column in feed.columns:
        result = part.converted[column.name]
        keeps_row = is_foreign and _is_optional(feed, column)
        for i, (value, fault) in result.faults.items():
            if not keeps_row:
                faulty.add(i)
            report.fault(i, column, value, fault, keeps_row=keeps_row)
        for i in sorted(result.masked):
            report.cell("PERSONAL_NUMBER", "", i, column, result.values[i])
        is_asked = column.is_asked_in(sheet.school_year)
        if column.name not in part.letters and column.since is not None and is_asked and not is_foreign:
            sheet.problems.append(
                problem(
                    "LATER_COLUMN_MISSING",
                    sheet=sheet.sheet,
                    feed=feed.feed,
                    part=part.number,
                    column_name=column.name,
                    column_zh=column.heading_zh,
                    cell=f"A{sheet.heading_row}",
                    since=column.since,
                )
            )
        if column.name not in part.letters or result.is_filled or None not in result.values:
            continue
        is_key = column.name in feed.key_columns
        if not is_key and not is_asked:
            continue
        for i, value in enumerate(result.values):
            if value is not None or i in result.faults:
                continue
            word = shown_in_column(feed, column, read_as_none.get(column.name, {}).get(i, ""))
            if is_key:
                faulty.add(i)
                report.cell("KEY_BLANK", "word" if word else "blank", i, column, word)
            elif i not in faulty:
                counts = column.is_number
                report.cell("BLANK_CELL", "word" if word else "number" if counts else "other", i, column, word)  # fmt: skip
    for group in feed.one_of:
        if group[0] not in part.letters:
            continue
        members = [part.converted[n] for n in group]
        if any(member.is_filled for member in members):
            continue
        for i, values in enumerate(zip(*(member.values for member in members), strict=True)):
            if all(v is None for v in values) and i not in faulty:
                report.cell("BLANK_CELL", "other", i, feed.column(group[0]), "")
    return faulty


def _is_optional(feed: Feed, column: Column) -> bool:
    """True if a row makes sense without this column."""
    needed = {*feed.key_columns, *(name for names in feed.one_of for name in names)}
    return not column.required and column.name not in needed


def _read_table(feed: Feed, part: _Part, records: list[Row], tellers: Tellers, first: int) -> ReadTable:
    figures = [c.name for c in feed.columns if c.name not in feed.grain and c.name != "school_name"]
    return ReadTable(
        tellers,
        records,
        list(zip(*(part.values(name) for name in feed.grain), strict=True)),
        list(zip(*(part.values(name) for name in figures), strict=True)),
        part.values("school_code"),
        first,
        part.number,
    )


class _Reporter:
    """Adds findings about cells of one part to a sheet's problems, with the school of the row."""

    def __init__(self, sheet: ParsedSheet, feed: Feed, part: _Part) -> None:
        self._sheet, self._feed, self._part = sheet, feed, part
        self._codes, self._names = part.values("school_code"), part.values("school_name")

    def fault(self, i: int, column: Column, value: object, fault: Fault, *, keeps_row: bool = False) -> None:
        """A cell that can't be used; with `keeps_row` the other cells of its row can."""
        self._sheet.problems.append(
            cell_problem(
                fault.rule_code, fault.wanted_zh, keeps_row=keeps_row, **self._place(i, column, value)
            )
        )

    def cell(self, rule_code: str, case: str, i: int, column: Column, value: object) -> None:
        """Another finding about a cell."""
        place = self._place(i, column, value)
        self._sheet.problems.append(problem(rule_code, case, **place, word=place["value"]))

    def _place(self, i: int, column: Column, value: object) -> dict[str, Any]:
        letters = self._part.letters.get(column.name, "").split(",")
        found = self._part.converted.get(column.name)
        letter = letters[found.terms.get(i, 0) if found else 0]
        number = self._part.numbers[i]
        return {
            "sheet": self._sheet.sheet,
            "feed": self._feed.feed,
            "part": self._part.number,
            "row_number": number,
            "column_name": column.name,
            "column_zh": column.heading_zh,
            "cell": f"{letter}{number}" if letter else "",
            "value": shown_in_column(self._feed, column, value),
            "school_code": self._codes[i] or "",
            "school_name": self._names[i] or "",
        }
