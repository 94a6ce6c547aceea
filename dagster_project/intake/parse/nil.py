"""Finds nil returns: which rows below a heading, or which cell above it, say that there is nothing to report."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from dagster_project.core.declarations import read_declaration
from dagster_project.intake.feeds import FIGURE_YEAR, Feed, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import problem
from dagster_project.intake.nil_returns import NilReturn
from dagster_project.intake.parse.body import Row, values_in
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.headings import Heading
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.parse.rows import is_code

#: Rule of a nil return that doesn't state whose it is or of which month.
NIL_INCOMPLETE = "NIL_RETURN_INCOMPLETE"
WORDS_FILE = Path(__file__).with_name("nil_words.yml")
#: Columns that say whose and of which period a row is; a nil return fills no other.
_STATED = ("school_code", "school_name", "district_code", "reporting_month", FIGURE_YEAR)
_LONGEST_WORDS = 24
#: Texts whose reading is remembered.
_REMEMBERED = 8192
_PUNCTUATION = re.compile(r"[\s()（）\[\]【】,，.。、;；:：!！\"“”'‘’\-—_/]+")
_MONTH_BEFORE = re.compile(r"(?:20\d\d年)?\d{1,2}月份?")
_MONTH = re.compile(r"(?<!\d)(20\d\d)\s*[年\-./]\s*(1[0-2]|0?[1-9])(?!\d)")
_SCHOOL_CODE = re.compile(r"(?<!\d)\d{10}(?!\d)")
#: No division's code begins with 20, but months are written like that.
_DISTRICT_CODE = re.compile(r"(?<!\d)(?!20)[1-8]\d{5}(?!\d)")
_IN_BRACKETS = re.compile(r".*[(（]([^()（）]+)[)）]\s*\Z", re.DOTALL)
_YEAR = re.compile(r"20\d\d\Z")


class NilWords(BaseModel):
    """The words of nil_words.yml, which describes the fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    said: tuple[str, ...]
    plain: tuple[str, ...]
    before: tuple[str, ...]
    who: tuple[str, ...]


@lru_cache(maxsize=1)
def load_words() -> NilWords:
    """The words by which a return says that there is nothing to report.

    Raises:
        UserError: nil_words.yml is wrong.
    """
    return read_declaration(WORDS_FILE, NilWords)


def take_nil_returns(
    sheet: ParsedSheet, grid: Grid, feed: Feed, heading: Heading, body: list[Row]
) -> list[Row]:
    """Put the nil returns of a sheet into `sheet`, and report those whose school or month isn't stated.

    Args:
        sheet: gets the nil returns; their rows are counted among those dropped.
        grid: the sheet's cells.
        feed: the feed of the sheet.
        heading: where its heading is.
        body: rows below the heading.

    Returns:
        The other rows.
    """
    if feed.is_register:  # a register without schools says nothing
        return body
    said, plain = _rows_of_words(feed, heading.names, body)
    nil = dict(said)
    if plain and len(said) + len(plain) == len(_filled(body)):
        nil |= plain
    if nil:
        rows = dict(body)
        found = [
            _statement(
                grid, feed, heading, rows[number], grid.address(j, number), clean_text(rows[number][j])
            )
            for number, j in sorted(nil.items())
        ]
    elif not any(_has_code(row, heading.names[feed.identity]) for _, row in body):
        found = [
            _statement(grid, feed, heading, [], cell, text)
            for cell, text in _words_above(grid, heading.first)
        ]
    else:
        return body
    for stated in found:
        lacking = _lacking(feed, stated)
        if lacking:
            sheet.problems.append(
                problem("NIL_RETURN_INCOMPLETE", lacking, sheet=grid.sheet, feed=feed.feed, cell=stated.cell)
            )
        else:
            sheet.nil_returns.append(stated)
    return [(number, row) for number, row in body if number not in nil] if nil else body


def _rows_of_words(
    feed: Feed, names: dict[str, int], body: list[Row]
) -> tuple[dict[int, int], dict[int, int]]:
    """Rows that hold nothing but words for nothing besides whose they are: clear and plain ones.

    Each is the column index of the words by the row's number.
    """
    stated = {names[name] for name in _STATED if name in names}
    keys = [names[name] for name in feed.key_columns if name in names and names[name] not in stated]
    identity = names[feed.identity]
    mapped = set(names.values())
    said: dict[int, int] = {}
    plain: dict[int, int] = {}
    if keys:
        # most rows are records, and are known by their first key, of which there are few
        first = keys[0]
        possible = {value for value in values_in(body, first) if is_blank(value) or kind_of_words(value)}
        body = (
            [(n, row) for n, row in body if first >= len(row) or row[first] in possible] if possible else []
        )
    for number, row in body:
        if not _may_be_words(row, keys) if keys else _has_code(row, identity):
            continue
        words = [(j, kind) for j, cell in enumerate(row) if (kind := kind_of_words(cell))]
        others = [j for j in mapped - stated if j < len(row) and not is_blank(row[j])]
        if len(words) != 1 or set(others) - {words[0][0]}:
            continue
        (said if words[0][1] == "said" else plain)[number] = words[0][0]
    return said, plain


