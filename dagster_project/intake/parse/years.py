"""Which school year a sheet states, above its heading or in a column, and whether it is the folder's."""

from __future__ import annotations

import re

from dagster_project.intake.feeds import normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import problem
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.headings import YEAR_HEADINGS, Heading, place_of
from dagster_project.intake.parse.layouts import Layout
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.parse.rows import Row

_SCHOOL_YEAR = re.compile(r"(?<!\d)(20\d\d)(?:\s*[-—–~～至/]\s*(?:20)?\d\d)?\s*(?:学年|年度)")
_LABELLED_YEAR = re.compile(r"(?:填报年度|学年度?|年度)\s*[:：]?\s*(20\d\d)")
#: A year that is neither part of a month or date, nor a limit such as 2010 年及之前.
_CALENDAR_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*年(?!\s*\d{1,2}\s*月)(?!\s*及|\s*[之以]?前|\s*起)")
_DATE_LABEL = re.compile(r"(日期|时间|截至|截止)")

#: Address of the first cell that states each year.
StatedYears = dict[int, str]


def stated_years(grid: Grid, heading: Heading, body: list[Row]) -> StatedYears:
    """School years stated above the heading or in a year column."""
    return _years_above(grid, heading.first) | _years_in_column(grid, heading, body)


def _years_above(grid: Grid, heading_first: int) -> StatedYears:
    stated: StatedYears = {}
    for i, row in enumerate(grid.rows[:heading_first]):
        cells = [(j, clean_text(c)) for j, c in enumerate(row) if not is_blank(c)]
        for k, (j, text) in enumerate(cells):
            if normalise_heading(text) in YEAR_HEADINGS and k + 1 < len(cells):
                text = f"{text}:{cells[k + 1][1]}"  # the year is in the cell beside its label
            for pattern in (_SCHOOL_YEAR, _LABELLED_YEAR, _CALENDAR_YEAR):
                years = {int(y) for y in pattern.findall(text)}
                if years:
                    if pattern is _CALENDAR_YEAR and _DATE_LABEL.search(text):
                        break
                    stated = dict.fromkeys(years, grid.address(j, grid.first_row + i)) | stated
                    break
    return stated


def _years_in_column(grid: Grid, heading: Heading, body: list[Row]) -> StatedYears:
    for i in range(heading.first, heading.last + 1):
        for j, cell in enumerate(grid.rows[i]):
            is_year_heading = isinstance(cell, str) and normalise_heading(cell) in YEAR_HEADINGS
            if is_year_heading and j not in heading.names.values():
                texts = [(clean_text(row[j])[:4], n) for n, row in reversed(body) if j < len(row)]
                return {int(t): grid.address(j, n) for t, n in texts if re.fullmatch(r"20\d\d", t)}
    return {}


def layout_years(grid: Grid, layout: Layout, places: dict[str, int], body: list[Row]) -> StatedYears:
    """School years in the column that a layout names for it; empty if it names none."""
    if layout.school_year is None:
        return {}
    j = place_of(places, layout.school_year.column)
    if j is None:
        return {}
    years = [(clean_text(row[j]), n) for n, row in reversed(body) if j < len(row)]
    return {int(y) + layout.school_year.add: grid.address(j, n) for y, n in years if y.isdigit()}


def reject_other_year(sheet: ParsedSheet, stated: StatedYears) -> bool:
    """Refuse a sheet that states years, but not that of its folder; returns True if it was refused."""
    if not stated or sheet.school_year in stated:
        return False
    sheet.reject(
        problem(
            "WRONG_YEAR",
            sheet=sheet.sheet,
            feed=sheet.feed,
            cell=next(iter(stated.values())),
            stated="、".join(map(str, sorted(stated))),
            school_year=sheet.school_year,
        )
    )
    return True
