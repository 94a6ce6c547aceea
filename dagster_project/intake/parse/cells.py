"""From a cell to a typed value by a closed grammar: what the grammar doesn't know is a fault, never guessed."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from dagster_project.core.privacy import is_credit_code as has_credit_check
from dagster_project.core.privacy import mask_personal_numbers
from dagster_project.intake.feeds import Column
from dagster_project.intake.files.grid import (
    ERROR_CELL,
    EXTERNAL_REFERENCE,
    FORMULA_WITHOUT_VALUE,
    MERGED_CELL,
    OVERWRITTEN_CELL,
    STRUCK_CELL,
    Displayed,
    Unclear,
    UnclearDay,
)
from dagster_project.intake.findings import wanted_of
from dagster_project.intake.parse.cell_text import LARGEST_NUMBER as LARGEST_NUMBER
from dagster_project.intake.parse.cell_text import clean_text as clean_text
from dagster_project.intake.parse.cell_text import is_blank as is_blank
from dagster_project.intake.parse.cell_text import without_text_mark
from dagster_project.intake.parse.dates import day_of, serial_day, written_month
from dagster_project.intake.parse.sheet_words import unit_of
from dagster_project.intake.parse.spellings import (
    choice_of,
    has_marked_digits,
    plain_characters,
)

_WIDE_DIGITS = str.maketrans("０１２３４５６７８９．，－＋", "0123456789.,-+")
_NUMBER = re.compile(r"[+-]?(?:(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?|\.\d+)\Z", re.ASCII)
#: Text that a program wrote as a formula, so that a spreadsheet keeps its zeros.
_QUOTED_FORMULA = re.compile(r'="([^"]*)"\Z')
#: Signs for "nothing" in a column of text.
_PLACEHOLDERS = frozenset("-—–－/／\\―─")
#: An error as spreadsheets show it, and a number whose column was too narrow to show it.
_ERROR = re.compile(r"#(?:[A-Z]{3,}[!?]|DIV/0!|N/A|REF|GETTING_DATA|#{2,})\Z|ERR:\d{3}\Z")
_NOT_FINITE = frozenset(("nan", "inf", "+inf", "-inf", "infinity", "-infinity"))
#: Relative distance from a whole number that binary arithmetic alone leaves (35.99999999999999).
_BINARY_NOISE = 1e-12


@dataclass(frozen=True)
class Fault:
    """Why a cell can't be used.

    Attributes:
        rule_code: code of a rule of findings.yml.
        case: which of the rule's texts, if it has several.
        words: what fills the text.
    """

    rule_code: str
    case: str = ""
    words: tuple[tuple[str, object], ...] = ()

    @property
    def wanted_zh(self) -> str:
        """What was expected in the cell."""
        return wanted_of(self.rule_code, self.case, **dict(self.words))


@dataclass(frozen=True)
class Assumed:
    """A value that isn't written as asked for, but whose meaning is certain.

    Attributes:
        value: what was read.
        rule_code: rule of findings.yml, of severity note, that says so.
    """

    value: Any
    rule_code: str


_WIDE = re.compile("[０-９]")


def has_wide_digits(value: object) -> bool:
    """True for text with full-width digits."""
    return isinstance(value, str) and not value.isascii() and _WIDE.search(value) is not None


def _common_fault(value: object) -> Fault | None:
    if value == FORMULA_WITHOUT_VALUE:
        return Fault("FORMULA_WITHOUT_VALUE")
    if value == ERROR_CELL or (isinstance(value, str) and _ERROR.match(value.strip().upper())):
        return Fault("ERROR_VALUE")
    if value == MERGED_CELL:
        return Fault("MERGED_CELL")
    if value == EXTERNAL_REFERENCE:
        return Fault("EXTERNAL_REFERENCE")
    if value == OVERWRITTEN_CELL:
        return Fault("OVERWRITTEN_CELL")
    if value == STRUCK_CELL:
        return Fault("STRUCK_OUT")
    return None


def to_number(value: object) -> float | int | Fault:
    """A number as Excel holds it or as text with thousands commas or full-width digits.

    Anything else that isn't blank (units, 约, 万, dates, true/false, nan, inf) is a fault.
    """
    if isinstance(value, bool):
        return Fault("NOT_A_NUMBER", "truth_value")
    if isinstance(value, (int, float)):
        number = float(value)
        if not math.isfinite(number):
            return Fault("NOT_FINITE")
        if abs(number) >= LARGEST_NUMBER:
            return Fault("NUMBER_TOO_LARGE")
        return value
    if isinstance(value, (dt.datetime, dt.date, dt.time, dt.timedelta)):
        return Fault("DATE_IN_NUMBER")
    if isinstance(value, Displayed):
        return Fault("SCALED_FORMAT")
    fault = _common_fault(value)
    if fault:
        return fault
    text = clean_text(value).translate(_WIDE_DIGITS)
    if isinstance(value, Unclear) and "," in text:
        return Fault("NOT_A_NUMBER", "comma")
    if text.lower() in _NOT_FINITE:
        return Fault("NOT_FINITE")
    if not _NUMBER.match(text):
        return Fault("NOT_A_NUMBER", "text")
    number = float(text.replace(",", ""))
    if abs(number) >= LARGEST_NUMBER:
        return Fault("NUMBER_TOO_LARGE")
    return number


def _stored(value: object, column: Column) -> object:
    """The number of a cell whose format shows just what its column wants: 755000元 in a column in 元, 1985年 in any."""
    if not isinstance(value, Displayed):
        return value
    if not column.is_number:
        return value.number
    if column.type == "decimal" and value.times == 100 and not value.unit:
        return value.number  # a share shown in per cent
    own = unit_of(column.unit_zh) if column.unit_zh else None
    unit = unit_of(value.unit)
    own_size = own.size if own else Fraction(1)
    is_other = unit is not None and own is not None and unit.kind != own.kind
    meant = value.times * (unit.size if unit else 1) / own_size
    says_nothing = value.times == 1 and (unit is None or unit.kind == "count") and value.unit != "base"
    if not is_other and (meant == 1 or says_nothing):
        return value.number
    return value


def _count(value: object, column: Column) -> Any:
    if isinstance(value, Unclear) and not value.rstrip().endswith(",000"):
        value = str(value)  # 1,234 pupils can only be thousands: the other reading is no whole number
    number = to_number(value)
    if isinstance(number, Fault):
        return number
    if number < 0:
        return Fault("NEGATIVE")
    if number == int(number):
        return int(number)
    if abs(number - round(number)) <= _BINARY_NOISE * max(1, abs(number)):
        return Assumed(round(number), "NUMBER_ROUNDED")
    return Fault("FRACTION_IN_COUNT")


def _amount(value: object, column: Column) -> Any:
    number = to_number(value)
    if isinstance(number, Fault):
        return number
    if column.minimum is not None or column.maximum is not None:
        low, high = column.minimum, column.maximum
        if (low is not None and number < low) or (high is not None and number > high):
            return Fault("OUT_OF_RANGE", words=(("low", low), ("high", high)))
    elif number < 0:
        return Fault("NEGATIVE")
    return float(number)


def _year(value: object, column: Column) -> Any:
    number = to_number(value)
    if isinstance(number, Fault):
        return number
    if number != int(number) or not 1800 <= number <= 2100:
        return Fault("BAD_YEAR")
    return int(number)


def _date(value: object, column: Column) -> Any:
    wanted = Fault("BAD_DATE", "form")
    if isinstance(value, (dt.datetime, dt.date)):
        day = value.date() if isinstance(value, dt.datetime) else value
        return day if 1990 <= value.year <= 2100 else wanted
    fault = _common_fault(value)
    if fault:
        return fault
    text = clean_text(value).translate(_WIDE_DIGITS)
    if isinstance(value, UnclearDay) and serial_day(text):
        return wanted
    if serial := serial_day(text):
        return Assumed(serial, "SERIAL_DATE")
    found = day_of(text)
    if found.contradicts_weekday:
        return Fault("BAD_DATE", "weekday")
    if found.day and found.is_zoned:
        return Assumed(found.day, "ZONED_DATE")
    return found.day or wanted


def _month(value: object, column: Column) -> Any:
    wanted = Fault("BAD_MONTH", "form")
    if isinstance(value, (dt.datetime, dt.date)):
        return f"{value.year:04d}-{value.month:02d}" if 1990 <= value.year <= 2100 else wanted
    fault = _common_fault(value)
    if fault:
        return fault
    text = clean_text(value).translate(_WIDE_DIGITS)
    if isinstance(value, (float, Unclear)) and re.fullmatch(r"\d{4}\.1", text):
        return Fault("BAD_MONTH", "january_or_october", (("year", text[:4]),))  # 2024.10 is kept as 2024.1
    if month := written_month(text):
        return month
    day = _date(value, column)
    if isinstance(day, Assumed):
        return Assumed(f"{day.value:%Y-%m}", day.rule_code)
    return f"{day:%Y-%m}" if isinstance(day, dt.date) else wanted


def _text(value: object, column: Column) -> Any:
    fault = _common_fault(value)
    if fault:
        return fault
    text = plain_characters(clean_text(value))
    if _PLACEHOLDERS.issuperset(text):
        return Assumed(None, "PLACEHOLDER_TEXT")
    if column.is_code and (bare := without_text_mark(text)) != text:
        return Assumed(bare, "CODE_CLEANED")
    if text[:1] in ("=", "@", "+") or (text[:1] == "-" and not _NUMBER.match(text)):
        return Fault("FORMULA_IN_TEXT")
    if column.refused and re.search(column.refused, unicodedata.normalize("NFKC", text)):
        return Fault("REFUSED_TEXT", words=(("wanted", column.refused_zh),))
    return text


_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}\Z")


def is_credit_code(text: str) -> bool:
    """True for a unified social credit code. Registers don't have it as a school's code; a crosswalk may.

    Digits alone need the code's check digit: they may be another number.
    """
    return has_credit_check(text) if text.isdigit() else _CREDIT_CODE.match(text) is not None


def code_converter(pattern: str, case: str) -> Callable[[object, Column], Any]:
    """Converter for codes that must match `pattern` as a whole; a code stays text.

    Args:
        pattern: regular expression of the code.
        case: case of the text of BAD_CODE that says what is expected.
    """
    compiled = re.compile(pattern)
    bad_code = Fault("BAD_CODE", case, (("pattern", pattern),))

    def convert(value: object, column: Column) -> Any:
        fault = _common_fault(value)
        if fault:
            return fault
        if isinstance(value, (bool, dt.datetime, dt.date, dt.time)):
            return bad_code
        text = clean_text(value).translate(_WIDE_DIGITS)
        if compiled.fullmatch(text):
            return text
        digits = _only_digits(text)
        if compiled.fullmatch(digits):
            return Assumed(digits, "CODE_CLEANED")
        if case == "district" and re.fullmatch(r"\d{9}|\d{12}", digits):
            return Assumed(digits[:6], "DISTRICT_SHORTENED")
        if case == "school" and is_credit_code(without_text_mark(text)):
            return Fault("BAD_CODE", "credit_code")
        return bad_code

    return convert


def _only_digits(text: str) -> str:
    """The only run of letters and digits in a text: blanks or hyphens within, signs or words around, `.0` behind.

    Empty if there are several, or a digit that marks a footnote (²①), which may belong to the code or not.
    """
    if has_marked_digits(text):
        return ""
    bare = re.sub(r"(?<=\d)[ \-‐‒–—−]+(?=\d)", "", unicodedata.normalize("NFKC", text))
    bare = re.sub(r"(?<=\d)\.0+\Z", "", bare)
    runs = re.findall(r"[0-9A-Za-z.]+", bare)
    return runs[0] if len(runs) == 1 else ""


def _choice(value: object, column: Column) -> Any:
    fault = _common_fault(value)
    if fault:
        return fault
    text = clean_text(value).translate(_WIDE_DIGITS).replace(" ", "")
    text = column.choice_aliases.get(text, text)
    if text in column.choices:
        return column.choices[text]
    meant = choice_of(without_text_mark(text), column)
    if meant is not None:
        return Assumed(column.choices[meant], "CHOICE_SPELLING")
    return Fault("UNKNOWN_CHOICE", words=(("choices", " ".join(column.choices)),))


_CONVERTERS: dict[str, Callable[[object, Column], Any]] = {
    "code": code_converter(r"[0-9]{10}", "school"),
    "district": code_converter(r"[0-9]{6}", "district"),
    "text": _text,
    "choice": _choice,
    "count": _count,
    "area": _amount,
    "money": _amount,
    "decimal": _amount,
    "year": _year,
    "date": _date,
    "month": _month,
}


def converter_for(column: Column) -> Callable[[object, Column], Any]:
    """Converter of one cell that isn't blank, by the column's type: a value, an `Assumed` or a `Fault`."""
    return _CONVERTERS[column.type]


@dataclass
class ConvertedColumn:
    """A column after conversion.

    Attributes:
        values: one per row; None where the cell is blank or faulty.
        faults: the cell and its fault, by row index.
        masked: row indexes whose text held an identity or mobile number that was masked.
        assumed: the cell and the rule under which it was read, by row index, where it isn't written as asked for.
        terms: which of several source columns a fault is in, from 0, by row index; the first one where it isn't there.
        is_filled: no value is None, for certain.
    """

    values: list[Any]
    faults: dict[int, tuple[object, Fault]]
    masked: set[int] = field(default_factory=set)
    assumed: dict[int, tuple[object, str]] = field(default_factory=dict)
    terms: dict[int, int] = field(default_factory=dict)
    is_filled: bool = False


def without_personal_numbers(
    column: ConvertedColumn, *, is_key: bool = False, is_code: bool = False
) -> ConvertedColumn:
    """The text column with personal numbers masked.

    Args:
        column: a converted text column.
        is_key: the column is part of the feed's grain; eleven digits alone are then an entry's number, no telephone.
        is_code: the column holds codes; what has the check digit of a credit code is one, whatever else it looks like.
    """
    found = {v: mask_personal_numbers(v) for v in set(column.values) if isinstance(v, str)}
    personal = {
        value: masked
        for value, masked in found.items()
        if masked != value
        and not (is_key and value.isdecimal() and len(value) == 11)
        and not (is_code and has_credit_check(re.sub("[ -]", "", unicodedata.normalize("NFKC", value))))
    }
    if not personal:
        return column
    values = [personal.get(v, v) for v in column.values]
    masked = {i for i, v in enumerate(column.values) if v in personal}
    return ConvertedColumn(values, column.faults, masked, column.assumed)


_DATE_LIKE = re.compile(
    r"\d{1,2}月\d{1,2}日\Z|(?:19|20)\d\d[-/]\d{1,2}[-/]\d{1,2}(?: 0?0:00(?::00)?)?\Z", re.ASCII
)
_WHOLE = re.compile(r"(\d+)\.0+\Z", re.ASCII)


def as_key(column: ConvertedColumn, cells: Sequence[object]) -> ConvertedColumn:
    """A converted text column that names something: a name that became a date is a fault, 1.0 is 1.

    Args:
        column: the converted column.
        cells: the cells it was converted from.
    """
    dates: set[object] = set()
    whole_numbers: dict[object, Assumed] = {}
    for cell in set(cells):
        if isinstance(cell, (dt.datetime, dt.date)):
            dates.add(cell)
        elif isinstance(cell, str):
            text = clean_text(cell)
            if _DATE_LIKE.match(text):
                dates.add(cell)
            elif whole := _WHOLE.match(text):
                whole_numbers[cell] = Assumed(whole[1], "NUMBER_IN_KEY")
    if not dates and not whole_numbers:
        return column
    values, faults, assumed = list(column.values), dict(column.faults), dict(column.assumed)
    for i, cell in enumerate(cells):
        if cell in dates:
            values[i] = None
            faults[i] = (cell, Fault("DATE_IN_NAME"))
        elif cell in whole_numbers:
            read = whole_numbers[cell]
            values[i], assumed[i] = read.value, (cell, read.rule_code)
    return ConvertedColumn(values, faults, column.masked, assumed)


def convert_column(
    cells: Sequence[object],
    column: Column,
    *,
    converter: Callable[[object, Column], Any] | None = None,
    blank_is_zero: bool = False,
) -> ConvertedColumn:
    """Convert a whole column; each distinct cell value is converted once.

    Args:
        cells: the column's cells below the heading, in row order.
        column: the feed's column.
        converter: replaces the converter of the column's type (codes of foreign layouts).
        blank_is_zero: the source writes zero as a blank cell.
    """
    convert = converter or _CONVERTERS[column.type]
    distinct = set(cells)
    # True == 1.0 would share one slot of the memo
    if not distinct.isdisjoint((0, 1)) and bool in set(map(type, cells)):
        cells = ["TRUE" if v is True else "FALSE" if v is False else v for v in cells]
        distinct = set(cells)
    blank_value = 0 if blank_is_zero and column.is_number else None
    memo: dict[object, Any] = {}
    faulty: dict[object, Fault] = {}
    assumed: dict[object, str] = {}
    for value in distinct:
        if is_blank(value):
            memo[value] = blank_value
            continue
        quoted = _QUOTED_FORMULA.match(value) if isinstance(value, str) else None
        result = convert(quoted[1] if quoted else _stored(value, column), column)
        if quoted and not isinstance(result, Fault | Assumed):
            result = Assumed(result, "QUOTED_FORMULA")
        if isinstance(result, Assumed):
            assumed[value] = result.rule_code
            result = result.value
        if isinstance(result, Fault):
            faulty[value] = result
            memo[value] = None
        else:
            memo[value] = result
    values = list(map(memo.__getitem__, cells))
    faults = {i: (v, faulty[v]) for i, v in enumerate(cells) if v in faulty} if faulty else {}
    spelled = {i: (v, assumed[v]) for i, v in enumerate(cells) if v in assumed} if assumed else {}
    return ConvertedColumn(values, faults, assumed=spelled, is_filled=None not in memo.values())
