"""Standards in force: the thresholds of `dim_standards` that one school year and jurisdiction is judged by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dagster_project.core.homes import DBT_DIR

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Standard:
    """One row of `dim_standards` that may be used to judge; years are school years."""

    indicator_code: str
    measure: str
    stage: str
    school_kind: str
    jurisdiction: str
    threshold: float
    direction: str
    valid_from: int
    valid_to: int | None


@lru_cache(maxsize=1)
def _variables() -> dict[str, Any]:
    """Variables of the dbt project."""
    import yaml

    declared = yaml.safe_load((DBT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    return dict(declared["vars"])


def project_jurisdiction() -> str:
    """Jurisdiction whose own standards apply beside the national ones."""
    return str(_variables()["jurisdiction"])


def judged_stages() -> tuple[str, ...]:
    """Stages whose schools are judged, in the order in which sentences name them."""
    return tuple(_variables()["judged_stages"])


def standards_in_force(standards: Iterable[Standard], school_year: int, jurisdiction: str) -> list[Standard]:
    """Standards in force in a school year, as the dbt macro `judged_standards` picks them.

    The jurisdiction's own standard replaces the national one from its own first year on.
    """
    given = list(standards)

    def key(row: Standard) -> tuple[str, str, str, str]:
        return row.indicator_code, row.measure, row.stage, row.school_kind

    first_own_year: dict[tuple[str, str, str, str], int] = {}
    for row in given:
        if row.jurisdiction == jurisdiction != "national":
            first_own_year[key(row)] = min(row.valid_from, first_own_year.get(key(row), row.valid_from))
    return [
        row
        for row in given
        if row.jurisdiction in ("national", jurisdiction)
        and row.valid_from <= school_year
        and (row.valid_to is None or row.valid_to >= school_year)
        and not (row.jurisdiction == "national" != jurisdiction and first_own_year.get(key(row), school_year + 1) <= school_year)
    ]  # fmt: skip


def load_standards(
    con: duckdb.DuckDBPyConnection, school_year: int, *, jurisdiction: str | None = None
) -> tuple[Standard, ...]:
    """Read the standards in force in a school year.

    Args:
        con: connection in which `marts.<table>` names a published table.
        school_year: year in which the school year starts.
        jurisdiction: value of `jurisdiction` in the standards; the project's own by default.
    """
    names = "indicator_code, measure, stage, school_kind, jurisdiction, threshold, direction, valid_from, valid_to"
    rows = con.execute(f"select {names} from marts.dim_standards where is_judged").fetchall()
    standards = [
        Standard(str(r[0]), str(r[1]), str(r[2]), str(r[3]), str(r[4]), float(r[5]), str(r[6]),
                 int(r[7]), None if r[8] is None else int(r[8]))
        for r in rows
        if r[5] is not None
    ]  # fmt: skip
    return tuple(standards_in_force(standards, school_year, jurisdiction or project_jurisdiction()))


def threshold_of(
    standards: Iterable[Standard], indicator_code: str, measure: str, stage: str, school_kind: str = "all"
) -> float | None:
    """The threshold among some standards, or None."""
    wanted = (indicator_code, measure, stage, school_kind)
    for row in standards:
        if (row.indicator_code, row.measure, row.stage, row.school_kind) == wanted:
            return row.threshold
    return None


def eased_limit(threshold: float, share: float, direction: str) -> float:
    """The limit of which only a share (0–1) has to be reached, as the dbt macro of the same name."""
    return threshold / share if direction == "at_most" else threshold * share
