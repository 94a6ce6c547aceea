"""From the grids of a file to typed rows of feeds.

Conversion goes column by column. Each row keeps its sheet row and each sheet its column map, so that any value
can be traced to its cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from dagster_project.intake.feeds import Feed, load_feeds
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, RejectedFile, problem
from dagster_project.intake.parse.body import Row, numbers_of, values_in
from dagster_project.intake.parse.cells import is_blank
from dagster_project.intake.parse.cohorts import with_grades_of_cohorts
from dagster_project.intake.parse.columns import fill_sheet
from dagster_project.intake.parse.dated_lines import years_below, years_of_dates
from dagster_project.intake.parse.filled_down import filled_down
from dagster_project.intake.parse.forms.declared import Era
from dagster_project.intake.parse.forms.reading import FormsReader
from dagster_project.intake.parse.groups import narrowed_heading
from dagster_project.intake.parse.headings import (
    Heading,
    duplicate_columns,
    heading_texts,
    known_texts,
    recognise_feeds,
    unnamed_columns,
    unread_columns,
)
from dagster_project.intake.parse.headings_by_content import note_assumed
from dagster_project.intake.parse.layout_sheets import nearly_recognised, parse_by_layout, recognised_by
from dagster_project.intake.parse.layouts import Layout, Source
from dagster_project.intake.parse.merges import spread_merges, with_merged_keys
from dagster_project.intake.parse.nil import NIL_INCOMPLETE, take_nil_returns
from dagster_project.intake.parse.other_forms import (
    explain_unrecognised,
    form_beside,
    with_headings_mended,
)
from dagster_project.intake.parse.own_sheets import (
    NOTES_SHEET,
    SYNTHETIC_MARK,
    WHOLE_CORRECTION_ZH,
    is_problem_list,
    is_titled_notes,
    masked_sheet_name,
)
from dagster_project.intake.parse.parsed import ParsedFile, ParsedSheet
from dagster_project.intake.parse.person_rows import PartOfSheet, parts_of_sheet, without_rows_of_persons
from dagster_project.intake.parse.persons import (
    numbers_of_persons,
    person_heading,
    refused_persons,
)
from dagster_project.intake.parse.prefilled import (
    Prefilled,
    drop_unconfirmed,
    says_something,
    take_off_prefilled,
    without_unfilled,
)
from dagster_project.intake.parse.rows import (
    keep_records,
    reject_external_figures,
    rows_below,
    warn_of_hidden,
)
from dagster_project.intake.parse.spans import filled_spans, spanning_columns
from dagster_project.intake.parse.struck import with_struck_marked
from dagster_project.intake.parse.table_beside import unread_table
from dagster_project.intake.parse.tables import Table, find_tables, heading_rows
from dagster_project.intake.parse.titles import narrowed_title, part_below, without_parts_below
from dagster_project.intake.parse.told_apart import sections_of, tellers_of
from dagster_project.intake.parse.totals import reject_wrong_totals
from dagster_project.intake.parse.units import StatedUnits, lines_of_units, units_of_columns
from dagster_project.intake.parse.years import (
    StatedYears,
    is_of_other_year,
    reject_only_other_years,
    stated_years,
    without_other_years,
    year_of_name,
)


def parse_grids(
    grids: Iterable[Grid], school_year: int, layouts: Sequence[Layout], eras: Sequence[Era] = ()
) -> ParsedFile:
    """Parse the sheets of one file.

    Args:
        grids: sheets of the file.
        school_year: year of the folder the file is in.
        layouts: foreign layouts, which are tried before the feeds' own headings.
        eras: editions of the national statistics forms, which are tried first.
    """
    result = ParsedFile()
    try:
        _parse_all(grids, school_year, layouts, eras, result)
    except RejectedFile as error:
        error.has_persons = result.has_persons
        raise
    return result


def _parse_all(
    grids: Iterable[Grid],
    school_year: int,
    layouts: Sequence[Layout],
    eras: Sequence[Era],
    result: ParsedFile,
) -> None:
    """Parse the sheets into the result, one after another."""
    names: set[str] = set()
    forms = FormsReader(eras, school_year)
    for grid in grids:
        grid.sheet = masked_sheet_name(grid.sheet, names)
        if not any(any(not is_blank(c) for c in row) for row in grid.rows):
            continue
        if grid.sheet == NOTES_SHEET or is_problem_list(grid):
            result.has_persons |= person_heading(grid) is not None
            continue
        if grid.is_hidden:
            numbers = numbers_of_persons(grid)
            has_persons = numbers.identity or numbers.mobile or person_heading(grid) is not None
            result.has_persons |= has_persons
            result.problems.append(
                problem("HIDDEN_SHEET", "persons" if has_persons else "figures", sheet=grid.sheet)
            )
            continue
        result.problems += [replace(warning, sheet=grid.sheet) for warning in grid.warnings]
        if forms.takes(grid):
            result.has_persons |= forms.has_persons
        else:
            _add_grid(result, grid, school_year, layouts)
    taken = forms.finish()
    result.sheets += taken.sheets
    result.problems += taken.problems
    for grid in taken.others:
        _add_grid(result, grid, school_year, layouts)
    drop_unconfirmed(result)
    for sheet in result.sheets:
        if sheet.status == "rejected":
            sheet.problems = [_without_row(p) for p in sheet.problems]
    accepted = [s for s in result.sheets if s.status == "accepted"]
    is_nil = any(s.nil_returns or any(p.rule_code == NIL_INCOMPLETE for p in s.problems) for s in accepted)
    # what was refused is said of each sheet
    is_refused = len(accepted) < len(result.sheets)
    if accepted and not (is_nil or is_refused or any(s.rows_read - s.rows_dropped for s in accepted)):
        first = accepted[0]
        feed = load_feeds()[first.feed]
        may_be_nil = feed.is_ledger and feed.cycle != "yearly"
        result.problems.append(
            problem(
                "NO_ROWS",
                "nil" if may_be_nil else "register" if feed.is_register else "form",
                sheet=first.sheet,
                feed=first.feed,
                cell=f"A{first.heading_row + 1}",
            )
        )


def _add_grid(result: ParsedFile, grid: Grid, school_year: int, layouts: Sequence[Layout]) -> None:
    """Parse a sheet into the result; tables with a row per person that no roster's layout groups are refused unread."""
    known = recognised_by(grid, layouts) if layouts else None
    is_roster = known is not None and known[0].roster is not None
    parts = parts_of_sheet(grid, known[1] if known else None, is_roster=is_roster)
    sheets: list[ParsedSheet] = []
    for part in parts:
        found, problems, has_persons = _parse_part(part, school_year, layouts)
        result.has_persons |= has_persons
        if {s.feed for s in sheets} & {s.feed for s in found}:
            result.problems.append(problem("PERSON_ROWS", "together", sheet=grid.sheet))
            return
        sheets += found
        # a title alone takes no table away: only where nothing was recognised
        result.problems += problems if found or has_persons or not is_titled_notes(part.grid) else []
    result.sheets += sheets


