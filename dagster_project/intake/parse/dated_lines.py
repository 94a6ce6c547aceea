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

from dagster_project.intake.feeds import normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.body import Row
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.headings import is_year_heading
from dagster_project.intake.parse.rows import is_code
from dagster_project.intake.parse.sheet_words import load_words
from dagster_project.intake.parse.years import StatedYears, school_year_of, with_digits, years_in

#: Rows below the last record in which a year or a date is looked for.
_ROWS_BELOW = 12
_LONGEST_LINE = 60
_NUMERAL = re.compile("[一二三四五六七八九十]{1,3}(?=[月日号])")
_WITHIN_DATE = re.compile(r"(?<=\d)\s+(?=[年月日号])|(?<=[年月])\s+(?=\d)")
_BETWEEN_PIECES = re.compile(r"[\s,，;；。、|]+")
_FIRST_DAY = (9, 1)
_MAY_BE_DATED = re.compile(r"20\d|[二2][〇○零]|\d\d年")
#: Other ways to write a date, with what each is in digits and marks.
_DATES_WRITTEN = (
    (re.compile(r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)"), r"\1-\2-\3"),
    (re.compile(r"(?<!\d)([1-4]\d年)(?=\d\d?月)"), r"20\1"),
    (re.compile(r"(?<=[^\d():])\((20\d\d[^()]*)\)\Z"), r":\1"),
)
_QUARTER = re.compile(r"(?<=年)第?([一二三四1-4])季度?")


def years_below(grid: Grid, body: Sequence[Row]) -> StatedYears:
    """School years that a line below a table's records states: one of nothing but a year, or a title.

    Args:
        grid: the cells of the table.
        body: rows below its heading.
    """
    for number, row in _lines_below(body):
        texts = _texts(row)
        for k, (j, text) in enumerate(texts):
            if is_year_heading(normalise_heading(text)) and k + 1 < len(texts):
                text = f"{text}:{texts[k + 1][1]}"  # the year is in the cell beside its label
            found = years_in(text)
            if (
                len(texts) == 1 and j == 0 and re.fullmatch(r"20\d\d", text)
            ):  # further right it may be a total
                found = {int(text)}
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
                if not _MAY_BE_DATED.search(unicodedata.normalize("NFKC", text)):
                    continue
                around = [[*map(_pieces, (t for _, t in part))] for part in (texts[:k], texts[k + 1 :])]
                before, behind = ([piece for pieces in part for piece in pieces] for part in around)
                year = _year_of_line(text, before, behind, is_above, school_year)
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
        texts = _texts(row)
        is_date = len(texts) == 1 and _DATES_WRITTEN[0][0].fullmatch(texts[0][1])
        if not is_date and any(is_code(c) for c in row):
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
    return is_title or re.fullmatch("[年月日春秋季上下]*", plain) is not None


def _year_of_line(
    text: str, before: list[str], behind: list[str], is_above: bool, school_year: int
) -> int | None:
    """School year of the first date in a line that counts; None if there is none.

    A date beside other words than a label, a signature, a place or a title is that of what they say.

    Args:
        text: the line, or a cell of it.
        before: pieces of the cells before it, of which the last may be the label of a date.
        behind: pieces of the cells behind it.
        is_above: the line stands above the table.
        school_year: year of the folder.
    """
    pieces = _pieces(text)
    line = [*before, *pieces, *behind]
    is_note = line[0].startswith(load_words().notes) if line else False
    for k in range(len(before), len(before) + len(pieces)):
        bare = line[k].strip("()[]【】<>《》")
        if is_above and len(line) == 1 and re.fullmatch(r"20\d\d年?", bare):
            return int(bare[:4])
        label = line[k - 1] if k else ""
        found = _dated().fullmatch(bare)
        named = _label().fullmatch(label.rstrip(":"))
        if not found or not (named or (not is_note and _goes_with_a_date(line[:k][-2:]))):
            continue
        if k + 1 < len(line) and not _goes_with_a_date(line[k + 1 : k + 2]):
            continue
        year, month, day = int(found["year"]), int(found["month"]), found["day"]
        was_made = found["made"] or found["behind"] or (named is not None and named["made"])
        own = school_year_of(year, month)
        if found["end"] and own != school_year_of(year + (int(found["end"]) < month), int(found["end"])):
            continue
        is_of_figures = is_above and not was_made and (not day or (month, int(day)) == _FIRST_DAY)
        if own is not None and (is_of_figures or own < school_year):
            return own
    return None


def _goes_with_a_date(pieces: list[str]) -> bool:
    """True if the words beside a date are a signature, a name, a place, a title, a day of the week or a time."""
    words = load_words()
    if not pieces:
        return True
    nearest = pieces[-1].strip("()[]【】<>《》")
    ends = (*words.places, *words.short_names, *words.offices, *words.table_nouns)
    return (
        any(re.match(rf"(?:{'|'.join(words.signers)})(?::|\Z)", piece) for piece in pieces)
        or _label().fullmatch(nearest.partition(":")[0]) is not None
        or re.fullmatch(r"星期.|周.|[\d:：]+|第\d+页|共\d+页", nearest) is not None
        or (":" not in nearest and nearest.endswith(ends))
        or re.fullmatch(rf"[\u4e00-\u9fff]{{1,2}}[^\W\d_a-z{words.event_ends}]", nearest) is not None
    )


def _pieces(text: str) -> list[str]:
    written = _NUMERAL.sub(_digits_of, with_digits(unicodedata.normalize("NFKC", text)))
    together = re.sub(r":\s+", ":", _WITHIN_DATE.sub("", written))
    together = _QUARTER.sub(lambda found: f"{3 * ('一二三四1234'.index(found[1]) % 4 + 1)}月", together)
    for pattern, plain in _DATES_WRITTEN:
        together = pattern.sub(plain, together)
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
        r"(?:(?:零|\d\d?)[时点])?(?:[—–~至到-]+(?P<end>1[0-2]|0?[1-9])月份?)?"
        rf"(?P<behind>{made})?"
    )
