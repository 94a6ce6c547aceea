"""What the pages read: the committee's marts, by district, and words for their codes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dagster_project.publish import labels

if TYPE_CHECKING:
    import duckdb

#: Stages that form units and are judged.
STAGES = ("primary", "junior_secondary")
STAGE_ORDER = ("preschool", "primary", "junior_secondary", "senior_secondary", "secondary_vocational", "all")


@dataclass(frozen=True)
class Release:
    """What a page says of the release it belongs to."""

    release_id: str
    built_at: str
    as_of: dt.date
    is_synthetic: bool

    @property
    def built_on(self) -> str:
        return self.built_at[:16].replace("T", " ")


@dataclass
class Marts:
    """Rows of the committee's tables as dictionaries, read once and then picked by district."""

    con: duckdb.DuckDBPyConnection
    release: Release
    #: Districts whose pages are written, where it is not all of the release.
    scope: tuple[str, ...] = ()
    #: GeoJSON of the towns, if the user gave one.
    outlines: Mapping[str, Any] | None = None
    #: What changed, by district, and between which two sides.
    changes: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    changes_zh: str = ""
    _read: dict[str, dict[str | None, list[dict[str, Any]]]] = field(default_factory=dict)
    _read_of_schools: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def select(self, sql: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        """Rows of any select on `marts.…`."""
        cursor = self.con.execute(sql, values or [])
        names = [d[0] for d in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def rows(self, table: str, district_code: str, **where: Any) -> list[dict[str, Any]]:
        """Rows of a mart that belong to the district, in the order of the mart's columns.

        Args:
            table: name of the mart, one that has `district_code`.
            district_code: six digits, as text.
            where: further columns and the value each must have.
        """
        if table not in self._read:
            by_district: dict[str | None, list[dict[str, Any]]] = {}
            here = f" where district_code in ({', '.join('?' * len(self.scope))})" if self.scope else ""
            for row in self.select(f"select * from marts.{table}{here} order by all", list(self.scope)):
                by_district.setdefault(row["district_code"], []).append(row)
            self._read[table] = by_district
        found = self._read[table].get(district_code, [])
        return [r for r in found if all(r[k] == v for k, v in where.items())] if where else found

    def rows_of_schools(self, table: str) -> list[dict[str, Any]]:
        """Rows of a mart without `district_code`: those of the schools of all districts that are written.

        A row that names no school belongs to the release; it is given where that is one district's.
        """
        if table not in self._read_of_schools:
            here = ""
            values = list(self.scope) if self.several else []
            if values:
                given = ", ".join("?" * len(values))
                here = (
                    " where school_code in"
                    f" (select school_code from marts.dim_schools where district_code in ({given}))"
                )
            self._read_of_schools[table] = self.select(
                f"select * from marts.{table}{here} order by all", values
            )
        return self._read_of_schools[table]

    def latest(self, table: str, district_code: str, column: str = "school_year") -> list[dict[str, Any]]:
        """Rows of the latest year or month that the mart holds of the district."""
        rows = self.rows(table, district_code)
        last = max((r[column] for r in rows), default=None)
        return [r for r in rows if r[column] == last]

    @cached_property
    def districts(self) -> list[str]:
        """Districts that have schools, in the order of their codes."""
        found = self.con.execute("select distinct district_code from marts.dim_schools order by 1").fetchall()
        return [str(r[0]) for r in found]

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
        return self.select("select * from marts.dim_indicators order by is_judged desc, sort_order")

    @cached_property
    def standards(self) -> list[dict[str, Any]]:
        """All standards with their source."""
        return self.select("select * from marts.dim_standards order by all")

    @cached_property
    def years(self) -> Mapping[str, int]:
        """Latest school year of each district."""
        found = self.con.execute(
            "select district_code, max(school_year) from marts.dim_schools group by all"
        ).fetchall()
        return {str(code): int(year) for code, year in found}

    def school_names(self, district_code: str) -> dict[str, str]:
        """Name of each school of the district, as of its latest year."""
        return {r["school_code"]: r["name_zh"] for r in self.rows("dim_schools", district_code)}

    def has(self, table: str, district_code: str) -> bool:
        """Whether the mart holds anything of the district."""
        return bool(self.rows(table, district_code))


def stage_words() -> dict[str, str]:
    """Chinese words of the stages."""
    return {s: labels.stage_zh(s) for s in STAGE_ORDER}


def by_stage(row: Mapping[str, Any]) -> int:
    """Sort key: stages from the youngest up."""
    stage = row["stage"]
    return STAGE_ORDER.index(stage) if stage in STAGE_ORDER else len(STAGE_ORDER)
