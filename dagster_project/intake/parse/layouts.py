"""Layouts: tables of other systems, described as data in `raw_data/layouts/*.yml`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dagster_project.intake.feeds import load_feeds, normalise_heading, read_declaration


class Source(BaseModel):
    """Where the values of one feed column come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str | None = None
    sum: tuple[str, ...] = ()
    constant: str | int | float | None = None
    #: Value in the source → value in the feed's own words.
    values: dict[str, str] = Field(default_factory=dict)
    #: Word for a value that begins with a key, e.g. a school's name that begins with its kind.
    prefixes: dict[str, str] = Field(default_factory=dict)
    default: str | None = None
    #: Register code looked up by an exact, unique name in the same source's register.
    register_name: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_origin(self) -> Source:
        given = [bool(self.column), bool(self.sum), self.constant is not None, bool(self.register_name)]
        if sum(given) != 1:
            raise ValueError("a source names exactly one of column, sum, constant, register_name")
        return self

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(h for h in (self.column, *self.sum, self.register_name) if h)


class LayoutFeed(BaseModel):
    """How one feed is filled from the table; with `repeat` one row of the table becomes one row per group."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[str, Source]
    #: Each group replaces `{name}` in headings and constants by its value.
    repeat: tuple[dict[str, str | int], ...] = ()

    def groups(self) -> list[dict[str, Source]]:
        """Columns of each repeated group; a table without groups has one."""
        if not self.repeat:
            return [dict(self.columns)]
        return [
            {name: _fill(source, group) for name, source in self.columns.items()} for group in self.repeat
        ]


class SchoolYear(BaseModel):
    """School year from a column, e.g. a year of another calendar with the number to add."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str
    add: int = 0


class Layout(BaseModel):
    """One foreign table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    layout: str
    name_zh: str
    source: str = ""
    #: The layout applies to a sheet that has all these headings.
    recognised_by: tuple[str, ...]
    code_pattern: str = "[0-9]{10}"
    district_pattern: str = "[0-9]{6}"
    blank: Literal["missing", "zero"] = "missing"
    school_year: SchoolYear | None = None
    feeds: dict[str, LayoutFeed]

    @model_validator(mode="after")
    def _known_columns(self) -> Layout:
        feeds = load_feeds()
        for code, mapping in self.feeds.items():
            if code not in feeds:
                raise ValueError(f"{self.layout}: unknown feed {code}")
            known = {c.name for c in feeds[code].columns}
            unknown = set(mapping.columns) - known
            if unknown:
                raise ValueError(f"{self.layout}: feed {code} has no column {', '.join(sorted(unknown))}")
        return self

    def recognises(self, headings: set[str]) -> bool:
        """True if all headings of `recognised_by` are among the normalised ones given."""
        return all(normalise_heading(h) in headings for h in self.recognised_by)


def _fill(source: Source, group: dict[str, str | int]) -> Source:
    def fill(text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda m: str(group[m[1]]), text)

    constant = fill(source.constant) if isinstance(source.constant, str) else source.constant
    return source.model_copy(
        update={
            "column": fill(source.column) if source.column else None,
            "sum": tuple(fill(h) for h in source.sum),
            "constant": constant,
        }
    )


def load_layouts(*folders: Path) -> list[Layout]:
    """Layouts of the folders given, later folders last; a folder that isn't there is skipped.

    Raises:
        UserError: a layout file is wrong; the message names the file and the field.
    """
    layouts: dict[str, Layout] = {}
    for folder in dict.fromkeys(f.resolve() for f in folders):
        for path in sorted(folder.glob("*.yml")):
            layout = read_declaration(path, Layout)
            layouts[layout.layout] = layout
    return list(layouts.values())
