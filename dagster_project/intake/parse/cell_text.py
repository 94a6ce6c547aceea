"""The text of a cell, and whether it is blank."""

from __future__ import annotations

import datetime as dt
import re

LARGEST_NUMBER = 1e15
_INVISIBLE = re.compile(r"[\u00a0\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060\u3000\ufeff\r\n\t ]+")


def clean_text(value: object) -> str:
    """Text of a cell, invisible characters stripped at its ends and reduced to one blank within; '' for a blank cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if value.isalnum() else _INVISIBLE.sub(" ", value).strip(" ")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST_NUMBER:
        return str(int(value))
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    return _INVISIBLE.sub(" ", str(value)).strip(" ")


def is_blank(value: object) -> bool:
    """True for an empty cell and for one that holds only invisible characters."""
    return value is None or value == "" or (isinstance(value, str) and clean_text(value) == "")


#: Apostrophes that people type before a number so that a spreadsheet keeps its digits.
_TEXT_MARK = re.compile(r"[\s'’‘＇`´′]+(?=[0-9A-Za-z０-９Ａ-Ｚａ-ｚ])")


def without_text_mark(text: str) -> str:
    """Text of a code without an apostrophe before it, and without the one that closes it ('2150000001')."""
    found = _TEXT_MARK.match(text)
    return text[found.end() :].rstrip(" '’‘＇`´′") if found else text
