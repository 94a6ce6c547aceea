"""What the pages read: the committee's marts, by district."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dagster_project.core import duck
from dagster_project.core.local_time import DEFAULT_ZONE, local_time, zone_zh
from dagster_project.publish import catalogue, labels
from dagster_project.publish.catalogue.rows import read_mart, read_rows
from dagster_project.publish.phrases import JUDGED_STAGES, Phrases, load_phrases
from dagster_project.warehouse.districts import District, district_of

if TYPE_CHECKING:
    import duckdb

__all__ = ["JUDGED_STAGES", "Marts", "PageRelease", "by_stage"]


@dataclass(frozen=True)
class PageRelease:
    """What a page says of the release it belongs to."""

    release_id: str
    built_at: str
    as_of: dt.date
    is_synthetic: bool
    time_zone: str = DEFAULT_ZONE
    synthetic_files: tuple[str, ...] = ()

    @property
    def built_on(self) -> str:
        """When it was built, in the time of the district."""
        return f"{local_time(self.built_at, self.time_zone):%Y-%m-%d %H:%M}（{zone_zh(self.time_zone)}）"


@dataclass
class Marts:
    """Rows of the committee's tables, read once per table and then picked by district.

    Attributes:
        con: connection of `core.duck.open_marts`.
        scope: districts whose pages are written; empty for all of the release.
        outlines: GeoJSON of the towns, if the user gave one.
        changes: what changed, by district.
        changes_zh: between which two sides.
        declared: code → district as the release declares them.
        entries: the catalogue whose pages are written.
    """

    con: duckdb.DuckDBPyConnection
    release: PageRelease
    scope: tuple[str, ...] = ()
    outlines: Mapping[str, Any] | None = None
    changes: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    changes_zh: str = ""
    declared: Mapping[str, District] = field(default_factory=dict)
    entries: catalogue.Catalogue = field(default_factory=lambda: catalogue.load())
    _read: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    _words: dict[str, catalogue.Words] = field(default_factory=dict)
    _phrases: dict[int, Phrases] = field(default_factory=dict)

    def whole_zh(self, district_code: str) -> str:
        """How the whole of a district is spoken of: 全区, 全县."""
        return district_of(district_code, self.declared).whole_zh

    def rows(self, mart: str, district_code: str, **where: Any) -> list[dict[str, Any]]:
        """Rows of a mart that belong to the district, in the order of the mart's columns.

        Args:
            mart: name of the mart.
            district_code: six digits, as text.
            where: further columns and the value each must have.
        """
        if mart not in self._read:
            self._read[mart] = self._by_district(read_mart(self.con, mart, self.written))
        found = self._read[mart].get(district_code, [])
        return [r for r in found if all(r[k] == v for k, v in where.items())] if where else found

    def _by_district(self, rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
        """Rows by district: by their own, by that of their school, else all for each."""
        columns = rows[0].keys() if rows else ()
        if "district_code" not in columns and not (self.several and "school_code" in columns):
            return {code: list(rows) for code in self.written}
        grouped: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            here = (
                row["district_code"] if "district_code" in columns else self._districts_of[row["school_code"]]
            )
            grouped.setdefault(here, []).append(row)
        return grouped

    def given(self, spec: catalogue.Rows, district_code: str) -> Sequence[dict[str, Any]]:
        """Rows that an entry of the catalogue picks from."""
        return (
            read_rows(self.con, spec, district_code)
            if spec.statement
            else self.rows(spec.mart, district_code)
        )

    def latest(self, mart: str, district_code: str, column: str = "school_year") -> list[dict[str, Any]]:
        """Rows of the latest year or month that the mart holds of the district."""
        rows = self.rows(mart, district_code)
        last = max((r[column] for r in rows), default=None)
        return [r for r in rows if r[column] == last]

    def rows_without_school(self, mart: str) -> int:
        """Number of rows that name no registered school."""
        (found,) = self.con.execute(
            f"select count(*) from marts.{mart} anti join marts.dim_schools using (school_code)"
        ).fetchall()
        return int(found[0])

    def words(self, district_code: str) -> catalogue.Words:
        """Dictionaries of the district."""
        if district_code not in self._words:
            self._words[district_code] = catalogue.Words(self.con, district_code)
        return self._words[district_code]

    def phrases(self, district_code: str) -> Phrases:
        """Sentences that hold a standard, for the district's latest school year."""
        return self.phrases_of_year(self.years[district_code])

    def phrases_of_year(self, school_year: int) -> Phrases:
        """Sentences that hold a standard, for a school year."""
        if school_year not in self._phrases:
            self._phrases[school_year] = load_phrases(self.con, school_year)
        return self._phrases[school_year]

    def sentences(self, district_code: str) -> dict[str, Any]:
        """What a lead of the catalogue may use."""
        return {
            "phrases": self.phrases(district_code),
            "several": self.several,
            "rows_without_school": self.rows_without_school,
        }

    @cached_property
    def labels_zh(self) -> catalogue.Labels:
        """Chinese names of the marts and their columns."""
        return catalogue.labels_of(self.con)

    @cached_property
    def districts(self) -> list[str]:
        """Districts that have schools, in the order of their codes."""
        found = self.con.execute("select distinct district_code from marts.dim_schools order by 1").fetchall()
        return [str(r[0]) for r in found]

    @cached_property
    def _districts_of(self) -> dict[str, str]:
        """School → its district."""
        return dict(self.con.execute("select school_code, district_code from marts.dim_schools").fetchall())

    @property
    def written(self) -> tuple[str, ...]:
        """Districts whose pages are written."""
        return self.scope or tuple(self.districts)

    @property
    def several(self) -> bool:
        """Whether the release holds more than one district: each has a folder then."""
        return len(self.districts) > 1

    @cached_property
    def indicators(self) -> list[dict[str, Any]]:
        """The indicators in their order, judged ones first."""
        return duck.rows(self.con, "select * from marts.dim_indicators order by is_judged desc, sort_order")

    @cached_property
    def standards(self) -> list[dict[str, Any]]:
        """All standards with their source."""
        return duck.rows(self.con, "select * from marts.dim_standards order by all")

    @cached_property
    def years(self) -> Mapping[str, int]:
        """Latest school year of each district."""
        found = self.con.execute("select district_code, max(school_year) from marts.dim_schools group by all")
        return {str(code): int(year) for code, year in found.fetchall()}


def by_stage(row: Mapping[str, Any]) -> int:
    """Sort key: stages from the youngest up."""
    stage = row["stage"]
    return labels.STAGES.index(stage) if stage in labels.STAGES else len(labels.STAGES)
