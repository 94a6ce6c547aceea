"""Feeds, their columns and choices: one YAML file per feed, read into typed objects."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dagster_project.core.errors import UserError

FEEDS_DIR = Path(__file__).parent / "feeds"

ColumnType = Literal[
    "code", "district", "text", "choice", "count", "area", "money", "decimal", "year", "date", "month"
]
ChoiceValue = str | bool

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


def normalise_heading(text: str) -> str:
    """Heading in comparable form: full width folded, lower case, without blanks, line breaks, `*` and colons."""
    folded = unicodedata.normalize("NFKC", text.replace("_x000D_", ""))
    return _INVISIBLE.sub("", folded).strip("*＊:：").lower()


class Column(BaseModel):
    """One column of a feed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    heading_zh: str
    type: ColumnType
    required: bool = False
    aliases: tuple[str, ...] = ()
    choices: dict[str, ChoiceValue] = Field(default_factory=dict)
    choice_aliases: dict[str, str] = Field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    unit_zh: str = ""
    note_zh: str = ""
    is_pay: bool = False

    @property
    def is_boolean(self) -> bool:
        return bool(self.choices) and all(isinstance(v, bool) for v in self.choices.values())

    @property
    def duckdb_type(self) -> str:
        return "boolean" if self.is_boolean else DUCKDB_TYPES[self.type]

    @property
    def is_number(self) -> bool:
        return self.type in ("count", "area", "money", "decimal", "year")

    def headings(self) -> set[str]:
        """Normalised headings by which this column is recognised."""
        return {normalise_heading(text) for text in (self.heading_zh, *self.aliases)}


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
    #: Columns that must be filled besides the grain; a blank one quarantines the row.
    essential: tuple[str, ...] = ()
    #: Groups of columns of which at least one must be filled; an empty group is listed as missing.
    one_of: tuple[tuple[str, ...], ...] = ()
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Column by its English name.

        Raises:
            KeyError: the feed has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def unit_key(self) -> tuple[str, ...]:
        """Columns that identify what a later return replaces as a whole, within the year unless it is a ledger."""
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
    def has_schools(self) -> bool:
        """True if each row belongs to a school of the register."""
        return any(column.name == "school_code" for column in self.columns)

    @property
    def holds_pay(self) -> bool:
        """True if any column is pay; then a figure in a wrong column may be pay as well."""
        return any(column.is_pay for column in self.columns)

    @property
    def key_columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.grain, *self.essential)))


_Declared = TypeVar("_Declared", bound=BaseModel)


def read_declaration(path: Path, model: type[_Declared]) -> _Declared:
    """A YAML file as the model it declares.

    Raises:
        UserError: it is no YAML, or a clause is unknown or wrong; the message names the file and the clause.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return model.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=loader))
    except yaml.YAMLError as error:
        reason = str(error)
    except ValidationError as error:
        faults = error.errors()[:3]
        reason = "；".join(f"{'.'.join(map(str, f['loc'])) or path.name}：{f['msg']}" for f in faults)
    raise UserError(f"{path} 写得不对，没有读入任何报表，请改正后再运行：{reason}")


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
    return dict(sorted(feeds.items(), key=lambda item: (item[0] != "schools", item[0])))
