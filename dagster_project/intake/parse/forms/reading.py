"""From the forms of a workbook to rows of the feeds; each value keeps its own cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dagster_project.intake.feeds import REGISTER, Feed
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import cell_problem, problem
from dagster_project.intake.parse.cells import (
    clean_text,
    is_blank,
    is_credit_code,
)
from dagster_project.intake.parse.forms.bands import BandCell, KnownBands, bands_in
from dagster_project.intake.parse.forms.book import Book, Spot
from dagster_project.intake.parse.forms.checks import check_totals
from dagster_project.intake.parse.forms.declared import Bands, Era, FeedRow, words_of
from dagster_project.intake.parse.forms.explanations import explanations_in
from dagster_project.intake.parse.forms.figures import Figures
from dagster_project.intake.parse.forms.plans import Plan, Planned
from dagster_project.intake.parse.forms.recognition import (
    ROWS_OF_COVER,
    is_synthetic,
    kind_of_sheet,
    stated_year,
)
from dagster_project.intake.parse.forms.shapes import known_form, remember_form
from dagster_project.intake.parse.forms.tables import (
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
)
from dagster_project.intake.parse.parsed import ROW_COLUMNS, ParsedSheet
from dagster_project.intake.parse.persons import has_identity_numbers
from dagster_project.intake.parse.shown import shown_cell

_ROWS_OF_TITLE = 3


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
        self.figures = Figures(era, self.book)
        self.check_results: list[Grid] = []
        self.code = self.register_code = Value()
        self.is_synthetic = is_synthetic
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
        self.code = self.figures.value(self.era.school, self.era.feed(REGISTER).column("school_code"))
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
        kind = self.figures.value(self.era.kind, None)
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

    def _add(self, row: FeedRow, stages: tuple[str, ...]) -> None:
        """Add one row of a feed, unless none of its cells is there, or its stage isn't the school's and all figures are zero."""
        feed = self.era.feed(row.feed)
        plan = self.book.conclude_over(row.forms_in_order, row, lambda: self._plan(row, feed))
        if plan is not None and self._is_added(row, plan, feed, stages):
            return
        values = {name: self.figures.value(figure, feed.column(name)) for name, figure in row.columns.items()}
        values |= {
            name: self.figures.chosen(choice, feed.column(name)) for name, choice in row.choices.items()
        }
        has_figures = any(values[name].value or values[name].fault for name in row.numbers)
        if row.stage and row.stage not in stages and not has_figures:
            return
        self._list_missing(row, values)
        if not any(value.cells for value in values.values()):
            return
        if not has_figures and self._is_blank(feed, values):
            return
        self._append(feed, row.words, values)

    def _plan(self, row: FeedRow, feed: Feed) -> Plan | None:
        """Where all figures of a row are; None if one isn't there or labels are in doubt, or if words follow from cells."""
        found = []
        for name, figure in row.columns.items():
            spots = self.book.spots_without_doubt(figure.places)
            while spots is not None and None in spots and figure.otherwise:
                figure = figure.otherwise
                spots = self.book.spots_without_doubt(figure.places)
            if spots is None or None in spots:
                return None
            column, unit = feed.column(name), spots[0].unit if spots[0] else ""
            known = self.figures.known_of(column, unit) if column.is_number and len(spots) == 1 else {}
            found.append(Planned(name, figure, column, [s for s in spots if s is not None], known))
        return Plan(found) if found and not row.choices else None

    def _is_added(self, row: FeedRow, plan: Plan, feed: Feed, stages: tuple[str, ...]) -> bool:
        """Add a row whose figures are where the plan says; False, with nothing added, if one can't be used or all are zero."""
        held = {}
        for name, figure, column, spots, known in plan.figures:
            text = self.book.value(figure.places[0].form, spots[0])
            if text.__class__ is str and text in known:
                held[name], fault = known[text]
                is_usable = fault is None
            else:
                value = self.figures.value(figure, column)
                held[name], is_usable = value.value, value.fault is None
            if not is_usable:
                return False
        if not any(held[name] for name in row.numbers):
            return bool(row.stage) and row.stage not in stages
        first = plan.figures[0].spots[0]
        sheet = self._sheet_of(feed, first.sheet, first.row_number)
        code = self.register_code if feed.is_register else self.code
        column_map = {"school_code": places(code, sheet.sheet), **plan.places_beside(sheet.sheet)}
        held = {"school_code": code.value, **held}
        self._add_row(feed, sheet, first.row_number, row.words, held, column_map)
        return True

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
        """Add a row of values, with the faults of their cells."""
        with_cells = next(v.cells[0] for v in values.values() if v.cells)
        sheet = self._sheet_of(feed, with_cells.sheet, with_cells.row_number)
        code = self.register_code if feed.is_register else self.code
        first = next((v.cells[0] for n, v in values.items() if v.cells and n != "school_code"), code.cells[0])
        values = {"school_code": code, **values}
        number = len(sheet.column_maps)
        faults = [(name, *value.fault) for name, value in values.items() if value.fault is not None]
        for name, cell, fault in faults:
            sheet.problems.append(
                cell_problem(
                    fault.rule_code,
                    fault.wanted_zh,
                    sheet=sheet.sheet,
                    feed=feed.feed,
                    part=number,
                    row_number=first.row_number,
                    column_name=name,
                    column_zh=feed.column(name).heading_zh,
                    cell=placed(cell, sheet.sheet),
                    value=shown_cell(cell.value),
                    school_code=self.code.value or "",
                    school_name="",
                )
            )
        column_map = {name: places(value, sheet.sheet) for name, value in values.items() if value.cells}
        held = {name: value.value for name, value in values.items()}
        self._add_row(feed, sheet, first.row_number, words, held, column_map, has_fault=bool(faults))

    def _add_row(
        self,
        feed: Feed,
        sheet: ParsedSheet,
        row_number: int,
        words: dict[str, Any],
        held: dict[str, Any],
        column_map: dict[str, str],
        *,
        has_fault: bool = False,
    ) -> None:
        rows = self._rows_of[feed.feed]
        number = len(sheet.column_maps)
        sheet.column_maps.append(column_map)
        rows.append(
            rows[0] | {"row_number": row_number, "part": number, "has_fault": has_fault} | words | held
        )

    def _sheet_of(self, feed: Feed, sheet: str, row_number: int) -> ParsedSheet:
        """The rows of a feed; those of the first sheet and row begin them."""
        if feed.feed not in self._parsed:
            parsed = ParsedSheet(sheet, feed.feed, self.year, max(row_number - 1, 1))
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
            value = self.figures.value(cell.figure, count)
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
