"""Rows of a prefilled sheet: what is filled in, what is left to fill in, and last year's figures beside."""

from __future__ import annotations

from typing import Any

from dagster_project.intake.feeds import FIGURE_YEAR, Column, Feed
from dagster_project.intake.parse.own_sheets import (
    CONFIRMED_ZH,
    HANDED_OUT_MARK,
    HANDED_OUT_ZH,
    LAST_YEAR_ZH,
)
from dagster_project.publish.prefilled.cohorts import classes_of_next_year
from dagster_project.publish.prefilled.owed import OwedFeed, Row, SchoolOwes

LAST_YEAR = "last_year_"
CONFIRMED = Column(
    name="is_confirmed",
    heading_zh=CONFIRMED_ZH,
    type="choice",
    choices={"是": True},
    note_zh="名录核对无误，或者已经改好，填“是”",
)
HANDED_OUT = Column(
    name=f"{LAST_YEAR}handed_out",
    heading_zh=HANDED_OUT_ZH,
    type="text",
    note_zh="发下来的上年数，收回时用来核对灰色格有没有被改动，不用填、不要改",
)
_LAST_YEAR_NOTE_ZH = "上一学年报来并采用的数，只供对照，不用填，收回时也不读"
_ALWAYS_FILLED = ("school_name", "district_code")


def filled_before(feed: Feed) -> list[str]:
    """Columns that are filled in when the sheet is handed out; of the register all of them."""
    if feed.is_register:
        return [column.name for column in feed.columns]
    return [c.name for c in feed.columns if c.name in (*feed.grain, *_ALWAYS_FILLED)]


def prefilled_feed(owed: OwedFeed, rows: list[Row]) -> Feed:
    """The feed as its sheet shows it: with a column of last year before each column to fill in that had a figure.

    A sheet without any such figure has one of them all the same: by it a sheet that comes back is known as prefilled.
    The last column repeats these figures, and is filled in here. Free text of the year before isn't repeated: it may name a person.
    """
    feed = owed.feed
    if feed.is_register:
        return feed.model_copy(update={"columns": (*feed.columns, CONFIRMED)})
    before = filled_before(feed)
    could_show = [c for c in feed.columns if c.name not in before and c.type != "text"]
    shown = {c.name for c in could_show if any(row.get(LAST_YEAR + c.name) is not None for row in rows)}
    shown = shown or {c.name for c in could_show[:1]}
    columns: list[Column] = []
    for column in feed.columns:
        if column.name in shown:
            columns.append(_last_year(column))
        columns.append(column)
    for row in rows:
        row[HANDED_OUT.name] = handed_out(row, [c.name for c in columns if c.name.startswith(LAST_YEAR)])
    return feed.model_copy(update={"columns": (*columns, HANDED_OUT)})


def handed_out(row: Row, names: list[str]) -> str:
    """A row's figures of the year before in one text, in the order of their columns."""
    return HANDED_OUT_MARK.join("" if (value := row.get(name)) is None else str(value) for name in names)


def _last_year(column: Column) -> Column:
    return Column(
        name=LAST_YEAR + column.name,
        heading_zh=f"{LAST_YEAR_ZH}\n{column.heading_zh}",
        type=column.type if column.is_number else "text",
        unit_zh=column.unit_zh,
        note_zh=_LAST_YEAR_NOTE_ZH,
    )


def rows_to_fill(owed: OwedFeed, school: SchoolOwes, school_year: int) -> list[Row]:
    """Rows of a sheet as it is handed out, by column name, choices in their Chinese words.

    Args:
        owed: the feed and what was reported a year before.
        school: whose it is.
        school_year: year of the returns.
    """
    feed = owed.feed
    if feed.is_register:
        register = owed.last_year[-1] if owed.last_year else _known_of(school)
        return [{c.name: word_of(c, register.get(c.name)) for c in feed.columns}]
    if {"grade", "class_name"} <= set(feed.grain):
        pairs = [
            (row, {"students": row["students"]})
            for row in classes_of_next_year(owed.last_year, feed.column("grade"))
        ]
    elif set(feed.grain) <= {"school_code", "stage", FIGURE_YEAR}:
        by_stage = {row.get("stage"): row for row in owed.last_year}
        stages: list[str | None] = [None]
        if "stage" in feed.grain:
            stages = [*(owed.stages or sorted(s for s in by_stage if s))]
        pairs = [({"stage": stage}, by_stage.get(stage, {})) for stage in stages]
    else:
        pairs = [(row, row) for row in owed.last_year]
    return [_row(feed, school, school_year, keys, last) for keys, last in pairs]


def spare_row(feed: Feed, school: SchoolOwes) -> Row:
    """A row for what the school adds, with the code and the name of the school."""
    return {n: v for n, v in _known_of(school).items() if n in filled_before(feed)}


def _known_of(school: SchoolOwes) -> Row:
    return {"school_code": school.school_code, "school_name": school.school_name, "town": school.town}


def _row(feed: Feed, school: SchoolOwes, school_year: int, keys: Row, last: Row) -> Row:
    known = {**keys, **_known_of(school), FIGURE_YEAR: school_year}
    before = filled_before(feed)
    row = {c.name: word_of(c, known.get(c.name)) for c in feed.columns if c.name in before}
    shown = [c for c in feed.columns if c.name not in before and c.type != "text"]
    return row | {LAST_YEAR + c.name: word_of(c, last.get(c.name)) for c in shown}


def word_of(column: Column, value: Any) -> Any:
    """A value as people write it in a form: choices in Chinese, dates as text, whole numbers without a point."""
    if value is None or value != value:
        return None
    if column.choices:
        return next((word for word, code in column.choices.items() if code == value), str(value))
    if column.type == "date":
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
