"""Days and months in the forms that offices and programs write; what may be two days is none."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from dagster_project.intake.parse.spellings import with_arabic_numerals

#: Dashes and stops of Chinese keyboards and word processors, for the ones of a date.
_MARKS_OF_DATES = str.maketrans("‐‑‒–—―−﹣。", "--------.")
_DATE = re.compile(r"((?:19|20)\d\d)([-/.年])(\d{1,2})([-/.月])(\d{1,2})[日号]?\Z", re.ASCII)
_COMPACT_DATE = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)\Z", re.ASCII)
_PAIRS = {("-", "-"), ("/", "/"), (".", "."), ("年", "月")}
#: Time of day behind a date.
_TIME = re.compile(
    r"(?:T|(?<=\d)\s+|(?<=[日号])\s*|(?<=\d)(?=[上下]午))(?:上午|下午|中午|早上|晚上)?\s*"
    r"(?:\d{1,2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?|[时点](?:\d{1,2}分?(?:\d{1,2}秒)?|半|整)?)\s*(?:[AaPp][Mm])?|(?<=午))\Z"
)
_ZONED = re.compile(
    r"((?:19|20)\d\d-\d\d-\d\d)[T ]\s*(\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)(?:\s+[A-Z]{3,4})?\Z",
    re.ASCII,
)
_BEIJING = dt.timedelta(hours=8)
_WEEKDAY = re.compile(r"[\s,(（]*(?:星期|周|礼拜)([一二三四五六日天])[\s,)）]*")
_MONTH = re.compile(r"((?:19|20)\d\d)(?:[-/.]|年)(\d{1,2})(?:月份?)?\Z", re.ASCII)
_COMPACT_MONTH = re.compile(r"((?:19|20)\d\d)(\d\d)\Z", re.ASCII)
#: Days since 1899-12-30, as spreadsheets count them, of the dates that are taken.
_SERIAL_DAYS = range(32874, 73416)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?\Z", re.ASCII)
_CHINESE_NUMERAL = re.compile("[〇○零一二三四五六七八九十]")


@dataclass(frozen=True)
class FoundDay:
    """The day that a text states.

    Attributes:
        day: None if it states none for certain.
        is_zoned: the text names a time zone; the day is that of Beijing.
        contradicts_weekday: it names a day of the week that the day is not; the day is None then.
    """

    day: dt.date | None = None
    is_zoned: bool = False
    contradicts_weekday: bool = False


def serial_day(text: str) -> dt.date | None:
    """Day of a number as spreadsheets count days, time of day dropped; None for other text."""
    if not _SERIAL.match(text) or int(float(text)) not in _SERIAL_DAYS:
        return None
    return dt.date(1899, 12, 30) + dt.timedelta(days=int(float(text)))


def day_of(text: str) -> FoundDay:
    """Day of a date with or without time of day, time zone, or day of the week."""
    if zoned := _ZONED.match(text):
        return FoundDay(_beijing_day(*zoned.groups()), is_zoned=True)
    text = text.translate(_MARKS_OF_DATES)
    weekday = _WEEKDAY.search(text)
    if weekday:
        text = (text[: weekday.start()] + " " + text[weekday.end() :]).strip()
    day = _written(_TIME.sub("", text).replace(" ", ""))
    if day is None and _CHINESE_NUMERAL.search(text):
        day = _written(_TIME.sub("", with_arabic_numerals(text.replace(" ", ""))))
    if day and weekday and "一二三四五六日".index(weekday[1].replace("天", "日")) != day.weekday():
        return FoundDay(contradicts_weekday=True)
    return FoundDay(day)


def _beijing_day(date: str, time: str, zone: str) -> dt.date | None:
    """Day in Beijing of a moment; None unless it is midnight there by a UTC clock, or the same day by the zone's own."""
    try:
        own = dt.datetime.fromisoformat(f"{date} {time}")
        ahead = dt.timedelta(0) if zone == "Z" else _offset(zone)
    except ValueError:
        return None
    here = own - ahead + _BEIJING
    is_midnight = not ahead and here.time() == dt.time(0)
    return here.date() if is_midnight or here.date() == own.date() else None


def _offset(zone: str) -> dt.timedelta:
    size = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return -size if zone[0] == "-" else size


def _written(text: str) -> dt.date | None:
    """Day of a bare date; None for other text."""
    found = _DATE.match(text)
    if found and (found[2], found[4]) in _PAIRS:
        parts = (found[1], found[3], found[5])
    elif compact := _COMPACT_DATE.match(text):
        parts = (compact[1], compact[2], compact[3])
    else:
        return None
    try:
        return dt.date(*map(int, parts))
    except ValueError:
        return None


def written_month(text: str) -> str | None:
    """Month (2024-10) of a text that states a month and no day; None for other text."""
    if re.search(r"\d \d", text):
        return None  # 2024 1 2 is no month
    text = text.translate(_MARKS_OF_DATES).replace(" ", "")
    if _CHINESE_NUMERAL.search(text):
        text = with_arabic_numerals(text)
    found = _MONTH.match(text) or _COMPACT_MONTH.match(text)
    return f"{found[1]}-{int(found[2]):02d}" if found and 1 <= int(found[2]) <= 12 else None
