"""From the grids of a file to typed rows of feeds.

Conversion goes column by column. Each row keeps its sheet row and each sheet its column map, so that any value
can be traced to its cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dagster_project.intake.feeds import Feed, load_feeds
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.cells import is_blank
from dagster_project.intake.parse.columns import fill_sheet
from dagster_project.intake.parse.headings import (
    Heading,
    duplicate_columns,
    explain_unrecognised,
    heading_paths,
    heading_texts,
    place_of,
    recognise_feeds,
    unread_columns,
)
from dagster_project.intake.parse.layouts import Layout, LayoutFeed, Source
from dagster_project.intake.parse.nil import NIL_INCOMPLETE, take_nil_returns
from dagster_project.intake.parse.own_sheets import (
    NOTES_SHEET,
    SYNTHETIC_MARK,
    is_problem_list,
    masked_sheet_name,
)
from dagster_project.intake.parse.parsed import ParsedFile, ParsedSheet
from dagster_project.intake.parse.rows import (
    keep_records,
    reject_external_figures,
    rows_below,
    spread_merges,
    warn_of_hidden,
)
from dagster_project.intake.parse.totals import reject_wrong_totals
from dagster_project.intake.parse.years import layout_years, reject_other_year, stated_years


def parse_grids(grids: Iterable[Grid], school_year: int, layouts: Sequence[Layout]) -> ParsedFile:
    """Parse the sheets of one file.

    Args:
        grids: sheets of the file.
        school_year: year of the folder the file is in.
        layouts: foreign layouts, which are tried before the feeds' own headings.
    """
    result = ParsedFile()
    names: set[str] = set()
    for grid in grids:
        grid.sheet = masked_sheet_name(grid.sheet, names)
        if not any(any(not is_blank(c) for c in row) for row in grid.rows):
            continue
        if grid.sheet == NOTES_SHEET or is_problem_list(grid):
            continue
        if grid.is_hidden:
            result.problems.append(problem("HIDDEN_SHEET", sheet=grid.sheet))
            continue
        result.problems += [replace(warning, sheet=grid.sheet) for warning in grid.warnings]
        sheets, problems = _parse_grid(grid, school_year, layouts)
        result.sheets += sheets
        result.problems += problems
    accepted = [s for s in result.sheets if s.status == "accepted"]
    is_nil = any(s.nil_returns or any(p.rule_code == NIL_INCOMPLETE for p in s.problems) for s in accepted)
    if accepted and not is_nil and not any(s.rows_read - s.rows_dropped for s in accepted):
        first = accepted[0]
        result.problems.append(
            problem("NO_ROWS", sheet=first.sheet, feed=first.feed, cell=f"A{first.heading_row + 1}")
        )
    return result


def _parse_grid(
    grid: Grid, school_year: int, layouts: Sequence[Layout]
) -> tuple[list[ParsedSheet], list[Problem]]:
    """The feeds found in one sheet, and findings that belong to none of them."""
    texts = heading_texts(grid)
    for layout in layouts:
        for i, row in enumerate(texts):
            if layout.recognises(set(row)):
                return _parse_layout(grid, layout, i, heading_paths(texts, i), school_year), []
    found, near = recognise_feeds(texts)
    if not found:
        return [], [explain_unrecognised(grid, texts, near)]
    sheets = [_parse_own_headings(grid, feed, heading, school_year) for feed, heading in found]
    feed, heading = found[0]
    mapped = {j for _, other in found for j in other.columns}
    sheets[0].problems += unread_columns(grid, texts, heading, mapped, heading.names[feed.identity])
    return sheets, []


def _parse_own_headings(grid: Grid, feed: Feed, heading: Heading, school_year: int) -> ParsedSheet:
    """Rows of a feed under its own headings."""
    sheet = ParsedSheet(grid.sheet, feed.feed, school_year, grid.first_row + heading.last)
    body = rows_below(grid, heading.last)
    sheet.rows_read = len(body)
    sheet.is_synthetic = any(
        isinstance(c, str) and SYNTHETIC_MARK in c for row in grid.rows[: heading.first] for c in row
    )
    duplicates = duplicate_columns(grid.sheet, feed, heading)
    if duplicates:
        sheet.reject(duplicates)
        return sheet
    # rows of a ledger have dates of their own, of any year
    if not feed.is_ledger and reject_other_year(sheet, stated_years(grid, heading, body)):
        return sheet
    names = heading.names
    body = take_nil_returns(sheet, grid, feed, heading, body)
    rows = keep_records(sheet, grid, body, heading.last, names, feed)
    if reject_external_figures(sheet, grid, names, rows.records):
        return sheet
    if not feed.is_ledger and reject_wrong_totals(sheet, grid, feed, names, rows):
        return sheet
    records = spread_merges(sheet, grid, feed, names, rows.records)
    warn_of_hidden(sheet, grid, names, records)
    fill_sheet(sheet, feed, grid, records, [{name: Source(column=name) for name in names}], names, None)
    return sheet


def _parse_layout(
    grid: Grid, layout: Layout, heading: int, places: dict[str, int], school_year: int
) -> list[ParsedSheet]:
    """Rows of each feed that a layout fills from one sheet."""
    return [
        _parse_layout_feed(grid, layout, code, mapping, heading, places, school_year)
        for code, mapping in layout.feeds.items()
    ]


def _parse_layout_feed(
    grid: Grid,
    layout: Layout,
    feed_code: str,
    mapping: LayoutFeed,
    heading: int,
    places: dict[str, int],
    school_year: int,
) -> ParsedSheet:
    sheet = ParsedSheet(grid.sheet, feed_code, school_year, grid.first_row + heading)
    body = rows_below(grid, heading)
    sheet.rows_read = len(body)
    groups = mapping.groups()
    wanted = {h for group in groups for source in group.values() for h in source.headings}
    columns = {h: j for h in wanted if (j := place_of(places, h)) is not None}
    missing = sorted(wanted - set(columns))
    if missing:
        sheet.reject(
            problem(
                "MISSING_COLUMN",
                "layout",
                sheet=grid.sheet,
                feed=feed_code,
                layout_zh=layout.name_zh,
                missing="、".join(missing),
            )
        )
        return sheet
    if reject_other_year(sheet, layout_years(grid, layout, places, body)):
        return sheet
    records = [(n, row) for n, row in body if any(not is_blank(c) for c in row)]
    sheet.rows_dropped = len(body) - len(records)
    fill_sheet(sheet, load_feeds()[feed_code], grid, records, groups, columns, layout)
    return sheet
