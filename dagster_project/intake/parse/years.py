"""Which school year a sheet states, above its heading or in a column, and whether it is the folder's."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from dagster_project.intake.feeds import normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.body import Row
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.headings import Heading, is_year_heading
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.parse.sheet_words import load_words

_RANGE = r"(?P<year>20\d\d)(?:\s*年?\s*[-—–─~～至到/、]\s*(?:20)?(?P<end>\d\d))?\s*"
_SCHOOL_YEAR = re.compile(rf"(?<!\d){_RANGE}(?:学年|年度)")
#: 23-24学年, where two years follow each other.
_SHORT_YEARS = re.compile(r"(?<![\d-])(\d\d)\s*[-—–─~～至/]\s*(\d\d)\s*学年")
_LABELLED_YEAR = re.compile(
    r"(?:学年度?|(?:填报|统计|数据|报表|所属)?年[度份])\s*[:： ]*(?P<year>20\d\d)(?P<end>\Z.)?"
)
_TERM = re.compile(r"(?<!\d)(20\d\d)\s*年?\s*(春|秋|上半年|下半年)")
#: Terms that belong to the school year that began the year before.
_SECOND_TERMS = ("春", "上半年")
#: A year in a title. No part of a month or date, no limit such as 2010 年及之前.
_CALENDAR_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*年(?!\s*\d{1,2}\s*月)(?!\s*及|\s*[之以]?前|\s*起)")
#: A school year in a title without its word: 2023-2024, and a month in one.
_TITLE_YEARS = re.compile(r"(?<!\d)(?P<year>20\d\d)年?\s*[-—–─~～至/]\s*20(?P<end>\d\d)(?!\d)年?(?!\s*\d)")
_TITLE_MONTH = re.compile(r"(?<!\d)(20\d\d)\s*[年./-]\s*(\d{1,2})(?:\s*月份?)?(?=\D)(?!\s*[./-]?\d)")
_SPACED_YEAR = re.compile(r"2 +0 +\d +\d")
#: A month that a line gives as the time of its figures.
_LABELLED_MONTH = re.compile(
    r"(?:统计|数据|截[至止]|所属|报告)(?:时间|时点|日期|月份|期)?[:：为是到至于]?\s*(20\d\d)\s*[年./-]\s*(\d{1,2})(?!\d)"
    r"(?!(?:\s*月)?\s*(?:[./-]?\d{1,2}\s*[日号]?\s*)?[—–~～至到]|\s*月?\s*-\s*\d{1,2}\s*月)"
)
_NAME_YEAR = re.compile(rf"(?<![\da-z]){_RANGE}(?:学年度?|年度?)?(?!\d|级|届|年?[.\-/]?\d{{1,2}})")
_NAME_MONTH = re.compile(r"(?<!\d)(20\d\d)\s*(?:年|[.\-/])?\s*(0?[1-9]|1[0-2])(?:\s*月|(?!\d))")
#: A month in English that is all of a line: Sept 2023, September, 2023.
_ENGLISH_MONTH = re.compile(
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?\.?,?\s*(20\d\d)",
    re.IGNORECASE | re.ASCII,
)
_ENGLISH_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: From a month to one of another year: 2023年9月—2024年6月.
_MONTHS = re.compile(
    r"(?<!\d)(20\d\d)\s*[年./]\s*(\d{1,2})\s*月?份?\s*[-—–─~～至到]+\s*(20\d\d)\s*[年./]\s*(\d{1,2})(?!\d|\s*月?\s*\d)\s*月?份?"
)
_NUMERALS = re.compile("[二2贰貳][〇○零O0oＯ][〇○零一二三四五六七八九壹贰貳叁參肆伍陆陸柒捌玖]{2}")
#: Numerals as they are written on cheques.
_CAPITALS = str.maketrans("壹贰貳叁參肆伍陆陸柒捌玖", "一二二三三四五六六七八九")
_ROWS_NAMED = 8
#: Cells in which the pieces of one title may stand.
_MOST_PIECES = 5
#: A school year ends in this month.
_LAST_MONTH = 8

#: Address of the first cell that states each year.
StatedYears = dict[int, str]


def stated_years(
    grid: Grid, heading: Heading, body: list[Row], lines: Sequence[Sequence[Row]]
) -> StatedYears:
    """School years stated above the heading or in a year column.

    Args:
        grid: the cells of the table.
        heading: its heading.
        body: rows below the heading.
        lines: rows above the heading: the table's own, then with those of the tables beside it.
    """
    of_rows = reversed(years_of_rows(grid, heading, body).items())
    above = next((found for rows in lines if (found := _years_above(grid, rows))), {})
    return {year: grid.address(j, number) for number, (year, j) in of_rows} | above


def year_of_name(grid: Grid) -> StatedYears:
    """The school year that a sheet's name gives, if it gives one."""
    name = with_digits(unicodedata.normalize("NFKC", grid.sheet).strip().lower())
    years = _years_of_terms(name) or _short_years(name)
    if not years:
        years = _years_of_months(_NAME_MONTH.findall(name))
    if not years:
        years = {
            int(found["year"])
            for found in _NAME_YEAR.finditer(name)
            if _is_one_year(found) and not _is_cited(name, found, load_words())
        }
    return {year: f"A{grid.first_row}" for year in years} if len(years) == 1 else {}