def _parse_part(
    part: PartOfSheet, school_year: int, layouts: Sequence[Layout]
) -> tuple[list[ParsedSheet], list[Problem], bool]:
    """Feeds found in the rows of a sheet, findings that belong to none of them, and whether there are persons in them."""
    grid = part.grid
    known = recognised_by(grid, layouts) if layouts else None
    if known and known[0].roster is not None:
        return *_parse_grid(grid, school_year, layouts), True
    heading = part.persons
    if heading is None:
        held = numbers_of_persons(grid)
        own, refused = without_rows_of_persons(grid, held)
        sheets, problems = _parse_grid(own, school_year, layouts)
        if sheets:
            return sheets, problems + refused, held.identity or bool(refused)
        heading = person_heading(grid)
        if not (heading or held.identity or held.mobile):
            return sheets, problems + refused, False
    found = [refused_persons(grid, heading)]
    if nearly := nearly_recognised(grid, [layout for layout in layouts if layout.roster]):
        found.append(nearly)
    return [], found, True


def _parse_grid(
    grid: Grid, school_year: int, layouts: Sequence[Layout]
) -> tuple[list[ParsedSheet], list[Problem]]:
    """The feeds found in one sheet, and findings that belong to none of them."""
    if layouts and (found := recognised_by(grid, layouts)):
        return parse_by_layout(grid, *found, school_year), []
    sheets: dict[str, ParsedSheet] = {}
    problems: list[Problem] = []
    before = _Before()
    prefilled = take_off_prefilled(grid)
    for table in find_tables(grid, school_year):
        if table.unread is not None:
            texts = known_texts(heading_texts(table.unread))
            problems += explain_unrecognised(table.unread, texts, recognise_feeds(texts)[1])
        if not table.found:
            if nearly := nearly_recognised(table.grid, layouts):
                problems.append(nearly)
                continue
            problems += explain_unrecognised(table.grid, table.texts, table.near)
            mended = with_headings_mended(table.grid, table.texts, table.near)
            for below in find_tables(mended, school_year) if mended else ():
                problems += _faults_below(below, school_year)
            continue
        before = before.followed_by(table)
        mapped = {j for _, other in table.found for j in other.columns}
        for feed, heading in table.found:
            sheet = sheets.get(feed.feed)
            if sheet is None:
                number = table.grid.first_row + heading.last
                sheet = sheets[feed.feed] = ParsedSheet(grid.sheet, feed.feed, school_year, number)
            if sheet.status == "accepted":
                _parse_own_headings(sheet, table, feed, heading, before, mapped, prefilled)
        feed, heading = table.found[0]
        sheets[feed.feed].problems += note_assumed(table.grid, feed, table.assumed)
        top, bottom = heading_rows(table)
        if table.aside is not None:
            sheets[feed.feed].problems.append(unread_table(table.aside, range(top, bottom + 1)))
        beside = form_beside(table.grid, table.texts[: bottom + 1], top, mapped)
        if beside is not None:
            sheets[feed.feed].problems.append(beside[0])
            mapped |= beside[1]
        sheets[feed.feed].problems += unread_columns(
            table.grid, table.texts, heading, mapped, heading.names[feed.identity]
        )
    for sheet in sheets.values():
        reject_only_other_years(sheet)
        sheet.forget_tables()
    return list(sheets.values()), problems


