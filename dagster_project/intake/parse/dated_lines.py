"""Years that only a date beside a table gives: 2023年9月 under the title, a signature's day, a year below the table.

A month above a table is the time of its figures. The day on which a return was filled in says no more than that its
figures aren't younger: it counts where it lies before the folder's school year.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.rows import Row, is_code
from dagster_project.intake.parse.sheet_words import load_words
from dagster_project.intake.parse.years import StatedYears, school_year_of, with_digits, years_in

#: Rows below the last record in which a year or a date is looked for.
_ROWS_BELOW = 12
_LONGEST_LINE = 60
_NUMERAL = re.compile("[一二三四五六七八九十]{1,3}(?=[月日号])")
_WITHIN_DATE = re.compile(r"(?<=\d)\s+(?=[年月日号])|(?<=[年月])\s+(?=\d)")
_BETWEEN_PIECES = re.compile(r"[\s,，;；。、|]+")
_FIRST_DAY = (9, 1)


def years_below(grid: Grid, body: Sequence[Row]) -> StatedYears:
    """School years that a line below a table's records states: one of nothing but a year, or a title.

    Args:
        grid: the cells of the table.
        body: rows below its heading.
    """
    for number, row in _lines_below(body):
        for j, text in _texts(row):
            found = years_in(text)
            if found and _is_about_a_year(text):
                return dict.fromkeys(found, grid.address(j, number))
    return {}


def years_of_dates(grid: Grid, above: Sequence[Row], body: Sequence[Row], school_year: int) -> StatedYears:
    """School year of a month above a table, or of the day on which it was filled in if that is before the folder's.

    Args:
        grid: the cells of the table.
        above: rows above its heading.
        body: rows below its heading.
        school_year: year of the folder.
    """
    for rows, is_above in ((above, True), (list(_lines_below(body)), False)):
        for number, row in rows:
            texts = _texts(row)
            for k, (j, text) in enumerate(texts):
                before = texts[k - 1][1] if k else ""
                year = _year_of_line(text, before, len(texts) == 1, is_above, school_year)
                if year is not None:
                    return {year: grid.address(j, number)}
    return {}


def _texts(row: Sequence[Any]) -> list[tuple[int, str]]:
    return [
        (j, clean_text(c.date() if isinstance(c, dt.datetime) else c))
        for j, c in enumerate(row)
        if not is_blank(c)
    ]


def _lines_below(body: Sequence[Row]) -> Iterator[Row]:
    """Rows from the last one up to the last record."""
    for number, row in reversed(body[-_ROWS_BELOW:]):
        if any(is_code(c) for c in row):
            return
        yield number, row


def _is_about_a_year(text: str) -> bool:
    """True if a line says a year and nothing else: 2023学年, 以上为2023年秋季数据, or is the title of a table."""
    words = load_words()
    plain = re.sub(r"[\W\d_]+", "", unicodedata.normalize("NFKC", with_digits(text)))
    if len(plain) > _LONGEST_LINE or text.lstrip().startswith(words.notes):
        return False
    is_title = text.rstrip("）) ").endswith(words.year_titles) and not any(w in text for w in words.elsewhere)
    for word in words.year_lines:
        plain = plain.replace(word, "")
    return is_title or re.fullmatch("[年月日春秋季]*", plain) is not None


def _year_of_line(text: str, before: str, is_alone: bool, is_above: bool, school_year: int) -> int | None:
    """School year of the first date in a line that counts; None if there is none.

    Args:
        text: the line, or a cell of it.
        before: text of the cell before it, which may be the label of a date.
        is_alone: no other cell of the row is filled.
        is_above: the line stands above the table.
        school_year: year of the folder.
    """
    if "20" not in text and "二" not in text:
        return None
    pieces = _pieces(text)
    for label, piece in zip(
        [*_pieces(before)[-1:], *pieces] if before else ["", *pieces], pieces, strict=False
    ):
        bare = piece.strip("()[]【】<>《》")
        if is_above and is_alone and len(pieces) == 1 and re.fullmatch(r"20\d\d年?", bare):
            return int(bare[:4])
        found = _dated().fullmatch(bare)
        named = _label().fullmatch(label.rstrip(":"))
        if not found or (named is None and re.search(_of_something_else(), label)):
            continue
        year, month, day = int(found["year"]), int(found["month"]), found["day"]
        was_made = found["made"] or found["behind"] or (named is not None and named["made"])
        own = school_year_of(year, month)
        is_of_figures = is_above and not was_made and (not day or (month, int(day)) == _FIRST_DAY)
        if own is not None and (is_of_figures or own < school_year):
            return own
    return None


def _pieces(text: str) -> list[str]:
    written = _NUMERAL.sub(_digits_of, with_digits(unicodedata.normalize("NFKC", text)))
    together = re.sub(r":\s+", ":", _WITHIN_DATE.sub("", written))
    return [piece for piece in _BETWEEN_PIECES.split(together) if piece]


def _digits_of(found: re.Match[str]) -> str:
    """一 to 三十一 in digits."""
    tens, ten, ones = found[0].rpartition("十")
    digit = "一二三四五六七八九".find
    return str(10 * (digit(tens[-1]) + 1 if tens else bool(ten)) + (digit(ones[-1]) + 1 if ones else 0))


@lru_cache(maxsize=1)
def _label() -> re.Pattern[str]:
    """What a date of the figures or of filling a return in is called: 时间, 填表日期."""
    words = load_words()
    made = "|".join(sorted(words.makings, key=len, reverse=True))
    return re.compile(rf"(?P<made>{made})?(?:{'|'.join(words.times)})?[为于是]?")


@lru_cache(maxsize=1)
def _dated() -> re.Pattern[str]:
    """A date alone, or with what was done on it: 填表日期：2023年9月28日, 2023年9月制表."""
    made = "|".join(sorted(load_words().makings, key=len, reverse=True))
    return re.compile(
        rf"(?:{_label().pattern}:?)?"
        r"(?P<year>20\d\d)[年./-](?P<month>1[0-2]|0?[1-9])(?:[月./-]+(?P<day>[0-3]?\d)[日号]?|月份?)?"
        rf"(?P<behind>{made})?"
    )


@lru_cache(maxsize=1)
def _of_something_else() -> str:
    """How the label of another date ends: 建校时间, 有效期至."""
    return rf"(?:{'|'.join(load_words().times)}|[期至于自从:])\Z"