def _years_above(grid: Grid, lines: Sequence[Row]) -> StatedYears:
    stated: StatedYears = {}
    for number, row in lines:
        cells = [(j, clean_text(c)) for j, c in enumerate(row) if not is_blank(c)]
        for k, (j, text) in enumerate(cells):
            if is_year_heading(normalise_heading(text)) and k + 1 < len(cells):
                text = f"{text}:{cells[k + 1][1]}"  # the year is in the cell beside its label
            stated = dict.fromkeys(years_in(text), grid.address(j, number)) | stated
        if not stated and 1 < len(cells) <= _MOST_PIECES:
            joined = "".join(text for _, text in cells)  # a title in several cells: 2023 | 学年 | 统计表
            stated = dict.fromkeys(years_in(joined), grid.address(cells[0][0], number))
    return stated


def with_digits(text: str) -> str:
    """The text with a year in Chinese numerals as digits: 二〇二三学年 → 2023学年, 贰零贰叁年 → 2023年."""
    return _NUMERALS.sub(
        lambda found: (
            "20"
            + "".join(
                "0123456789"["〇一二三四五六七八九".index(c)] if c in "〇一二三四五六七八九" else "0"
                for c in found[0][2:].translate(_CAPITALS)
            )
        ),
        text,
    )


def _years_of_months(found: Iterable[tuple[str, str]]) -> set[int]:
    """School years of months; August says none."""
    years = {school_year_of(int(year), int(month)) for year, month in found}
    return {year for year in years if year is not None}


def school_year_of(year: int, month: int) -> int | None:
    """School year of a month; None for August, which ends one and begins the next."""
    return None if month == _LAST_MONTH else year - (month < _LAST_MONTH)


def _years_of_terms(text: str) -> set[int]:
    return {int(year) - (season in _SECOND_TERMS) for year, season in _TERM.findall(text)}


def years_in(line: str) -> set[int]:
    """School years that a line states for its table; a year that belongs to a document or a date is none."""
    text = line if line.isascii() else with_digits(unicodedata.normalize("NFKC", line))
    if "学年" in text:
        text = _SPACED_YEAR.sub(lambda found: found[0].replace(" ", ""), text)
    elif "20" not in text:
        return set()
    for pattern in (_SCHOOL_YEAR, _LABELLED_YEAR):
        found = [y for y in pattern.finditer(text) if _is_one_year(y)]
        years = {
            int(y["year"]) for y in found if not any(w in text[: y.start()] for w in load_words().citations)
        }
        if years:
            return years
        if found:
            return set()  # only cited
    short = _short_years(text)
    if short:
        return short
    terms = _years_of_terms(text)
    if terms:
        return terms
    months = _years_of_months(_LABELLED_MONTH.findall(text)) or _years_of_spans(text)
    if months:
        return months
    if english := _ENGLISH_MONTH.fullmatch(text.strip()):
        return _years_of_months([(english[2], str(_ENGLISH_MONTHS.index(english[1].lower()) + 1))])
    years = {int(y["year"]) for y in _TITLE_YEARS.finditer(text) if _is_one_year(y) and _is_title(text, y)}
    months = _years_of_months((m[1], m[2]) for m in _TITLE_MONTH.finditer(text) if _is_title(text, m))
    return years or months or {int(y[1]) for y in _CALENDAR_YEAR.finditer(text) if _is_title(text, y)}


def _years_of_spans(text: str) -> set[int]:
    """School years of spans of months that lie in one, and are all of a line or stand in its title or behind its label."""
    words = load_words()
    years: set[int] = set()
    for found in _MONTHS.finditer(text):
        before, after = text[: found.start()].rstrip(" :：为是从自"), text[found.end() :].strip(" ）)")
        is_said = not before.rstrip("（( ") or before.endswith((*words.times, *words.table_nouns, "（", "("))
        first, last = (
            int(found[1]) - (int(found[2]) < _LAST_MONTH),
            int(found[3]) - (int(found[4]) <= _LAST_MONTH),
        )
        if is_said and (not after or after.endswith(words.table_nouns)) and first == last:
            years.add(first)
    return years


def _short_years(text: str) -> set[int]:
    return {2000 + int(a) for a, b in _SHORT_YEARS.findall(text) if int(b) == int(a) + 1}


