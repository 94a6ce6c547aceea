"""Feeds, their columns and choices: one YAML file per feed, read into typed objects."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dagster_project.core.declarations import nearest, read_declaration
from dagster_project.core.errors import UserError

FEEDS_DIR = Path(__file__).parent / "feeds"

ColumnType = Literal[
    "code", "district", "text", "choice", "count", "area", "money", "decimal", "year", "date", "month"
]
ChoiceValue = str | bool
#: How often a return is due.
Cycle = Literal["yearly", "monthly", "term"]

#: Days that rows of a year speak of, and the column (besides `school_year`) that may hold the year of a ledger.
STATISTICS_DAY = "statistics_day"
FISCAL_YEAR_END = "fiscal_year_end"
FIGURE_YEAR = "figure_year"

#: DuckDB type by column type; a choice of 是 and 否 is boolean, any other choice text.
DUCKDB_TYPES: dict[str, str] = {
    "code": "varchar",
    "district": "varchar",
    "text": "varchar",
    "choice": "varchar",
    "count": "bigint",
    "year": "bigint",
    "area": "double",
    "money": "double",
    "decimal": "double",
    "date": "date",
    "month": "varchar",
}

_INVISIBLE = re.compile(r"[\s\u00a0\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060\u3000\ufeff]+")


#: Numbers in circles and brackets (①, ⑵, ❸), which stand beside headings as numbers or marks of footnotes.
_CIRCLED = re.compile("[\u2460-\u249b\u24b6-\u24ff\u2776-\u2793\u3251-\u325f\u32b1-\u32bf]+")


@lru_cache(8192)
def normalise_heading(text: str) -> str:
    """Heading in comparable form: full width folded, lower case, without blanks, numbers in circles, `*` and colons."""
    written = text if text.isascii() else _CIRCLED.sub("", text)
    folded = unicodedata.normalize("NFKC", written.replace("_x000D_", ""))
    return _INVISIBLE.sub("", folded).strip("*＊:：").lower()


#: Characters, for a class of an expression, that may be others in comparable form; those left out only change their case.
OF_OTHER_FORM = r"\x80-\u4dff\ua000-\U0010ffff"


#: A number below this is a head count, not pay: no kindergarten has as many people, no yearly pay is as small.
NO_HEAD_COUNT = 1_000

#: Stages that may owe a return.
STAGES = ("preschool", "primary", "junior_secondary", "senior_secondary", "secondary_vocational")


class Column(BaseModel):
    """One column of a feed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    heading_zh: str
    type: ColumnType
    required: bool = False
    #: First school year whose forms ask for a required column, where it is younger than the feed. A sheet without it is
    #: read; from this year on its absence is reported like a blank cell.
    since: int | None = None
    aliases: tuple[str, ...] = ()
    choices: dict[str, ChoiceValue] = Field(default_factory=dict)
    choice_aliases: dict[str, str] = Field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    unit_zh: str = ""
    note_zh: str = ""
    is_pay: bool = False
    #: True for a text that is a code or number by which something is known.
    is_code: bool = False
    #: Values of other columns in whose rows this one is pay.
    pay_where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    #: Regular expression of texts that name something else than the column, and what to write instead.
    refused: str = ""
    refused_zh: str = ""
    #: True for the date of an event that may lie after the as-of day; such a date is not known in that build.
    happens: bool = False
    #: The event column without whose date the value of this one is not known either.
    known_with: str = ""

    @property
    def is_in_every_form(self) -> bool:
        """True for a column without which a sheet is not recognised as this feed."""
        return self.required and self.since is None

    def is_asked_in(self, school_year: int) -> bool:
        """True if a blank cell of the column is reported in a school year."""
        return self.required and (self.since is None or school_year >= self.since)

    @property
    def is_boolean(self) -> bool:
        return bool(self.choices) and all(isinstance(v, bool) for v in self.choices.values())

    @property
    def duckdb_type(self) -> str:
        return "boolean" if self.is_boolean else DUCKDB_TYPES[self.type]

    @property
    def is_number(self) -> bool:
        return self.type in ("count", "area", "money", "decimal", "year")

    @property
    def may_be_pay(self) -> bool:
        """True for a column that is pay, in some rows at least."""
        return self.is_pay or bool(self.pay_where)

    def is_pay_in(self, row: Mapping[Any, Any]) -> bool:
        """Whether the column is pay in a row; where the row doesn't say what it is about, it may be."""
        said = ((row.get(name), codes) for name, codes in self.pay_where.items())
        return self.is_pay or any(not isinstance(value, str) or value in codes for value, codes in said)

    def headings(self) -> set[str]:
        """Normalised headings by which this column is recognised."""
        return {normalise_heading(text) for text in (self.heading_zh, *self.aliases)}