def _faults_below(table: Table, school_year: int) -> list[Problem]:
    """Faults of the rows of a table that isn't read before its headings are mended."""
    found: list[Problem] = []
    for feed, heading in table.found:
        sheet = ParsedSheet(table.grid.sheet, feed.feed, school_year, table.grid.first_row + heading.last)
        before, mapped = _Before().followed_by(table), set(heading.columns)
        _parse_own_headings(sheet, table, feed, heading, before, mapped, Prefilled())
        found += [_without_row(p) for p in sheet.problems if p.severity in ("reject_file", "quarantine_row")]
    return found


def _without_row(finding: Problem) -> Problem:
    """A finding at a row of a sheet that was refused: the row itself is kept nowhere, its cell stays named."""
    return replace(finding, row_number=None) if finding.severity == "quarantine_row" else finding


@dataclass
class _Before:
    """What the lines above a table, and those of the tables above it in its sheet, say of it.

    Attributes:
        lines: all lines so far.
        units: units stated for the table.
        years: years by which the table above was read, and this one too if it states none.
        section: title of the section at the end of the table above.
    """

    lines: list[Row] = field(default_factory=list)
    units: StatedUnits = field(default_factory=lambda: StatedUnits([]))
    years: StatedYears = field(default_factory=dict)
    section: str = ""

    def followed_by(self, table: Table) -> _Before:
        """What holds for the next table."""
        first, last = heading_rows(table)
        own = [*(row for _, row in table.lines), *lines_of_units(table.grid, first, last)]
        beside = StatedUnits([row for _, row in table.beside], self.units)
        return _Before(
            [*self.lines, *table.beside, *table.lines], StatedUnits(own, beside), self.years, self.section
        )


