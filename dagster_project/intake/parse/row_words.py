"""What the cells of a row say of it: a part, a class, a figure, numbers of columns, a total."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import Any

from dagster_project.intake.files.grid import Displayed
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.sheet_words import compact, load_words, total_word

#: Tokens of a row that numbers the columns: 1, (2), (5)=(6)+(7), 甲, 栏次, A.
_COLUMN_NUMBER = re.compile(
    r"\(?(?P<number>\d{1,3})\)?(?:=[\d()+×*/.-]+)?栏?\Z|[甲乙丙丁戊己庚辛]\Z|(?:栏次|行次|序号|列号|编号)\Z|[A-Za-z]{1,2}\Z"
)
#: Larger whole numbers beside a signature are telephone numbers.
_LEAST_TELEPHONE = 1e10
#: A usual name of a class: 1班, （1）班, 一年级1班, 2023级1班, 小1班.
_NAME_OF_CLASS = re.compile(
    r"^[（(]?[0-9一二三四五六七八九十]{1,3}[)）]?班?$"
    r"|(?:级|[一二三四五六七八九托小中大])[（(]?[0-9一二三四五六七八九十]{1,3}[)）]?班?$"
)


#: 2个班 is how many classes there are, not which.
_NUMBER_OF_CLASSES = re.compile("[共计]?(?:[0-9]{1,2}|[一二两三四五六七八九十]{1,3})个(?:教学|行政)?班")


def names_part(name: str) -> bool:
    """True for a name that says it is a part: 其中：女生; false for the school at 其中堂."""
    text = compact(name)
    return text.startswith("其中:") or (
        text.startswith("其中") and any(word in text for word in load_words().parts)
    )


def names_class(name: str) -> bool:
    """True for the name of a class: 1班, 2023级1班, 向日葵班; false for what may stand for several (年级合, 所有班)."""
    text = compact(name)
    if text.endswith("班") and len(text) > 1:
        return not text.startswith(load_words().all_of) and not _NUMBER_OF_CLASSES.fullmatch(text)
    return _NAME_OF_CLASS.search(text) is not None


_CLASS_NUMBER = "[(]?([0-9]{1,2}|[一二三四五六七八九十]{1,3})[)]?班?"
_CLASSES_WITH_NUMBER = (
    re.compile(f"第?{_CLASS_NUMBER}"),
    re.compile(
        rf"(?:[0-9]{{4}}级|(?:小学|初中|高中|小|初|高)?(?:[0-9]{{1,2}}(?:年级|年)|[一二三四五六七八九](?:年级|年)?)){_CLASS_NUMBER}"
    ),
    re.compile(r"[0-9]{1,2}\(([0-9]{1,2}|[一二三四五六七八九十]{1,3})\)班?"),
    re.compile(r"[0-9]{1,2}\.([0-9]{1,2})班"),
)
_NUMERALS = [
    "一",
    "二",
    "三",
    "四",
    "五",
    "六",
    "七",
    "八",
    "九",
    "十",
    "十一",
    "十二",
    "十三",
    "十四",
    "十五",
    "十六",
    "十七",
    "十八",
    "十九",
    "二十",
]
_PLAIN = str.maketrans("（）０１２３４５６７８９①②③④⑤⑥⑦⑧⑨．", "()0123456789123456789.")


@lru_cache(8192)
def class_key(name: str) -> str:
    """The number of a class within its grade, however it is written (1班, （1）班, 1(1)班, 2023级1班); other names as they are.

    The same as `candidate.class_key` in SQL (`record/sql/candidate_tables.sql`).
    """
    text = re.sub(r"\s", "", name.translate(_PLAIN))
    found = next((m for pattern in _CLASSES_WITH_NUMBER if (m := pattern.fullmatch(text))), None)
    if found is None:
        return name
    number = found[1]
    if number.isdigit():
        return f"class {int(number)}"
    return f"class {_NUMERALS.index(number) + 1}" if number in _NUMERALS else name


def is_figure(cell: Any) -> bool:
    """True for a number, for text that is one but for a word or unit, and for a mark in place of one.

    Dates and telephone numbers, as in signatures, are none.
    """
    if isinstance(cell, (bool, dt.date, dt.time)) or is_blank(cell):
        return False
    if isinstance(cell, (int, float)):
        return abs(cell) < _LEAST_TELEPHONE
    if isinstance(cell, Displayed):
        return True
    text = unicodedata.normalize("NFKC", clean_text(cell))
    return text.startswith("\ue000") or bool(
        re.fullmatch(r"[约≈+-]?\.?\d[\d,]{0,11}(?:\.\d+)?[^\d\s:]{0,3}", text)
    )


def numbers_columns(filled: list[Any]) -> bool:
    """True for cells that number the columns of the table."""
    found = [
        _COLUMN_NUMBER.match(unicodedata.normalize("NFKC", clean_text(c)).replace(" ", "")) for c in filled
    ]
    if not all(found):
        return False
    numbers = [int(f["number"]) for f in found if f and f["number"]]
    rising = all(b == a + 1 for a, b in pairwise(numbers))
    return rising and (len(filled) > 1 and (not numbers or numbers[0] <= 1 or len(numbers) < len(filled)))


def total_label(row: list[Any]) -> str:
    """Word by which a row of totals names itself; '' if it has none."""
    return next((word for cell in row if isinstance(cell, str) and (word := total_word(cell))), "")
