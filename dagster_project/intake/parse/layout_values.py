"""Values of a feed column by its source in a layout: translated, computed, and converted into the feed's type."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from dagster_project.intake.feeds import Column
from dagster_project.intake.parse.cells import (
    Assumed,
    ConvertedColumn,
    Fault,
    clean_text,
    code_converter,
    convert_column,
    converter_for,
)
from dagster_project.intake.parse.layouts import Layout, LayoutFeed, Reading, Source, Term

#: Figures of which a count is computed may have decimals and signs.
_FIGURE = Column(name="figure", heading_zh="", type="decimal", minimum=-1e15, maximum=1e15)
_GROUPED = {
    ".": re.compile(r"[+-]?\d{1,3}(?:[,' \u00a0\u202f’]\d{3})+(?:\.\d+)?", re.ASCII),
    ",": re.compile(r"[+-]?\d{1,3}(?:[.' \u00a0\u202f’]\d{3})+(?:,\d+)?", re.ASCII),
}
_PLAIN = {
    ".": re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)", re.ASCII),
    ",": re.compile(r"[+-]?(?:\d+(?:,\d+)?|,\d+)", re.ASCII),
}


@dataclass
class LayoutColumn:
    """A column as a layout gives it.

    Attributes:
        found: the converted column.
        by_default: how often each word that the layout doesn't know was read as its default.
    """

    found: ConvertedColumn
    by_default: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class LayoutPart:
    """A layout, and the part of it that fills the rows in hand."""

    layout: Layout
    part: LayoutFeed


def converter_of(reading: Reading, column: Column, layout: Layout) -> Callable[[object, Column], Any]:
    """Converter of one cell for a column; None is returned for a code of missing data.

    Args:
        reading: how the cells are written.
        column: what they are converted into.
        layout: whose patterns codes must match.
    """
    if column.type in ("code", "district"):
        pattern = layout.code_pattern if column.type == "code" else layout.district_pattern
        convert = code_converter(pattern, "layout")
    else:
        convert = converter_for(column)
    missing = {clean_text(code) for code in reading.missing or ()}
    if not missing and not column.is_number:
        return convert

    def converted(value: object, column: Column) -> Any:
        if missing and clean_text(value) in missing:
            return None
        if not column.is_number or not isinstance(value, str):
            return convert(value, column)
        text = _without_marks(clean_text(value), reading.marks or ())
        if reading.decimal is not None:
            text = _plain_number(text, reading.decimal)
            return convert(text, column) if text else Fault("NOT_A_NUMBER", "layout_number")
        # 1,234,567 and 1,234.5 can only be thousands; 1,234 may be either
        is_unclear = text.count(",") == 1 and "." not in text
        return Fault("NOT_A_NUMBER", "layout_comma") if is_unclear else convert(text, column)

    return converted


def _without_marks(text: str, marks: Sequence[str]) -> str:
    for mark in sorted(marks, key=len, reverse=True):
        text = text.removeprefix(mark).removesuffix(mark).strip()
    return text


def _plain_number(text: str, decimal: str) -> str:
    """A number with its declared decimal mark, as plain digits with a point; '' if it isn't written that way."""
    if _GROUPED[decimal].fullmatch(text):
        sign = text[0] if text[0] in "+-" else ""
        whole, _, rest = text.lstrip("+-").partition(decimal)
        return f"{sign}{re.sub('[^0-9]', '', whole)}{'.' if rest else ''}{rest}"
    return text.replace(",", ".") if _PLAIN[decimal].fullmatch(text) else ""


def layout_column(
    source: Source,
    column: Column,
    cells: Callable[[str], Sequence[Any]],
    length: int,
    place: LayoutPart,
) -> LayoutColumn:
    """A feed column from its source.

    Args:
        source: where the values come from, its placeholders filled.
        column: the feed's column.
        cells: gives the cells of a heading, one per record.
        length: number of records.
        place: the layout, and the part of it that the column belongs to.
    """
    layout = place.layout
    reading = source.within(place.part.within(layout))
    if source.register_name:
        return LayoutColumn(ConvertedColumn([None] * length, {}))
    if source.constant is not None:
        one = convert_column([source.constant], column, converter=converter_of(Reading(), column, layout))
        return LayoutColumn(ConvertedColumn(one.values * length, {}))
    if source.joined:
        joined = _joined(source, reading, cells, length)
        return _translated(source, reading, column, layout, joined)
    if source.column is not None and source.scale is None:
        return _translated(source, reading, column, layout, cells(source.column))
    return LayoutColumn(_computed(source, reading, column, cells, length, layout))


def _translated(
    source: Source, reading: Reading, column: Column, layout: Layout, values: Sequence[Any]
) -> LayoutColumn:
    by_default: Counter[str] = Counter()
    if source.values or source.prefixes:
        words = _words(source)
        missing = {clean_text(code) for code in reading.missing or ()}
        memo: dict[str, Any] = {}
        translated = []
        for value in values:
            text = clean_text(value)
            if text not in memo:
                memo[text] = _word_for(source, words, missing, text, value)
            found, is_default = memo[text]
            by_default[text] += is_default
            translated.append(found)
        values = translated
    blank_is_zero = reading.blank == "zero"
    convert = converter_of(reading, column, layout)
    found = convert_column(
        values,
        column,
        converter=(lambda v, c: None if v is _NOTHING else convert(v, c))
        if source.values or source.prefixes
        else convert,
        blank_is_zero=blank_is_zero,
    )
    return LayoutColumn(found, +by_default)


