"""From the forms of a workbook to rows of the feeds; each value keeps its own cell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dagster_project import speed
from dagster_project.intake.feeds import REGISTER, Column, Feed
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import cell_problem, problem
from dagster_project.intake.parse.cells import (
    Assumed,
    Fault,
    clean_text,
    convert_column,
    converter_for,
    is_blank,
    is_credit_code,
)
from dagster_project.intake.parse.forms.bands import BandCell, KnownBands, bands_in
from dagster_project.intake.parse.forms.book import Book, Spot
from dagster_project.intake.parse.forms.checks import check_totals
from dagster_project.intake.parse.forms.declared import Bands, Choice, Era, FeedRow, Figure, words_of
from dagster_project.intake.parse.forms.explanations import explanations_in
from dagster_project.intake.parse.forms.recognition import (
    ROWS_OF_COVER,
    is_synthetic,
    kind_of_sheet,
    stated_year,
)
from dagster_project.intake.parse.forms.shapes import known_form, remember_form
from dagster_project.intake.parse.forms.tables import (
    FormCell,
    FormSheet,
    FormTable,
    form_of,
    form_sheet,
    read_labels,
)
from dagster_project.intake.parse.forms.values import (
    FormsFile,
    Value,
    placed,
    places,
    unit_fault,
)
from dagster_project.intake.parse.parsed import ROW_COLUMNS, ParsedSheet
from dagster_project.intake.parse.persons import has_identity_numbers
from dagster_project.intake.parse.shown import shown_cell

_ROWS_OF_TITLE = 3
#: Texts of one column whose meaning is remembered.
_MOST_TEXTS = 4096


class FormsReader:
    """Sets the forms of a workbook aside while its sheets go by, and reads them when all are there.

    Args:
        eras: the editions that are known.
        school_year: year of the folder the workbook is in.
    """

    def __init__(self, eras: Sequence[Era], school_year: int) -> None:
        self._eras, self._year = eras, school_year
        self._forms: list[Grid] = []
        self._others: list[Grid] = []
        self._is_synthetic = False
        #: Some sheet that was set aside holds identity numbers.
        self.has_persons = False

    def takes(self, grid: Grid) -> bool:
        """True for a form, a cover and a list of forms; they are read by `finish`."""
        kind = kind_of_sheet(grid, self._eras) if self._eras else ""
        if kind:
            (self._forms if kind == "form" else self._others).append(grid)
            cells = grid.distinct_cells()
            self.has_persons = self.has_persons or has_identity_numbers(cells)
            self._is_synthetic = self._is_synthetic or is_synthetic(grid, cells)
        return bool(kind)

    def finish(self) -> FormsFile:
        """Rows of the feeds; without any form the other sheets that were set aside."""
        best: tuple[int, int] = (0, 0)
        workbook: tuple[Era, list[tuple[Grid, FormSheet | None]]] | None = None
        number = len(self._forms)
        for era in sorted(self._eras, key=lambda era: not era.is_in_force(self._year)):
            if best == (number, number):
                break
            found = [(grid, known_form(grid, era) or form_sheet(grid, era)) for grid in self._forms]
            known = [sheet for _, sheet in found if sheet is not None]
            # editions share titles; a form that bears its code says which it is of
            score = (sum(sheet.bears_code for sheet in known), len(known))
            if score > best:
                best, workbook = score, (era, found)
        if workbook is None:
            return FormsFile(others=[*self._others, *self._forms])
        return _Workbook(*workbook, self._others, self._year, is_synthetic=self._is_synthetic).read()


class _Workbook:
    """The forms of one school."""

    def __init__(
        self,
        era: Era,
        found: list[tuple[Grid, FormSheet | None]],
        covers: list[Grid],
        school_year: int,
        *,
        is_synthetic: bool,
    ) -> None:
        self.era, self.year, self.covers = era, school_year, covers
        self.file = FormsFile()
        self.book = Book(era, self.file.problems)
        self.check_results: list[Grid] = []
        self.code = self.register_code = Value()
        self.is_synthetic = is_synthetic
        #: What texts mean, by the identity of a column, which is kept beside it, and a unit.
        self._conversions: dict[Any, tuple[Column, dict[str, Any]]] = era.conversions if speed.is_on() else {}
        self._missing: dict[str, list[str]] = {}
        self._parsed: dict[str, ParsedSheet] = {}
        #: Rows of each feed, all with the same names in the same order, behind a blank one.
        self._rows_of: dict[str, list[dict[str, Any]]] = {}
        for grid, sheet in found:
            self._take(grid, sheet)
        self.book.close()

    def _take(self, grid: Grid, sheet: FormSheet | None) -> None:
        if sheet is None:
            self.file.others.append(grid)
            return
        if self.era.check_results.title in sheet.title:
            self.check_results.append(grid)
            return
        key = sheet.key or form_of(sheet, self.era)
        if key is None:
            self.file.problems.append(
                problem("FORM_UNKNOWN", sheet=grid.sheet, form=sheet.code, title=shown_cell(sheet.title))
            )
            return
        form = self.era.forms[key]
        if not sheet.key:
            read_labels(sheet, key, form)
            remember_form(grid, sheet, self.era)
        if key in self.book.tables:
            self.book.tables[key].sheets.append(sheet)
        else:
            self.book.tables[key] = FormTable(key, form, [sheet])

    def read(self) -> FormsFile:
        """All rows, or the reason why the workbook can't be used."""
        tables = [sheet.grid for table in self.book.tables.values() for sheet in table.sheets]
        if not tables:
            return self.file
        first = tables[0]
        if not self.era.is_in_force(self.year):
            self.file.problems.append(
                problem(
                    "FORMS_NOT_IN_FORCE",
                    sheet=first.sheet,
                    era_zh=self.era.name_zh,
                    school_year=self.year,
                )
            )
            return self.file
        if self._is_of_other_year():
            return self.file
        self.code = self._value(self.era.school, self.era.feed(REGISTER).column("school_code"))
        self.register_code = self.code
        if self.code.fault and is_credit_code(text := clean_text(self.code.fault[0].value)):
            self.code = Value(text, self.code.cells)
        if self.code.value is None:
            self.file.problems.append(
                problem(
                    "FORMS_WITHOUT_SCHOOL",
                    sheet=first.sheet,
                    form=self.era.forms[self.era.school.places[0].form].code,
                )
            )
            return self.file
        kind = self._value(self.era.kind, None)
        stages = self.era.stages.get(str(kind.value), ())
        for row in self.era.feeds:
            if self._are_there(row):
                self._add(row, stages)
        for bands in self.era.class_bands:
            if bands.form in self.book.tables:
                self._add_bands(bands)
        self._add_explanations()
        check_totals(self.book, self.code.value)
        for form, labels in self._missing.items():
            self.file.problems.append(
                problem(
                    "FORM_LABELS_MISSING",
                    sheet=self.book.tables[form].sheets[0].grid.sheet,
                    school_code=self.code.value,
                    form=self.book.tables[form].form.code,
                    labels="”“".join(dict.fromkeys(labels)),
                )
            )
        for code, sheet in self._parsed.items():
            blank, *rows = self._rows_of[code]
            columns = zip(*(row.values() for row in rows), strict=True)
            sheet.columns = {name: list(cells) for name, cells in zip(blank, columns, strict=True)}
            sheet.count_rows(sheet.columns["row_number"], sheet.columns["row_number"])
        self.file.sheets = list(self._parsed.values())
        return self.file

    def _is_of_other_year(self) -> bool:
        """True, with the reason in the problems, if the cover states another school year."""
        forms = [sheet.grid for table in self.book.tables.values() for sheet in table.sheets]
        stated = stated_year(self.covers, ROWS_OF_COVER) or stated_year(forms, _ROWS_OF_TITLE)
        if stated is None or stated[2] == self.year:
            return False
        grid, cell, year = stated
        self.file.problems.append(
            problem("FORMS_OF_OTHER_YEAR", sheet=grid.sheet, cell=cell, stated=year, school_year=self.year)
        )
        return True

    def _are_there(self, row: FeedRow) -> bool:
        """True if a form of one of the row's figures is in the workbook."""
        return not row.forms.isdisjoint(self.book.tables)

    def _value(self, figure: Figure, column: Column | None) -> Value:
        """A figure as the feed's column holds it."""
        cells = self.book.cells(figure)
        if len(cells) < len(figure.places):
            return self._value(figure.otherwise, column) if figure.otherwise else Value()
        if column is None or not column.is_number:
            return self._text(figure, column, cells[0])
        cell = cells[0]
        if len(cells) > 1 or cell.value.__class__ is not str:
            return self._total(figure, column, cells)
        known = self._known_of(column, cell.unit)
        if cell.value not in known:
            value = self._total(figure, column, cells)
            known[cell.value] = (value.value, value.fault and value.fault[1])
            return value
        number, fault = known[cell.value]
        return Value(number, cells, fault=(cell, fault) if fault else None)

    def _total(self, figure: Figure, column: Column, cells: list[FormCell]) -> Value:
        """The sum of cells, some of them taken away, as the feed's column holds it."""
        total: float | int = 0
        for sign, cell in zip(figure.signs, cells, strict=True):
            number = self.book.figure(cell)
            if number is None:
                return Value(None, cells)
            if cell.unit and not isinstance(number, Fault):
                number = unit_fault(cell.unit, column.unit_zh) or number
            if isinstance(number, Fault):
                return Value(None, cells, fault=(cell, number))
            total += sign * number
        converted = converter_for(column)(total, column)
        if isinstance(converted, Fault):
            return Value(None, cells, fault=(cells[0], converted))
        if isinstance(converted, Assumed):
            converted = converted.value
        return Value(converted, cells, figure.signs)

    def _text(self, figure: Figure, column: Column | None, cell: FormCell) -> Value:
        text = clean_text(cell.value)
        if not text or text in self.era.no_figure:
            return Value(None, [cell])
        if figure.pattern is not None:
            found = re.search(figure.pattern, text)
            text = found["value"] if found else ""
        if figure.first_characters:
            text = text[: figure.first_characters]
        text = figure.values.get(text, text)
        if not text or column is None:
            return Value(text or None, [cell])
        held, fault = self._held(text, column)
        return Value(held, [cell], fault=(cell, fault) if fault else None)

    def _held(self, text: str, column: Column) -> tuple[Any, Fault | None]:
        """A text as the feed's column holds it; None with the reason if the column can't."""
        known = self._known_of(column, None)
        if text not in known:
            converted = convert_column([text], column)
            fault = converted.faults[0][1] if converted.faults else None
            known[text] = (None if fault else converted.values[0], fault)
        return known[text]

    def _known_of(self, column: Column, unit: str | None) -> dict[str, tuple[Any, Fault | None]]:
        """What texts mean in a column, as far as it is known: figures in a unit, or (None) words."""
        _, known = self._conversions.setdefault((id(column), unit), (column, {}))
        if len(known) > _MOST_TEXTS:
            known.clear()
        return known

    def _chosen(self, choice: Choice, column: Column) -> Value:
        cells = []
        word = choice.otherwise
        for case in choice.cases:
            cell = self.book.cell(case.place)
            if cell is None:
                continue
            cells.append(cell)
            text = clean_text(cell.value)
            if (case.equals is not None and text == case.equals) or (
                case.contains is not None and case.contains in text
            ):
                word = case.word
                cells = [cell]
                break
        return Value(self._held(word, column)[0], cells)

    def _add(self, row: FeedRow, stages: tuple[str, ...]) -> None:
        """Add one row of a feed, unless none of its cells is there, or its stage isn't the school's and all figures are zero."""
        feed = self.era.feed(row.feed)
        values = {name: self._value(figure, feed.column(name)) for name, figure in row.columns.items()}
        values |= {name: self._chosen(choice, feed.column(name)) for name, choice in row.choices.items()}
        has_figures = any(values[name].value or values[name].fault for name in row.numbers)
        if row.stage and row.stage not in stages and not has_figures:
            return
        self._list_missing(row, values)
        if not any(value.cells for value in values.values()):
            return
        if not has_figures and self._is_blank(feed, values):
            return
        self._append(feed, row.words, values)

    def _list_missing(self, row: FeedRow, values: dict[str, Value]) -> None:
        """Remember the labels of figures that a form of the workbook should have and hasn't."""
        for name, figure in row.columns.items():
            if values[name].cells:
                continue
            while figure.otherwise and not any(p.form in self.book.tables for p in figure.places):
                figure = figure.otherwise
            for place in figure.places:
                if place.form in self.book.tables and self.book.cell(place) is None:
                    label = "/".join(filter(None, (place.block, *place.row[:1], *place.column[:1])))
                    self._missing.setdefault(place.form, []).append(label)

    def _is_blank(self, feed: Feed, values: dict[str, Value]) -> bool:
        """True, with a warning, if the forms of a row hold nothing but blanks where its figures should be."""
        cells = [cell for n, v in values.items() if feed.column(n).is_number for cell in v.cells]
        if not cells or not all(is_blank(cell.value) for cell in cells):
            return False
        self.file.problems.append(
            problem(
                "FORM_BLANK",
                sheet=cells[0].sheet,
                feed=feed.feed,
                cell=cells[0].address,
                school_code=self.code.value,
                form=next(t.form.code for t in self.book.tables.values() if cells[0].sheet in t.names()),
                feed_zh=feed.name_zh,
            )
        )
        return True

    def _append(self, feed: Feed, words: dict[str, Any], values: dict[str, Value]) -> None:
        sheet = self._sheet_of(feed, values)
        number = len(sheet.column_maps)
        values = {"school_code": self.register_code if feed.is_register else self.code, **values}
        first = (
            next(v.cells[0] for n, v in values.items() if v.cells and n != "school_code")
            if len(values) > 1
            else self.code.cells[0]
        )
        sheet.column_maps.append(
            {name: places(value, sheet.sheet) for name, value in values.items() if value.cells}
        )
        faulty = False
        for name, value in values.items():
            if value.fault is None:
                continue
            faulty = True
            cell, fault = value.fault
            column = feed.column(name)
            sheet.problems.append(
                cell_problem(
                    fault.rule_code,
                    fault.wanted_zh,
                    sheet=sheet.sheet,
                    feed=feed.feed,
                    part=number,
                    row_number=first.row_number,
                    column_name=name,
                    column_zh=column.heading_zh,
                    cell=placed(cell, sheet.sheet),
                    value=shown_cell(cell.value),
                    school_code=self.code.value or "",
                    school_name="",
                )
            )
        row = self._rows_of[feed.feed][0].copy()
        row |= {"row_number": first.row_number, "part": number, "has_fault": faulty, **words}
        for name, value in values.items():
            row[name] = value.value
        self._rows_of[feed.feed].append(row)

    def _sheet_of(self, feed: Feed, values: dict[str, Value]) -> ParsedSheet:
        if feed.feed not in self._parsed:
            cell = next(v.cells[0] for v in values.values() if v.cells)
            parsed = ParsedSheet(cell.sheet, feed.feed, self.year, max(cell.row_number - 1, 1))
            parsed.is_synthetic = self.is_synthetic
            self._parsed[feed.feed] = parsed
            self._rows_of[feed.feed] = [dict.fromkeys((*ROW_COLUMNS, *(c.name for c in feed.columns)))]
        return self._parsed[feed.feed]

    def _add_explanations(self) -> None:
        """Add what the school wrote about failed checks."""
        feed, declared = self.era.feed("explanations"), self.era.check_results
        for rule_code, figure, reason, cell in explanations_in(self.check_results, declared):
            constants = {
                "rule_code": rule_code,
                "explained_year": str(self.year),
                "approved_by": declared.approved_by,
            }
            values = {"explained_value": Value(figure, [cell]), "reason": Value(reason, [cell])}
            self._append(feed, words_of(feed, constants), values)

    def _add_bands(self, bands: Bands) -> None:
        """Add the rows of class sizes that a form of bands gives: one per grade and band with classes.

        Without them if rows or columns with figures aren't understood: their classes would vanish.
        """
        feed = self.era.feed("class_sizes")
        count = feed.column("class_count")
        table = self.book.tables[bands.form]
        known = self.book.conclude(bands.form, bands, lambda: bands_in(table, bands, self.era))
        unread = known.unread_in(table)
        if unread:
            self.file.problems.append(
                problem(
                    "FORM_UNREAD_FIGURES",
                    sheet=table.sheets[0].grid.sheet,
                    feed="class_sizes",
                    school_code=self.code.value,
                    form=table.form.code,
                    labels="”“".join(unread),
                )
            )
            return
        located = self.book.conclude(bands.form, known, lambda: self._located(known))
        for cell, spot in located:
            at = spot or self.book.spot(cell.figure.places[0])
            found = None if at is None else self.book.value(bands.form, at)
            if found is None or found == "" or is_blank(found):
                continue
            value = self._value(cell.figure, count)
            if cell.words is None:
                self._warn_of_classes_without_grade(value, cell.heading)
            elif value.value or value.fault:
                self._append(feed, cell.words, {"class_count": value})

    def _located(self, bands: KnownBands) -> list[tuple[BandCell, Spot | None]]:
        """The cells that are in the form, with where they are; None where labels stand for several."""
        found = [(cell, self.book.spots_without_doubt(cell.figure.places)) for cell in bands.cells]
        return [(cell, spots[0] if spots else None) for cell, spots in found if spots != [None]]

    def _warn_of_classes_without_grade(self, value: Value, path: str) -> None:
        if value.value:
            cell = value.cells[0]
            self.file.problems.append(
                problem(
                    "FORM_CLASSES_WITHOUT_GRADE",
                    sheet=cell.sheet,
                    feed="class_sizes",
                    cell=cell.address,
                    row_number=cell.row_number,
                    school_code=self.code.value,
                    count=value.value,
                    heading=path,
                )
            )
