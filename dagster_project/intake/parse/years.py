"""Which school year a sheet states, above its heading or in a column, and whether it is the folder's."""

from __future__ import annotations

import re
import unicodedata

from dagster_project.intake.feeds import normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import problem
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.headings import YEAR_HEADINGS, Heading, place_of
from dagster_project.intake.parse.layouts import Layout
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.parse.rows import Row
from dagster_project.intake.parse.sheet_words import load_words

_SCHOOL_YEAR = re.compile(r"(?<!\d)(20\d\d)(?:\s*[-—–~～至/]\s*(?:20)?\d\d)?\s*(?:学年|年度)")
_LABELLED_YEAR = re.compile(r"(?:填报年度|学年度?|年度)\s*[:：]?\s*(20\d\d)")
_TERM = re.compile(r"(?<!\d)(20\d\d)\s*年?\s*(春|秋)")
#: A year in a title. No part of a month or date, no limit such as 2010 年及之前.
_CALENDAR_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*年(?!\s*\d{1,2}\s*月)(?!\s*及|\s*[之以]?前|\s*起)")
_SHEET_YEAR = re.compile(r"(?<!\d)(20\d\d)(?:\s*[-—–~～至]\s*(?:20)?\d\d)?\s*(?:学年度?|年度?)?\Z")

#: Address of the first cell that states each year.
StatedYears = dict[int, str]


def stated_years(grid: Grid, heading: Heading, body: list[Row], above: Grid | None = None) -> StatedYears:
    """School years stated above the heading, in a year column, or else by the sheet's name.

    Args:
        grid: the cells of the table.
        heading: its heading.
        body: rows below the heading.
        above: the cells of the sheet, if the table isn't its first and has no lines of its own above it.
    """
    stated = _years_above(grid, heading.first) | _years_in_column(grid, heading, body)
    if not stated and above is not None:
        stated = _years_above(above, _first_table_row(above, grid))
    return stated or _year_of_name(grid)


def _first_table_row(above: Grid, grid: Grid) -> int:
    return max(0, grid.first_row - above.first_row)


def _year_of_name(grid: Grid) -> StatedYears:
    found = _SHEET_YEAR.search(unicodedata.normalize("NFKC", grid.sheet).strip())
    return {int(found[1]): f"A{grid.first_row}"} if found else {}


def _years_above(grid: Grid, heading_first: int) -> StatedYears:
    stated: StatedYears = {}
    for i, row in enumerate(grid.rows[:heading_first]):
        cells = [(j, clean_text(c)) for j, c in enumerate(row) if not is_blank(c)]
        for k, (j, text) in enumerate(cells):
            if normalise_heading(text) in YEAR_HEADINGS and k + 1 < len(cells):
                text = f"{text}:{cells[k + 1][1]}"  # the year is in the cell beside its label
            stated = dict.fromkeys(_years_in(text), grid.address(j, grid.first_row + i)) | stated
    return stated


def _years_in(text: str) -> set[int]:
    """School years that a line states for its table; a year that belongs to a document or a date is none."""
    terms = {int(year) - (season == "春") for year, season in _TERM.findall(text)}
    for pattern in (_SCHOOL_YEAR, _LABELLED_YEAR):
        found = list(pattern.finditer(text))
        years = {int(y[1]) for y in found if not any(w in text[: y.start()] for w in load_words().citations)}
        if years:
            return years
        if found:
            return set()  # only cited
    if terms:
        return terms
    return {int(found[1]) for found in _CALENDAR_YEAR.finditer(text) if _is_title(text, found)}


def _is_title(text: str, year: re.Match[str]) -> bool:
    """True if the year stands in a title: a name of a table follows it, and nothing is cited."""
    words = load_words()
    before, after = text[: year.start()], re.split(r"[,，。;；:：()（）\[\]《》〔〕]", text[year.end() :])[0]
    in_brackets = len(re.findall("[（(《〔]", before)) > len(re.findall("[）)》〕]", before))
    cites = any(word in before for word in words.citations) or any(word in after for word in words.documents)
    return not cites and not in_brackets and (after == "" or after.endswith(words.table_nouns))


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
    sheet.stated_years.update(stated)
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
