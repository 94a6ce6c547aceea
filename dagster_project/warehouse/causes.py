"""Why a figure of the district changed between two releases or two years.

The earlier figure is turned into the later one in a fixed order, one cause at a time:

1. rule: the earlier year's data judged by the later year's thresholds;
2. correction: figures of the *earlier* year that both releases know take the later release's value;
3. reporting: figures of the earlier year that only one of the releases knows;
4. set of schools: schools that left are removed, new schools are added with their later figures;
5. reporting again: of schools in both years, figures that only one of the years knows;
6. real change: figures that both years know take their value of the later year.

Each part is the difference that its step makes (reporting: its two steps), so the parts sum to the whole. Within one
year the last two steps change nothing: a return sent again is a correction, one that came late is reporting.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.core.duck import attach, read_sql, schema_of_marts
from dagster_project.core.errors import UsageError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

MEASURES = ("mean_value", "met_share", "coefficient_of_variation", "compliance_rate")
PARTS = ("rule_change", "correction_change", "reporting_change", "school_set_change", "real_change")


@dataclass(frozen=True)
class Side:
    """One side of a comparison: a release's database of marts, and a school year."""

    database: Path
    school_year: int


def split_changes(earlier: Side, later: Side) -> pd.DataFrame:
    """Every change of a district's indicators between two sides, split into its causes.

    Args:
        earlier: side to start from.
        later: side to arrive at.

    Returns:
        One row per district, stage, indicator (empty for the compliance rate) and measure: `value_before`,
        `value_after`, `change`, and the parts PARTS, which sum to `change`; null where either value is.

    Raises:
        UsageError: a side holds no figures of its year.
    """
    import duckdb

    with duckdb.connect() as con:
        for name, side in (("earlier", earlier), ("later", later)):
            attach(con, side.database, f"{name}_side")
        before, after = (f"{side}.{schema_of_marts(con, side)}" for side in ("earlier_side", "later_side"))
        _load(con, "before_data", before, earlier.school_year)
        _load(con, "corrected_data", after, earlier.school_year)
        _load(con, "after_data", after, later.school_year)
        for table, side in (("before_data", earlier), ("after_data", later)):
            if not con.execute(f"select 1 from {table} limit 1").fetchone():
                raise UsageError(
                    f"版本 {side.database.parent.name} 里没有 {side.school_year} 学年的指标，请另选学年。"
                )
        con.execute(read_sql(__package__, "causes_states"))
        con.execute(read_sql(__package__, "causes_figures"))
        return con.execute(read_sql(__package__, "causes_split")).df()


def _load(con: duckdb.DuckDBPyConnection, table: str, side: str, school_year: int) -> None:
    con.execute(read_sql(__package__, "causes_data", table=table, side=side, school_year=int(school_year)))
