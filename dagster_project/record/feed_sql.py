"""Expressions of SQL that follow from a feed's contract: its columns and its keys."""

from __future__ import annotations

from collections.abc import Iterable

from dagster_project.core.duck import read_sql
from dagster_project.intake.feeds import Column, Feed

_PACKAGE = "dagster_project.record"
#: Separates the parts of a key; no cell holds it.
_SEPARATOR = "chr(31)"


def feed_statement(name: str, feed: Feed, **more: object) -> str:
    """The statement `sql/<name>.sql` for one feed.

    Args:
        name: name of the file without `.sql`.
        feed: fills the placeholders `feed`, `columns`, `blanks`, `definitions`, `row_key`, `unit_key`, `compared`,
            `school_code`, `own_district`, `school_name`, `stage`, `row_name`, `row_group`, `row_weight`, `texts`, `readable` and
            `own_values`;
            columns are those of a relation called `c`.
        more: further placeholders.
    """
    return read_sql(_PACKAGE, name, **_placeholders(feed), **more)


def key_of(columns: Iterable[str]) -> str:
    """One text that is equal for equal keys, and null if a part is missing."""
    columns = tuple(columns)
    known = " and ".join(f"c.{column} is not null" for column in columns)
    # 1班, （1）班 and 一年级1班 are one class of a grade
    parts = [f"candidate.class_key(c.{n})" if n == "class_name" else f"c.{n}" for n in columns]
    return f"case when {known} then concat_ws({_SEPARATOR}, {', '.join(parts)}) end"


def _placeholders(feed: Feed) -> dict[str, str]:
    names = [c.name for c in feed.columns]
    # a name is only a cross-check of the code, except in the register
    compared = [n for n in names if n not in feed.grain and (n != "school_name" or feed.is_register)]
    # the rows of a ledger outlive their school year
    year = () if feed.is_ledger else ("school_year",)
    has_stage = "stage" in feed.unit_key and not feed.is_ledger
    missing = "cast(null as varchar)"
    readable = [n for n in names if n not in feed.grain]
    # what tells the rows of one school (and stage) apart, or those of one district
    told_apart = set(feed.grain) - {"school_code", "district_code"} - ({"stage"} if has_stage else set())
    grouped_by = next((n for n in feed.grain if n not in feed.unit_key), "") if has_stage else ""
    parts = [_in_words(c) for c in feed.columns if c.name in told_apart]
    return {
        "feed": feed.feed,
        "columns": ", ".join(f"c.{n}" for n in names),
        "blanks": ", ".join(f"cast(null as {c.duckdb_type}) as {c.name}" for c in feed.columns),
        "definitions": ", ".join(f"{c.name} {c.duckdb_type}" for c in feed.columns),
        "row_key": key_of((*year, *feed.grain)),
        "unit_key": key_of((*year, *feed.unit_key)),
        "compared": ", ".join(f"c.{n}" for n in compared) or "true",
        "school_code": "c.school_code" if "school_code" in names else missing,
        "own_district": "c.district_code" if "district_code" in names and not feed.has_schools else missing,
        "school_name": "c.school_name" if "school_name" in names else missing,
        "stage": "c.stage" if has_stage else missing,
        "row_name": f"concat_ws(' · ', {', '.join(parts)})" if parts else "''",
        "row_group": f"c.{grouped_by}" if grouped_by else "''",
        "row_weight": "coalesce(c.class_count, 1)" if "class_count" in names else "1",
        "texts": ", ".join(f"cast(c.{n} as varchar) as {n}" for n in readable),
        "readable": ", ".join(readable),
        "own_values": ", ".join(f"{n} = c.{n}" for n in names),
    }


def _in_words(column: Column) -> str:
    """Value of a column of `c` as people write it."""
    if not column.choices:
        return f"c.{column.name}"
    words = " ".join(f"when '{value}' then '{word}'" for word, value in column.choices.items())
    return f"case c.{column.name} {words} end"