def _is_one_year(found: re.Match[str]) -> bool:
    """True if a range of years is a school year: 2023-2024, but not 2021-2024."""
    end = found["end"]
    return end is None or int(end) - int(found["year"][2:]) in (0, 1)


def _is_cited(text: str, year: re.Match[str], words: Any) -> bool:
    after = text[year.end() :]
    return any(w in text[: year.start()] for w in words.citations) or any(w in after for w in words.documents)


def _is_title(text: str, year: re.Match[str]) -> bool:
    """True if the year stands in a title: a name of a table follows it, and nothing is cited."""
    words = load_words()
    before, after = text[: year.start()], re.split(r"[,，。;；:：()（）\[\]《》〔〕]", text[year.end() :])[0]
    in_brackets = len(re.findall("[（(《〔]", before)) > len(re.findall("[）)》〕]", before))
    cites = any(word in before for word in words.citations) or any(word in after for word in words.documents)
    if in_brackets and after == "" and re.search(r"[(（【\[]\s*\Z", before):
        return not cites and before.rstrip("(（【[ ").endswith(words.table_nouns)
    is_month = year.re is _TITLE_MONTH
    is_event = after == "" and re.search("[于自从]|[创新重]建|成立", before)
    return (
        not cites
        and not in_brackets
        and not is_event
        and ((after == "" and not is_month) or after.endswith(words.table_nouns))
    )


def years_of_rows(grid: Grid, heading: Heading, body: list[Row]) -> dict[int, tuple[int, int]]:
    """Year and column index by row number, where a column outside the feed gives a school year for each row."""
    for i in range(heading.first, heading.last + 1):
        for j, cell in enumerate(grid.rows[i]):
            gives_year = isinstance(cell, str) and is_year_heading(normalise_heading(cell))
            if gives_year and j not in heading.names.values():
                return {
                    n: (year, j)
                    for n, row in body
                    if j < len(row) and (year := _year_of_cell(row[j])) is not None
                }
    return {}


def _year_of_cell(cell: object) -> int | None:
    if isinstance(cell, dt.date):
        return next(iter(_years_of_months([(str(cell.year), str(cell.month))])), None)
    text = with_digits(clean_text(cell))
    found = years_in(text)
    if len(found) == 1:
        return found.pop()
    month = re.match(r"(20\d\d)\s*[年./-]\s*(\d{1,2})(?!\d)", text)
    if month:
        return next(iter(_years_of_months([(month[1], month[2])])), None)
    return int(text[:4]) if re.match(r"20\d\d(?!\d)", text) else None


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


def is_of_other_year(sheet: ParsedSheet, stated: StatedYears, body: list[Row]) -> bool:
    """True if a table states years, but not that of its folder; it is listed in `sheet`, and must not be read."""
    if not stated or sheet.school_year in stated:
        return False
    sheet.other_years.append((stated, [n for n, row in body if _is_filled(row)]))
    return True


def without_other_years(sheet: ParsedSheet, grid: Grid, heading: Heading, body: list[Row]) -> list[Row]:
    """Rows of a table without those for which a column gives another year than the folder's.

    Args:
        sheet: gets a warning that lists the rows left out.
        grid: the cells of the table.
        heading: its heading.
        body: rows below the heading.
    """
    own = sheet.school_year
    years = years_of_rows(grid, heading, body)
    others = [n for n, (year, _) in years.items() if year != own]
    if not others or own not in {year for year, _ in years.values()}:
        return body
    sheet.problems.append(
        _other_years(
            sheet,
            {year: grid.address(j, n) for n, (year, j) in reversed(years.items()) if year != own},
            others,
        )
    )
    left_out = set(others)
    return [(n, row) for n, row in body if n not in left_out]


def _is_filled(row: Sequence[object]) -> bool:
    return sum(1 for c in row if not is_blank(c)) > 1


def _other_years(sheet: ParsedSheet, stated: StatedYears, numbers: list[int]) -> Problem:
    return problem(
        "OTHER_YEAR_ROWS",
        sheet=sheet.sheet,
        feed=sheet.feed,
        cell=next(iter(stated.values())),
        stated="、".join(map(str, sorted(stated))),
        rows="、".join(map(str, numbers[:_ROWS_NAMED])),
        count=len(numbers),
        school_year=sheet.school_year,
    )


def reject_only_other_years(sheet: ParsedSheet) -> None:
    """Refuse a sheet all of whose tables state another year; else list the tables of other years."""
    if not sheet.other_years or sheet.status != "accepted":
        return
    if sheet.columns:
        sheet.problems += [_other_years(sheet, stated, numbers) for stated, numbers in sheet.other_years]
        return
    reject_other_year(
        sheet, {year: cell for stated, _ in reversed(sheet.other_years) for year, cell in stated.items()}
    )
