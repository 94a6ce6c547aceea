"""An issue of a report: its district, day, number and period, and the rows that it reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dagster_project.core.text import rendered
from dagster_project.publish import catalogue
from dagster_project.publish.catalogue.rows import arranged, read_rows
from dagster_project.publish.phrases import load_phrases
from dagster_project.warehouse.districts import District

if TYPE_CHECKING:
    import duckdb

Row = catalogue.Row
#: Days of a week and of the time for which a weekly report lists what falls due.
_WEEK, _AHEAD = 7, 30


@dataclass(frozen=True)
class Issue:
    """What a report is about.

    Attributes:
        report: the report as the catalogue declares it.
        district_code: six digits, as text.
        district: what is printed of the district.
        as_of: day of the report.
        month: month whose ledger it reads.
        begun_on: day on which the plan began.
        school_year: latest school year with schools.
        release_id: release the figures come from.
        synthetic_zh: what is said of invented figures; empty without them.
        is_counted: some issue of the report is registered as issued, so that its number can be told.
    """

    report: catalogue.Report
    district_code: str
    district: District
    as_of: dt.date
    month: str
    begun_on: dt.date
    school_year: int
    release_id: str
    synthetic_zh: str
    is_counted: bool = True

    @property
    def is_weekly(self) -> bool:
        return self.report.name == "weekly"

    @property
    def first_day(self) -> dt.date:
        """First day of the period: a week before the day of the report, or the first of its month."""
        return self.as_of - dt.timedelta(days=_WEEK - 1) if self.is_weekly else self.as_of.replace(day=1)

    @property
    def numbers(self) -> tuple[int, int]:
        """Number of the issue within its year, and since the plan began: periods that have begun by its day."""
        begun = max(self.begun_on, self.as_of.replace(month=1, day=1))
        return self._periods_since(begun), self._periods_since(self.begun_on)

    @property
    def number_zh(self) -> str:
        """〔2024〕第10期（总第10期）; without numbers, to be filled in, where no issue before it is registered."""
        in_year, in_all = self.numbers
        if not self.is_counted and in_all > 1:
            return f"〔{self.as_of.year}〕第　　期"
        return f"〔{self.as_of.year}〕第{in_year}期（总第{in_all}期）"

    def _periods_since(self, begun: dt.date) -> int:
        if self.is_weekly:
            return (self.as_of - begun).days // _WEEK + 1
        return (self.as_of.year - begun.year) * 12 + self.as_of.month - begun.month + 1

    @property
    def due_until(self) -> dt.date:
        """Last day for which the report lists what falls due: the end of next month, or thirty days ahead."""
        if self.is_weekly:
            return self.as_of + dt.timedelta(days=_AHEAD)
        after_next = (self.as_of.replace(day=1) + dt.timedelta(days=62)).replace(day=1)
        return after_next - dt.timedelta(days=1)

    @property
    def values(self) -> dict[str, Any]:
        """What the catalogue may refer to in conditions (`$month`) and texts (`{{ period_zh }}`)."""
        return {
            "school_year": self.school_year,
            "recent_years": tuple(range(self.school_year - 2, self.school_year + 1)),
            "month": self.month,
            "first_day": self.first_day,
            "as_of": self.as_of,
            "due_until": self.due_until,
            "period_zh": self.report.period_zh,
            "due_zh": self.report.due_zh,
            "leading_group_zh": self.district.leading_group_zh,
        }


@dataclass
class Source:
    """Rows of the marts as the entries of the catalogue ask for them; each mart is read once."""

    con: duckdb.DuckDBPyConnection
    issue: Issue
    labels_zh: catalogue.Labels = field(init=False)
    words: catalogue.Words = field(init=False)
    values: dict[str, Any] = field(init=False)
    _read: dict[str, list[Row]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.labels_zh = catalogue.labels_of(self.con)
        self.words = catalogue.Words(self.con, self.issue.district_code)
        phrases = load_phrases(self.con, self.issue.school_year)
        self.values = {**self.issue.values, "phrases": phrases}

    def rows(self, entry: catalogue.Rows, values: Mapping[str, Any] | None = None) -> list[Row]:
        """Rows of an entry, its `$names` filled from the values of the report and those given."""
        filled = catalogue.bound(entry, {**self.values, **(values or {})})
        name = filled.statement or filled.mart
        if name not in self._read:
            self._read[name] = read_rows(self.con, filled, self.issue.district_code)
        return arranged(filled, self._read[name], self.words.of)

    def text(self, template: str) -> str:
        """A text of the catalogue with its `{{ … }}` filled."""
        return rendered(template, self.values)