def _may_be_words(row: list[Any], keys: list[int]) -> bool:
    return all(j >= len(row) or is_blank(row[j]) or bool(kind_of_words(row[j])) for j in keys)


def _has_code(row: list[Any], identity: int) -> bool:
    return identity < len(row) and is_code(row[identity])


def _filled(body: list[Row]) -> list[Row]:
    return [(number, row) for number, row in body if not all(is_blank(c) for c in row)]


@lru_cache(_REMEMBERED, typed=True)
def kind_of_words(cell: object) -> str:
    """`said` or `plain` for a cell that says that there is nothing to report, else ''."""
    if not isinstance(cell, str) or not cell or len(cell) > _LONGEST_WORDS:
        return ""
    words = load_words()
    text = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", cell))
    rest, is_clear = text, False
    while True:
        month = _MONTH_BEFORE.match(rest)
        period = month[0] if month else next((w for w in words.before if rest.startswith(w)), "")
        start = period or next((w for w in words.who if rest.startswith(w)), "")
        if not start:
            break
        is_clear = is_clear or bool(period)
        rest = rest[len(start) :]
    if rest in words.said:
        return "said"
    if rest in words.plain:
        return "said" if is_clear else "plain"
    return ""


def _words_above(grid: Grid, heading_first: int) -> Iterable[tuple[str, str]]:
    """The first cell above the heading that is clear words, or ends with them in brackets, with its text.

    Words within a sentence don't count: it may be an instruction.
    """
    for i, row in enumerate(grid.rows[:heading_first]):
        for j, cell in enumerate(row):
            if not isinstance(cell, str):
                continue
            in_brackets = _IN_BRACKETS.match(cell)
            if "said" in (kind_of_words(cell), kind_of_words(in_brackets[1]) if in_brackets else ""):
                return [(grid.address(j, grid.first_row + i), clean_text(cell))]
    return []


def _statement(grid: Grid, feed: Feed, heading: Heading, row: list[Any], cell: str, words: str) -> NilReturn:
    """What a row, or else the cells above the heading, say of whose nil return it is and of which period."""
    own = {name: clean_text(row[j]) for name, j in heading.names.items() if name in _STATED and j < len(row)}
    above = [clean_text(c) for line in grid.rows[: heading.first] for c in line if not is_blank(c)]
    code = _only(_SCHOOL_CODE if feed.has_schools else _DISTRICT_CODE, [own.get(feed.identity, "")], above)
    year = own.get(FIGURE_YEAR, "")
    return NilReturn(
        cell=cell,
        school_code=code if feed.has_schools else "",
        school_name=(own.get("school_name", "") or _named_above(feed, above)) if feed.has_schools else "",
        district_code="" if feed.has_schools else code,
        reporting_month=_month([own.get("reporting_month", "")], [words], above, [grid.sheet]),
        figure_year=int(year) if _YEAR.match(year) else None,
    )


def _only(pattern: re.Pattern[str], *places: list[str]) -> str:
    """What the first of some places states, if it states one value; '' if none does, or one states several."""
    for texts in places:
        found = {match for text in texts for match in pattern.findall(text)}
        if found:
            return str(found.pop()) if len(found) == 1 else ""
    return ""


def _month(*places: list[str]) -> str:
    """The only month that the first of some places states, as 2025-11; '' if none does."""
    for texts in places:
        found = {(year, int(month)) for text in texts for year, month in _MONTH.findall(text)}
        if found:
            return "{}-{:02d}".format(*found.pop()) if len(found) == 1 else ""
    return ""


def _named_above(feed: Feed, above: list[str]) -> str:
    """Name of the school in the cells above the heading, behind its label or in the cell after it."""
    labels = (
        feed.column("school_name").headings() if any(c.name == "school_name" for c in feed.columns) else set()
    )
    for k, text in enumerate(above):
        label, _, name = text.replace("：", ":").partition(":")
        if normalise_heading(label) in labels:
            return name.strip() or (above[k + 1] if k + 1 < len(above) else "")
    return ""


def _lacking(feed: Feed, stated: NilReturn) -> str:
    """What a nil return doesn't state and can't do without: `school`, `district` or `month`; '' if it's whole."""
    if feed.has_schools and not (stated.school_code or stated.school_name):
        return "school"
    if not feed.has_schools and not stated.district_code:
        return "district"
    if any(c.name == "reporting_month" for c in feed.columns) and not stated.reporting_month:
        return "month"
    return ""
