"""Rows of a roster: which ones count, which are totals, and which say the same class twice."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dagster_project.core.privacy import is_identity_number, mask_personal_numbers
from dagster_project.intake.feeds import Column, load_feeds
from dagster_project.intake.parse.body import Row
from dagster_project.intake.parse.cells import is_blank
from dagster_project.intake.parse.layout_conditions import Words, cells_at
from dagster_project.intake.parse.layouts import Condition, Layout, LayoutFeed
from dagster_project.intake.parse.row_words import class_key
from dagster_project.intake.parse.sheet_words import compact, is_total_word, load_words, total_word

#: A name of a class has a figure or says that it is one; anything else may be a person's name in the wrong column.
_NAME_OF_GROUP = re.compile(r".*(?:\d|班|[（(][一二三四五六七八九十]+[)）]).*", re.DOTALL)
_LONGEST_NAME = 20
#: The short name of a school with a number: 三小, 第12中.
_NUMBERED_SCHOOL = re.compile(r"[0-9一二三四五六七八九十].\Z")
#: A number of classes (2个班), which names none of them.
_NUMBER_OF_CLASSES = re.compile(r"[0-9一二两三四五六七八九十]个(?:教学)?班")
#: No class has such a number; exports number their subtotals so.
_CODE_OF_TOTAL = re.compile(r"(?:0+|9{2,})班?")

#: A number that is given to one person: of identity cards and passports, of staff and pupils.
_NUMBER_OF_PERSON = re.compile(r"(?=.*[1-9])[A-Z]{0,3}[0-9]{3,20}[0-9A-Z]?")


def headings_of_roster(layout: Layout, parts: Iterable[LayoutFeed]) -> set[str]:
    """Headings that a roster needs besides those of its figures: for conditions, for the person's number and for `row_of`."""
    assert layout.roster is not None
    roster = layout.roster
    sources = [source for part in parts for source in part.columns.values()]
    found = {c.column for s in sources for c in s.where} | ({roster.number} if roster.number else set())
    if roster.row_of:
        grain = load_feeds()[roster.row_of].grain
        own = layout.feeds[roster.row_of]
        found |= {c.column for part in own for c in part.where}
        found |= {h for part in own for name in grain for h in part.columns[name].headings}
    return found


def is_name_of_group(text: str) -> bool:
    """True for a text that may name one class; false for a person's name, a total or a number of classes."""
    if len(text) > _LONGEST_NAME or mask_personal_numbers(text) != text:
        return False
    compacted = compact(text)
    if (
        _CODE_OF_TOTAL.fullmatch(compacted)
        or total_word(text)
        or compacted.startswith(load_words().all_of)
        or _NUMBER_OF_CLASSES.search(compacted)
    ):
        return False
    return _NAME_OF_GROUP.fullmatch(text) is not None


def is_name_of_school(text: str) -> bool:
    """True for a text that may name a school, in full or in short; false for a person's name."""
    words = load_words()
    compacted = compact(text)
    return any(word in compacted for word in words.schools) or (
        compacted.endswith(words.short_names) and _NUMBERED_SCHOOL.search(compacted) is not None
    )


def without_totals(rows: Sequence[Row], keys: Mapping[int, Column]) -> tuple[list[Row], list[Row]]:
    """The rows of a roster, and its totals: rows with the word of a total in a column of the key, or with one and no school.

    Args:
        rows: the rows.
        keys: columns of the feed's key, by index in the sheet.
    """
    schools = [j for j, column in keys.items() if column.name == "school_code"]
    choices = [j for j, column in keys.items() if column.type == "choice"]
    cells = [row for _, row in rows]
    is_total = [False] * len(rows)
    for j in keys:
        column = cells_at(cells, j)
        named = {
            word
            for word in set(column)
            if isinstance(word, str) and (is_total_word(word) or (j in choices and total_word(word)))
        }
        if named:
            is_total = [known or cell in named for known, cell in zip(is_total, column, strict=True)]
    has_school = [False] * len(rows)
    for j in schools:
        column = cells_at(cells, j)
        blank = {cell for cell in set(column) if is_blank(cell)}
        has_school = [known or cell not in blank for known, cell in zip(has_school, column, strict=True)]
    if not any(is_total) and all(has_school):
        return list(rows), []
    kept: list[Row] = []
    totals: list[Row] = []
    for (n, row), total, known in zip(rows, is_total, has_school, strict=True):
        if not total and not known:
            first = next((c for c in row if not is_blank(c)), "")
            total = isinstance(first, str) and total_word(first) not in ("", *load_words().means)
        (totals if total else kept).append((n, row))
    return kept, totals