#: The feed of the register: all others are checked against it.
REGISTER = "schools"


class Feed(BaseModel):
    """One feed: its grain, its columns, and for which stages it is due."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    feed: str
    name_zh: str
    grain: tuple[str, ...]
    optional: bool
    #: What a later return replaces: all rows of the school in the year, those of its stage, or (ledger) only the
    #: row of the same grain, also one received in another year's folder.
    scope: Literal["school", "school_stage", "ledger"]
    due_stages: tuple[str, ...] = ()
    #: Stages whose rows some figure of a published table is made of; empty: of all. Where rows have no stage, those of
    #: the school count.
    published_stages: tuple[str, ...] = ()
    #: First school year for which it is due (2025 is 2025–2026); None: every year of the register.
    since: int | None = Field(default=None, ge=1950, le=2100)
    #: How often a return is due; None where rows are events that no calendar expects.
    cycle: Cycle | None = None
    #: The day a row speaks of: `statistics_day` (1 September of its school year), `fiscal_year_end` (31 December of its
    #: `figure_year`), or a column with a date or a month (observed on its last day). Empty where rows have no such day.
    observed_on: str = ""
    #: True where a row states what holds from the day it was sent until it is sent anew: an earlier day keeps what was
    #: stated then. Such rows have no observed day.
    holds_until_replaced: bool = False
    #: Days after the observed day, after the end of the month, or after the first day of the term (1 September,
    #: 1 March) by which the return is due.
    due_within_days: int | None = Field(default=None, ge=0)
    owed_by: Literal["school", "district"] | None = None
    #: Columns that must be filled besides the grain; a blank one quarantines the row.
    essential: tuple[str, ...] = ()
    #: Groups of columns of which at least one must be filled; an empty group is listed as missing.
    one_of: tuple[tuple[str, ...], ...] = ()
    columns: tuple[Column, ...]

    @model_validator(mode="after")
    def _check_names(self) -> Feed:
        """Check that clauses name columns, stages and choices that exist, and that each heading is one column's.

        Raises:
            ValueError: a clause names something that doesn't exist, or a heading belongs to two columns.
        """
        names = [column.name for column in self.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"列 {'、'.join(twice)} 写了不止一次")
        for clause, given in (
            ("grain", self.grain),
            ("essential", self.essential),
            ("one_of", tuple(name for group in self.one_of for name in group)),
        ):
            unknown = [name for name in given if name not in names]
            if unknown:
                raise ValueError(
                    f"{clause} 里的 {'、'.join(unknown)} 不是这张表的列；{nearest(unknown[0], names)}"
                )
        for clause, given in (("due_stages", self.due_stages), ("published_stages", self.published_stages)):
            unknown = [stage for stage in given if stage not in STAGES]
            if unknown:
                raise ValueError(
                    f"{clause} 里的 {'、'.join(unknown)} 不是学段；{nearest(unknown[0], STAGES)}"
                )
        headings: dict[str, str] = {}
        for column in self.columns:
            if column.since is not None and (not column.required or column.name in self.key_columns):
                raise ValueError(
                    f"{column.name} 写了 since，还要写 required: true；grain 和 essential 里的列不能写 since"
                )
            for alias, word in column.choice_aliases.items():
                if word not in column.choices:
                    raise ValueError(
                        f"{column.name} 的 choice_aliases 里，{alias} 指向的“{word}”不是可填的词"
                        f"；{nearest(word, column.choices)}"
                    )
            for heading in column.headings():
                other = headings.setdefault(heading, column.name)
                if other != column.name:
                    raise ValueError(
                        f"表头“{heading}”同时写在 {other} 和 {column.name} 两列，学校的表会分不清"
                    )
        return self

    @model_validator(mode="after")
    def _check_days(self) -> Feed:
        """Check what the feed declares about days against its columns.

        Raises:
            ValueError: a clause is missing, or names a column that can't hold what it says.
        """
        types = {column.name: column.type for column in self.columns}
        if self.observed_on == FISCAL_YEAR_END and FIGURE_YEAR not in types:
            raise ValueError(f"observed_on 写了 {FISCAL_YEAR_END}，但没有 {FIGURE_YEAR} 列")
        if self.observed_on == STATISTICS_DAY and self.is_ledger and FIGURE_YEAR not in types:
            raise ValueError(f"observed_on 写了 {STATISTICS_DAY}，scope 是 ledger，但没有 {FIGURE_YEAR} 列")
        if self.observed_on not in ("", STATISTICS_DAY, FISCAL_YEAR_END) and types.get(
            self.observed_on
        ) not in ("date", "month"):
            raise ValueError(
                f"observed_on 只能写 {STATISTICS_DAY}、{FISCAL_YEAR_END} 或一个日期、月份列，现在是 {self.observed_on}"
            )
        if self.cycle and (self.due_within_days is None or self.owed_by is None):
            raise ValueError("写了 cycle，还要写 due_within_days 和 owed_by")
        if not self.cycle and (self.due_within_days is not None or self.owed_by):
            raise ValueError("写了 due_within_days 或 owed_by，还要写 cycle")
        if self.holds_until_replaced and (self.observed_on or not self.is_ledger):
            raise ValueError("写了 holds_until_replaced，scope 要写 ledger，不能写 observed_on")
        if self.cycle and not (self.observed_on or not self.is_ledger):
            raise ValueError("写了 cycle，还要写 observed_on")
        if self.cycle == "term" and not (self.is_ledger and self.observed_on == "reporting_month"):
            raise ValueError(
                "cycle 写了 term，scope 要写 ledger，observed_on 要写 reporting_month：由填报月份看是哪个学期"
            )
        if self.owed_by == "school" and "school_code" not in types:
            raise ValueError("owed_by 写了 school，但没有 school_code 列")
        if self.owed_by == "district" and "district_code" not in types:
            raise ValueError("owed_by 写了 district，但没有 district_code 列")
        events = {column.name for column in self.columns if column.happens}
        if any(types[name] != "date" for name in events):
            raise ValueError("happens 只能写在日期列上")
        unknown = {column.known_with for column in self.columns if column.known_with} - events
        if unknown:
            raise ValueError(f"known_with 只能写有 happens 的列，现在是 {'、'.join(sorted(unknown))}")
        return self

    @property
    def observed_day(self) -> str:
        """`observed_on`, with the default of feeds whose rows belong to a school year."""
        return self.observed_on or ("" if self.is_ledger else STATISTICS_DAY)

    @property
    def event_of(self) -> dict[str, str]:
        """The event column by which each column may be unknown; an event column goes by itself."""
        return {c.name: c.known_with or c.name for c in self.columns if c.happens or c.known_with}

    @cached_property
    def names_by_heading(self) -> dict[str, str]:
        """Column name by normalised heading."""
        return {text: column.name for column in self.columns for text in column.headings()}

    def column(self, name: str) -> Column:
        """Column by its English name.

        Raises:
            KeyError: the feed has no such column.
        """
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def unit_key(self) -> tuple[str, ...]:
        """Key of the rows that a later return replaces together: of the same school year, in a ledger of any year."""
        if self.is_ledger:
            return self.grain
        return ("school_code", "stage") if self.scope == "school_stage" else ("school_code",)

    @property
    def is_ledger(self) -> bool:
        """True if rows count over several years, each under its own key."""
        return self.scope == "ledger"

    @property
    def identity(self) -> str:
        """Column with the code of the row's school, or of its district."""
        return self.grain[0]

    @property
    def is_register(self) -> bool:
        """True for the register of schools, against which the rows of all other feeds are checked."""
        return self.feed == REGISTER

    @property
    def has_schools(self) -> bool:
        """True if each row belongs to a school of the register."""
        return any(column.name == "school_code" for column in self.columns)

    @property
    def holds_pay(self) -> bool:
        """True if any column is pay; then a figure in a wrong column may be pay as well."""
        return any(column.is_pay for column in self.columns)

    def least_pay(self, column: Column) -> int | None:
        """Least number in a column that may be pay, whatever its sign; None if none may be.

        A number in a column of pay is pay. In another column of its feed one that is no head count may have come there
        by mistake.
        """
        if column.may_be_pay:
            return 0
        return NO_HEAD_COUNT if self.holds_pay and column.is_number else None

    @property
    def key_columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.grain, *self.essential)))


@lru_cache(maxsize=1)
def load_feeds() -> dict[str, Feed]:
    """All feeds by code, register first (other feeds are checked against it).

    Raises:
        UserError: a file is wrong; see `read_declaration`.
    """
    feeds = {}
    for path in sorted(FEEDS_DIR.glob("*.yml")):
        feed = read_declaration(path, Feed)
        if feed.feed != path.stem:
            raise UserError(f"{path} 写得不对：feed 应与文件名相同，写成 {path.stem}，现在是 {feed.feed}")
        feeds[feed.feed] = feed
    return dict(sorted(feeds.items(), key=lambda item: (item[0] != REGISTER, item[0])))