def _parse_own_headings(
    sheet: ParsedSheet,
    table: Table,
    feed: Feed,
    heading: Heading,
    before: _Before,
    mapped: set[int],
    prefilled: Prefilled,
) -> None:
    """Rows of one table of a feed under its own headings, added to those of the sheet's other tables.

    Args:
        sheet: gets the rows and the problems.
        table: the table.
        feed: the feed.
        heading: its heading in the table's grid.
        before: what the lines above say.
        mapped: indexes of the columns that some feed of the table reads.
        prefilled: what the sheet was handed out with.
    """
    grid = table.grid
    body: list[Row] = rows_below(grid, heading.last)
    sheet.count_rows(numbers_of(body), ())
    texts = [c for _, row in before.lines for c in row if isinstance(c, str)]
    sheet.is_synthetic |= any(SYNTHETIC_MARK in text for text in texts)
    sheet.is_whole_correction |= any(WHOLE_CORRECTION_ZH in text for text in texts)
    if repeated := duplicate_columns(grid, feed, heading):
        for finding in repeated:
            sheet.reject(finding)
        return
    faulty = spanning_columns(grid, feed, heading) or narrowed_heading(grid, feed, heading)
    if not faulty:
        lines = [row for _, row in table.lines or table.beside]
        faulty = narrowed_title(
            grid,
            feed,
            heading,
            lines,
            _names_of_schools(heading, body),
            is_assumed=any(not assumed.by_content for assumed in table.assumed),
        )
    if faulty and faulty.rule_code == "NARROWED_HEADING" and faulty.value and sheet.columns:
        sheet.problems.append(part_below(grid, feed, faulty, body))  # the tables above are the whole
        return
    if faulty:
        sheet.reject(faulty)
        return
    names = heading.names
    # rows of a ledger have dates of their own, of any year
    if not feed.is_ledger:
        stated = (
            stated_years(grid, heading, body, (table.lines, table.beside))
            or years_below(grid, body)
            or before.years
            or year_of_name(grid)
            or years_of_dates(grid, table.lines or table.beside, body, sheet.school_year)
        )
        before.years = stated
        if says_something(feed, names, body) and is_of_other_year(sheet, stated, body):
            return
        body = without_other_years(sheet, grid, heading, body)
        body = without_parts_below(sheet, grid, feed, heading.names, body)
    body = take_nil_returns(sheet, grid, feed, heading, body)
    body = without_unfilled(sheet, grid, feed, names, body, prefilled)
    if grid.merges:
        body = with_merged_keys(grid, feed, names, body)
    body = filled_down(sheet, grid, feed, names, body)
    rows = keep_records(sheet, grid, body, range(heading.first, heading.last + 1), names, feed)
    if reject_external_figures(sheet, grid, names, rows.records):
        return
    if not feed.is_ledger:
        reject_wrong_totals(sheet, grid, feed, names, rows)  # other faults are told with it
    records = with_struck_marked(grid, feed, names, rows.records)
    records = with_grades_of_cohorts(feed, names, records, sheet.school_year)
    records = spread_merges(sheet, grid, feed, names, records)
    warn_of_hidden(sheet, grid, names, records)
    faulty = filled_spans(grid, feed, heading, records)
    if faulty:
        sheet.reject(faulty)
        return
    units = units_of_columns(sheet, grid, feed, heading, before.units)
    sources = [{name: Source(column=name) for name in names}]
    sections, before.section = sections_of(table.lines, body, records, before.section)
    if table.group:
        sections = {number: f"{section}{table.group} 列" for number, section in sections.items()}
    unnamed = unnamed_columns(grid, table.texts, heading, mapped, names[feed.identity])
    # cells behind a row's last column may have moved there
    letters = {} if grid.is_ragged else {j: grid.letter(j) for j in unnamed}
    tellers = tellers_of(grid, feed, heading, mapped, sections, letters)
    fill_sheet(sheet, feed, grid, records, sources, names, None, heading.last, units, tellers)


def _names_of_schools(heading: Heading, body: Sequence[Row]) -> set[str]:
    j = heading.names.get("school_name")
    return {cell for cell in values_in(body, j) if isinstance(cell, str)} if j is not None else set()