@dataclass(frozen=True)
class ChosenRows:
    """Which rows of a table count.

    Attributes:
        of_parts: the rows of each part of the layout.
        left_out: rows that the conditions leave out.
        undecided: by heading, rows whose word there doesn't say whether they count.
        open_to: by number of such a row, the first part that might take it.
    """

    of_parts: list[list[Row]]
    left_out: list[Row]
    undecided: dict[str, list[Row]]
    open_to: dict[int, int]


def choose_rows(
    layout: Layout, parts: Sequence[LayoutFeed], rows: list[Row], places: Mapping[str, int]
) -> ChosenRows:
    """Which rows of a table each part takes, by the conditions of the layout and of the part.

    A condition leaves a row out if `none_of` says so. A word that neither list says is not decided, unless there is only
    `none_of`; it doesn't matter for a row that another condition leaves out, or that another part takes.

    Args:
        layout: the layout.
        parts: the parts that fill the feed.
        rows: the rows.
        places: column index by heading.
    """
    cells = [row for _, row in rows]
    of_part = [(*layout.where, *part.where) for part in parts]
    if not any(of_part):
        return ChosenRows([rows for _ in parts], [], {}, {})
    conditions = list(dict.fromkeys(c for own in of_part for c in own))
    said = [Words.of(cells_at(cells, places[c.column])).deciding(c) for c in conditions]
    of_parts: list[list[Row]] = [[] for _ in parts]
    left_out: list[Row] = []
    undecided: dict[str, list[Row]] = defaultdict(list)
    open_to: dict[int, int] = {}
    decided: dict[tuple[bool | None, ...], tuple[list[int], list[int], list[str]]] = {}
    for record, answers in zip(rows, zip(*said, strict=True), strict=True):
        if answers not in decided:
            decided[answers] = _decide(of_part, dict(zip(conditions, answers, strict=True)))
        takers, possible, headings = decided[answers]
        for part in takers:
            of_parts[part].append(record)
        for heading in headings:
            undecided[heading].append(record)
        if possible:
            open_to[record[0]] = possible[0]
        elif not takers:
            left_out.append(record)
    return ChosenRows(of_parts, left_out, undecided, open_to)


def _decide(
    of_part: Sequence[Sequence[Condition]], answers: Mapping[Condition, bool | None]
) -> tuple[list[int], list[int], list[str]]:
    """Places of the parts that take a row; if none does, those that might, and the headings of the words in no list."""
    takers: list[int] = []
    possible: list[int] = []
    unsaid: list[str] = []
    for place, own in enumerate(of_part):
        if all(answers[c] for c in own):
            takers.append(place)
        elif not any(answers[c] is False for c in own):
            possible.append(place)
            unsaid += [c.column for c in own if answers[c] is None]
    return (takers, [], []) if takers else (takers, possible, list(dict.fromkeys(unsaid)))


def repeated_rows(keyed: Sequence[tuple[int, dict[str, Any]]]) -> list[tuple[int, dict[str, Any]]]:
    """Rows with the key of another row, in the order of the sheet; 1班 and （1）班 are the same class.

    Args:
        keyed: numbers of rows with their keys: values by name of the column.
    """
    keys = [
        frozenset((n, class_key(v) if n == "class_name" and v else v) for n, v in key.items())
        for _, key in keyed
    ]
    times = Counter(keys)
    found = (record for record, key in zip(keyed, keys, strict=True) if times[key] > 1)
    return sorted(found, key=lambda record: record[0])


def tells_persons_apart(number: str) -> bool:
    """True for the number of a single person; not for a word, a masked or rounded number (`5.00235E+17`)."""
    if len(number) == 18 and number[:17].isdigit():
        return is_identity_number(number) and not number.endswith("000000")
    return _NUMBER_OF_PERSON.fullmatch(number) is not None