def words_of_no_value(source: Source, place: LayoutPart) -> set[str]:
    """Texts of cells that a layout reads as missing in a column, besides blank ones."""
    missing = {clean_text(code) for code in source.within(place.part.within(place.layout)).missing or ()}
    return {*missing, *(clean_text(k) for k, v in source.values.items() if v == "")} - {""}


class _Nothing:
    """A cell whose word means that there are no data; it is never zero."""

    def __str__(self) -> str:
        return "-"


_NOTHING = _Nothing()


def _words(source: Source) -> dict[str, Any]:
    return {clean_text(k): _NOTHING if v == "" else v for k, v in source.values.items()}


def _word_for(
    source: Source, words: dict[str, Any], missing: set[str], text: str, value: Any
) -> tuple[Any, bool]:
    """A cell in the feed's words, and whether only the default knows one."""
    if text in words:
        return words[text], False
    if not text or text in missing:
        return value, False
    for prefix, word in source.prefixes.items():
        if text.startswith(prefix):
            return (_NOTHING if word == "" else word), False
    if source.default is not None:
        return (_NOTHING if source.default == "" else source.default), True
    return value, False


def _joined(
    source: Source, reading: Reading, cells: Callable[[str], Sequence[Any]], length: int
) -> list[str]:
    """Texts of several columns in one; blank if any of them is blank or a code of missing data."""
    missing = {clean_text(code) for code in reading.missing or ()} | {""}
    rows = zip(*([clean_text(v) for v in cells(h)] for h in source.joined), strict=True)
    joint = source.separator or ""
    return ["" if missing.intersection(row) else joint.join(row) for row in rows] or [""] * length


def _computed(
    source: Source,
    reading: Reading,
    column: Column,
    cells: Callable[[str], Sequence[Any]],
    length: int,
    layout: Layout,
) -> ConvertedColumn:
    """A figure computed from several columns: missing if any of them is, faulty if any of them is."""
    is_exact = not (source.product or source.ratio or source.scale is not None)
    of_terms = column if is_exact else _FIGURE
    faults: dict[int, tuple[object, Fault]] = {}
    columns: list[list[Any]] = []
    terms: dict[int, int] = {}
    headings = 0
    for term in source.terms or (source.column,):
        assert term is not None
        before = set(faults)
        columns.append(_term(term, source, reading, of_terms, cells, length, layout, faults))
        terms |= dict.fromkeys(faults.keys() - before, headings)
        headings += isinstance(term, str)
    results = [_result(source, row) for row in zip(*columns, strict=True)]
    values: list[Any] = [None] * length
    assumed: dict[int, tuple[object, str]] = {}
    convert = converter_for(column)
    for i, result in enumerate(results):
        if i in faults or result is None:
            continue
        if is_exact and column.type == "count" and type(result) is int and result >= 0:
            values[i] = result
            continue
        value = _number(result)
        if column.type in ("count", "year") and result.denominator != 1 and not is_exact:
            rounded = Assumed(int(result + Fraction(1, 2)) if result >= 0 else value, "LAYOUT_ROUNDED")
            assumed[i] = (value, rounded.rule_code)
            value = rounded.value
        found = convert(value, column)
        if isinstance(found, Fault):
            faults[i] = (value, found)
            assumed.pop(i, None)
        elif isinstance(found, Assumed):
            values[i], assumed[i] = found.value, (value, found.rule_code)
        else:
            values[i] = found
    return ConvertedColumn(values, faults, assumed=assumed, terms=terms)


def _term(
    term: Term,
    source: Source,
    reading: Reading,
    column: Column,
    cells: Callable[[str], Sequence[Any]],
    length: int,
    layout: Layout,
    faults: dict[int, tuple[object, Fault]],
) -> list[Any]:
    """Figures of a term, which are numbers as they are written; its faults are added to `faults`."""
    if not isinstance(term, str):
        return [term] * length
    plain = source.model_copy(update={"prefixes": {}, "default": None})
    found = _translated(plain, reading, column, layout, cells(term)).found
    for i, fault in found.faults.items():
        faults.setdefault(i, fault)
    return found.values


def _number(result: Fraction | int) -> float | int:
    return int(result) if result.denominator == 1 else float(result)


def _result(source: Source, row: Sequence[Any]) -> Fraction | int | None:
    if None in row:
        return None
    if source.sum and source.scale is None and all(type(v) is int for v in row):
        return sum(row)
    first, *others = [Fraction(str(v)) for v in row]
    if source.difference:
        first -= sum(others)
    elif source.sum:
        first += sum(others)
    elif source.product:
        for value in others:
            first *= value
    elif source.ratio:
        if not others[0]:
            return None
        first /= others[0]
    return first * Fraction(str(source.scale)) if source.scale is not None else first
