"""Every published figure computed again from the cells of the originals, independently of the marts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from dagster_project.core.homes import Home
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.parse.cells import is_blank
from dagster_project.questions.trace import recompute_sql
from dagster_project.warehouse.source_cells import cells_in_vault, number_in, readings_sql

if TYPE_CHECKING:
    import duckdb


def cells_of_indicators(
    con: duckdb.DuckDBPyConnection, where: str = "true", values: Iterable[Any] = ()
) -> pd.DataFrame:
    """Readings behind the rows of `fct_school_indicators`.

    Args:
        con: connection in which `marts`, `accepted` and `seeds` of the analyst's database are reachable.
        where: condition on `f`, the rows of `fct_school_indicators`; all of them by default.
        values: values of the condition's placeholders.

    Returns:
        One row a figure and reading: the figure's key; role, factor, state, value; member_code and
        member_stage (null for feeds by school); feed, column_name, sort_order; source_file, sha256, sheet,
        row_number, cells ("D5,E5"; null where there is none), cell_count, received_at, submission.
    """
    return con.execute(readings_sql(con, where), list(values)).df()


def recompute(con: duckdb.DuckDBPyConnection, readings: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every figure worked out anew from its readings, without the marts' own arithmetic.

    Args:
        con: as for `cells_of_indicators`; only the scale of the indicators is taken from the marts.
        readings: as `cells_of_indicators` gives them, perhaps with other values; read now by default.

    Returns:
        One row a figure: its key, source_total, denominator, stage_share, numerator, value, missing_reason
        (null where there is a value, or no students to divide by).
    """
    found = cells_of_indicators(con) if readings is None else readings
    con.register("lineage_given", found)
    try:
        return con.execute(recompute_sql("lineage_given")).df()
    finally:
        con.unregister("lineage_given")


def values_in_vault(home: Home, readings: pd.DataFrame) -> pd.Series:
    """Value of each reading, read anew from its cells in the files as received.

    Args:
        home: where the vault lies.
        readings: as `cells_of_indicators` gives them.

    Returns:
        One number a reading, on the readings' index: the sum of its cells. Null without cells, or if one holds
        no number; a blank cell of a reading that has a value counts 0 (only a layout that says so lets it through).
    """
    placed = readings.loc[readings["cells"].notna(), ["sha256", "source_file", "sheet", "cells", "state"]]
    single = placed.assign(cell=placed["cells"].str.split(",")).explode("cell")
    keys = ["sha256", "source_file", "sheet", "cell"]
    found = cells_in_vault(home, single[keys].drop_duplicates().itertuples(index=False, name=None))
    numbers = {key: number_in(value) for key, value in found.items()}
    blanks = {key for key, value in found.items() if is_blank(value)}
    addresses = list(zip(single["sha256"], single["sheet"], single["cell"], strict=True))
    single["number"] = [numbers[a] for a in addresses]
    is_blank_cell = pd.Series([a in blanks for a in addresses], index=single.index)
    counts_as_zero = single["state"].eq("value") & is_blank_cell
    single["number"] = single["number"].astype(float).mask(counts_as_zero, 0.0)
    return single.groupby(level=0)["number"].agg(lambda n: n.sum(skipna=False)).reindex(readings.index)


#: Table → feed and columns behind a row; the row's key is matched by name, the district through the register.
_TABLES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "fct_kindergarten_pay": (
        "kindergarten_pay",
        ("staff", "in_post_teachers", "in_post_annual_pay_yuan", "temporary_teachers",
         "temporary_annual_pay_yuan", "fully_insured_staff"),
    ),
    "fct_upper_secondary": ("vocational_enrolment", ("upper_secondary_type", "students")),
    "fct_classes": ("class_sizes", ("students", "class_count", "size_band_minimum", "size_band_maximum")),
}  # fmt: skip


def cells_behind(con: duckdb.DuckDBPyConnection, table: str, **key: Any) -> pd.DataFrame:
    """Cells of the reported values behind rows of another published table.

    Args:
        con: as for `cells_of_indicators`; pay stands in the analyst's database only.
        table: `fct_kindergarten_pay`, `fct_upper_secondary` or `fct_classes`.
        key: columns of the grain with their values; those left out match everything.

    Returns:
        One row a reported value: district_code, school_year, the feed's own grain, feed, column_name, value
        (text), source_file, sha256, sheet, row_number, cells (null for a layout's constant), received_at,
        submission.

    Raises:
        KeyError: there is no lineage for the table, or it has no such key.
    """
    feed_code, columns = _TABLES[table]
    feed = load_feeds()[feed_code]
    for name in key:
        if name not in ("school_year", "district_code", *feed.grain):
            raise KeyError(name)
    grain = "".join(f"a.{c}, " for c in feed.grain)
    values = "\n    union all\n    ".join(
        f"select d.district_code, a.school_year, {grain}'{column}' as column_name,"
        f" cast(a.{column} as varchar) as value, a.source_file, a.sha256, a.sheet, a.row_number, a.part"
        f" from accepted.{feed_code} as a"
        " inner join marts.dim_schools as d on a.school_year = d.school_year and a.school_code = d.school_code"
        for column in columns
    )
    condition = " and ".join(f"v.{name} = ?" for name in key) or "true"
    return con.execute(
        f"""
        with reported as (
            {values}
        )

        select v.* exclude (part), '{feed_code}' as feed,
            array_to_string(
                list_transform(string_split(nullif(m.letters, ''), ','), lambda letter: letter || v.row_number), ','
            ) as cells,
            s.received_at, s.submission
        from reported as v
        left join (select distinct * from accepted.column_maps) as m
            on m.feed = '{feed_code}' and v.sha256 = m.sha256 and v.source_file = m.source_file
                and v.sheet = m.sheet and v.part = m.part and v.column_name = m.column_name
        left join accepted.submissions as s
            on s.feed = '{feed_code}' and s.status = 'accepted' and v.sha256 = s.sha256
                and v.source_file = s.source_file and v.sheet = s.sheet
        where {condition} and (v.value is not null or m.letters is not null)
        order by all
        """,
        list(key.values()),
    ).df()
