"""Sentences of reports: filled from rows as the catalogue says, every figure and every quoted text with its cell."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dagster_project.publish import catalogue
from dagster_project.publish.word.figures import Label, Part
from dagster_project.publish.word.issue import Row, Source
from dagster_project.publish.word.tables import number_of

_DAYS_OF_A_YEAR = 365
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def paragraph_parts(
    source: Source, paragraph: catalogue.Paragraph, values: Mapping[str, Any] | None = None
) -> list[Part]:
    """The sentences of a paragraph that have something to say, or what it says instead; empty if nothing."""
    found = [sentence_parts(source, sentence, values) for sentence in paragraph.sentences]
    parts = [part for sentence in found for part in sentence]
    if not parts and paragraph.empty_zh:
        return [Label(source.text(paragraph.empty_zh))]
    return parts


def sentence_parts(
    source: Source, sentence: catalogue.Sentence, values: Mapping[str, Any] | None = None
) -> list[Part]:
    """The parts of a sentence; empty where it has no row and says nothing instead."""
    rows = source.rows(sentence, values)
    if not rows:
        return [Label(source.text(sentence.empty_zh))] if sentence.empty_zh else []
    parts: list[Part] = [Label(source.text(sentence.before_zh))] if sentence.before_zh else []
    shown = rows[: sentence.most_rows] if sentence.most_rows else rows
    for place, row in enumerate(shown):
        if place:
            parts.append(sentence.join_zh)
        parts += _row_parts(source, sentence, row)
    if len(shown) < len(rows):
        parts.append(sentence.more_zh)
    return [*parts, Label(source.text(sentence.after_zh))] if sentence.after_zh else parts


def _row_parts(source: Source, sentence: catalogue.Sentence, row: Row) -> list[Part]:
    columns = {column.name: column for column in sentence.columns}
    parts: list[Part] = []
    for place, piece in enumerate(_PLACEHOLDER.split(sentence.text_zh)):
        if place % 2 == 0:
            parts += [Label(piece)] if piece else []
        else:
            parts.append(_part(source, sentence, row, columns.get(piece, catalogue.Column(name=piece))))
    return parts


def _part(source: Source, sentence: catalogue.Sentence, row: Row, column: catalogue.Column) -> Part:
    value = row[column.name]
    if not column.is_number and (value is None or value == ""):
        return Label(column.none_zh or "")
    found = number_of(sentence.mart, sentence.key, row, column, column.name)
    if column.is_number:
        return found
    # a day, a word and a quoted text have cells, too
    if column.words:
        said = source.words.of(column.words).get(value, str(value))
    elif isinstance(value, dt.date):
        said = month_zh(value) if column.kind == "month" else day_zh(value, source.issue.as_of)
    elif column.kind == "office":
        said = source.issue.district.office_zh(str(value))
    else:
        said = str(value)
    return replace(found, said=said)


def month_zh(day: dt.date) -> str:
    """2025年12月."""
    return f"{day.year}年{day.month}月"


def day_zh(day: dt.date, after: dt.date | None = None) -> str:
    """2025年12月31日; without its year where it lies within a year after the day given."""
    is_near = after is not None and 0 < (day - after).days < _DAYS_OF_A_YEAR
    return f"{day.month}月{day.day}日" if is_near else f"{day.year}年{day.month}月{day.day}日"
