"""The reported values behind published figures, each with its cells: all of them at once, in one query.

Nothing of this is stored: rows in force keep their file, sheet and row, `accepted.column_maps` the letters of
each column, `seeds.indicator_sources` the columns behind each indicator. Joined, they give for every figure
its *readings*: one reported value each, with the cells it stands in, the part it plays, or why it is missing.

Roles of a reading:

- `numerator_term`: counts `factor` times in what the school reports for the indicator;
- `denominator`: students of the figure's own stage;
- `split_weight`: students of any of the school's stages, weighted by `factor`, that split a shared resource.

States: `value`; `constant` (a layout's constant, no cell); `none` (a blank that the rules count as none);
`blank`; `quarantined` (the row was put aside); `not_received`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.homes import Home
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.files.grid import column_number
from dagster_project.intake.parse.cells import Fault, is_blank, to_number

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

_STUDENT_FEEDS = ("enrolment", "class_sizes")


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


def recompute_sql(readings: str) -> str:
    """Select that works figures out anew from a relation of readings."""
    return _RECOMPUTE.format(readings=readings)


def readings_sql(con: duckdb.DuckDBPyConnection, where: str) -> str:
    """Select of the readings of the figures that a condition on `f`, their table, picks."""
    declared = con.execute(
        "select distinct i.feed, s.column_name from marts.dim_indicators as i"
        " inner join seeds.indicator_sources as s using (indicator_code) order by all"
    ).fetchall()
    reported = [*declared, *((feed, "students") for feed in _STUDENT_FEEDS)]
    readings = "\n    union all\n".join(_reading_sql(feed, column) for feed, column in reported)
    return _READINGS.format(where=where, readings=readings)


def _reading_sql(feed: str, column: str) -> str:
    stage = "a.stage" if "stage" in load_feeds()[feed].unit_key else "cast(null as varchar)"
    return f"""
    select a.school_year, a.school_code, {stage} as stage, '{feed}' as feed, '{column}' as column_name,
        cast(a.{column} as double) as value, a.source_file, a.sha256, a.sheet, a.row_number, a.part
    from accepted.{feed} as a
    semi join members as m on a.school_year = m.school_year and a.school_code = m.member_code"""


_READINGS = """
with figures as materialized (
    select f.school_year, f.school_code, f.stage, f.indicator_code, i.feed, i.is_split
    from marts.fct_school_indicators as f
    inner join marts.dim_indicators as i using (indicator_code)
    where {where}
),

-- campuses that were added to the school, and the school itself
members as materialized (
    select s.school_year, s.unit_school_code as school_code, s.school_code as member_code, s.school_type
    from marts.dim_schools as s
    semi join figures as f on s.school_year = f.school_year and s.unit_school_code = f.school_code
),

put_aside as materialized (
    select distinct q.school_year, q.feed, q.school_code, q.stage, q.source_file, q.sha256, q.sheet, q.row_number
    from accepted.quarantined_rows as q
    semi join members as m on q.school_year = m.school_year and q.school_code = m.member_code
),

with_rows as (
    select school_year, school_code, stage from accepted.enrolment
    union select school_year, school_code, stage from accepted.staffing
    union select school_year, school_code, stage from accepted.class_sizes
    union select school_year, school_code, stage from put_aside where stage is not null
),

-- stages that a member's kind implies, or that it has rows of
member_stages as materialized (
    select m.school_year, m.school_code, m.member_code, t.stage
    from members as m
    inner join seeds.school_type_stages as t using (school_type)
    union
    select m.school_year, m.school_code, m.member_code, r.stage
    from members as m
    inner join with_rows as r on m.school_year = r.school_year and m.member_code = r.school_code
),

places as (
    select school_year, school_code, member_code, stage from member_stages
    union all
    select school_year, school_code, member_code, null from members
),

readings as materialized ({readings}
),

wanted as (
    select f.school_year, f.school_code, f.stage, f.indicator_code, f.feed, p.member_code,
        p.stage as member_stage, s.sort_order, s.column_name, s.factor, s.blank_is_none
    from figures as f
    inner join seeds.indicator_sources as s using (indicator_code)
    inner join accepted.feeds as e on f.feed = e.feed
    inner join places as p
        on f.school_year = p.school_year and f.school_code = p.school_code
            and p.stage is not distinct from case when e.scope = 'school_stage' then f.stage end
),

numerators as (
    select w.school_year, w.school_code, w.stage, w.indicator_code, 'numerator_term' as role, w.sort_order,
        w.factor, w.member_code, w.member_stage, w.feed, w.column_name,
        case
            when r.row_number is null and q.row_number is null then 'not_received'
            when r.row_number is null then 'quarantined'
            when r.value is not null then 'value'
            when w.blank_is_none then 'none'
            else 'blank'
        end as state,
        r.value, coalesce(r.source_file, q.source_file) as source_file, coalesce(r.sha256, q.sha256) as sha256,
        coalesce(r.sheet, q.sheet) as sheet, coalesce(r.row_number, q.row_number) as row_number, r.part
    from wanted as w
    left join readings as r
        on w.school_year = r.school_year and w.member_code = r.school_code and w.feed = r.feed
            and w.column_name = r.column_name and w.member_stage is not distinct from r.stage
    left join put_aside as q
        on r.row_number is null and w.school_year = q.school_year and w.member_code = q.school_code
            and w.feed = q.feed and (q.stage is null or w.member_stage is null or q.stage = w.member_stage)
),

weights as (
    select y.school_year, w.stage, w.threshold as weight
    from (select distinct school_year from figures) as y
    inner join marts.dim_standards as w
        on w.measure = 'weight' and w.is_judged and w.jurisdiction = 'national'
            and y.school_year between w.valid_from and coalesce(w.valid_to, 9999)
),

-- students as reported in an enrolment row, and only without one the sum of the classes
taught as materialized (
    select p.school_year, p.school_code, p.member_code, p.stage,
        r.row_number is not null as is_reported, r.value,
        exists (
            select 1 from put_aside as q
            where q.feed = 'enrolment' and q.school_year = p.school_year and q.school_code = p.member_code
                and (q.stage is null or q.stage = p.stage)
        ) as is_put_aside,
        r.source_file, r.sha256, r.sheet, r.row_number, r.part
    from member_stages as p
    semi join weights as w on p.school_year = w.school_year and p.stage = w.stage
    left join readings as r
        on r.feed = 'enrolment' and r.column_name = 'students' and p.school_year = r.school_year
            and p.member_code = r.school_code and p.stage = r.stage
),

class_rows as (
    select t.school_year, t.school_code, t.member_code, t.stage,
        case when r.value is null then 'blank' else 'value' end as state, r.value,
        r.source_file, r.sha256, r.sheet, r.row_number, r.part
    from taught as t
    inner join readings as r
        on r.feed = 'class_sizes' and r.column_name = 'students' and t.school_year = r.school_year
            and t.member_code = r.school_code and t.stage = r.stage
    where not t.is_reported and not t.is_put_aside
    union all
    select t.school_year, t.school_code, t.member_code, t.stage, 'quarantined', null,
        q.source_file, q.sha256, q.sheet, q.row_number, null
    from taught as t
    inner join put_aside as q
        on q.feed = 'class_sizes' and t.school_year = q.school_year and t.member_code = q.school_code
            and (q.stage is null or q.stage = t.stage)
    where not t.is_reported and not t.is_put_aside
),

students as materialized (
    select school_year, school_code, member_code, stage, 'enrolment' as feed,
        case when value is null then 'blank' else 'value' end as state, value,
        source_file, sha256, sheet, row_number, part
    from taught
    where is_reported
    union all
    select t.school_year, t.school_code, t.member_code, t.stage, 'enrolment', 'quarantined', null,
        q.source_file, q.sha256, q.sheet, q.row_number, null
    from taught as t
    inner join put_aside as q
        on q.feed = 'enrolment' and t.school_year = q.school_year and t.member_code = q.school_code
            and (q.stage is null or q.stage = t.stage)
    where t.value is null
    union all
    select school_year, school_code, member_code, stage, 'class_sizes', state, value,
        source_file, sha256, sheet, row_number, part
    from class_rows
    union all
    select t.school_year, t.school_code, t.member_code, t.stage, 'class_sizes', 'not_received', null,
        null, null, null, null, null
    from taught as t
    anti join class_rows as c
        on t.school_year = c.school_year and t.member_code = c.member_code and t.stage = c.stage
    where not t.is_reported and not t.is_put_aside
),

shared as (
    select school_year, school_code from students group by all having count(distinct stage) > 1
),

united as (
    select * from numerators
    union all by name
    select f.school_year, f.school_code, f.stage, f.indicator_code, 'denominator' as role, 1 as sort_order,
        1.0::double as factor, s.member_code, s.stage as member_stage, s.feed, 'students' as column_name,
        s.state, s.value, s.source_file, s.sha256, s.sheet, s.row_number, s.part
    from figures as f
    inner join students as s using (school_year, school_code, stage)
    union all by name
    select f.school_year, f.school_code, f.stage, f.indicator_code, 'split_weight' as role, 1 as sort_order,
        w.weight as factor, s.member_code, s.stage as member_stage, s.feed, 'students' as column_name,
        s.state, s.value, s.source_file, s.sha256, s.sheet, s.row_number, s.part
    from figures as f
    semi join shared as u on f.school_year = u.school_year and f.school_code = u.school_code
    inner join students as s on f.school_year = s.school_year and f.school_code = s.school_code
    inner join weights as w on s.school_year = w.school_year and s.stage = w.stage
    where f.is_split
),

maps as (
    select distinct sha256, source_file, sheet, feed, part, column_name, letters from accepted.column_maps
),

received as (
    select source_file, sha256, sheet, feed, min(submission) as submission, min(received_at) as received_at
    from accepted.submissions
    where status = 'accepted'
    group by all
)

select u.school_year, u.school_code, u.stage, u.indicator_code, u.role, u.sort_order, u.factor,
    case when u.state = 'value' and c.letters = '' then 'constant' else u.state end as state,
    u.value, u.member_code, u.member_stage, u.feed, u.column_name, u.source_file, u.sha256, u.sheet,
    u.row_number,
    array_to_string(
        list_transform(string_split(nullif(c.letters, ''), ','), lambda letter: letter || u.row_number), ','
    ) as cells,
    coalesce(len(string_split(nullif(c.letters, ''), ',')), 0) as cell_count,
    s.received_at, s.submission
from united as u
left join maps as c
    on u.sha256 = c.sha256 and u.source_file = c.source_file and u.sheet = c.sheet and u.feed = c.feed
        and u.part = c.part and u.column_name = c.column_name
left join received as s
    on u.sha256 = s.sha256 and u.source_file = s.source_file and u.sheet = s.sheet and u.feed = s.feed
order by u.school_year, u.school_code, u.stage, u.indicator_code,
    case u.role when 'numerator_term' then 1 when 'denominator' then 2 else 3 end,
    u.member_code <> u.school_code, u.member_code, u.factor * (u.role = 'split_weight')::int, u.sort_order,
    u.source_file, u.sheet, u.row_number, c.letters
"""

#: What a reading lacks, worst last: 0 nothing, 1 blank, 2 not received, 3 put aside.
_RECOMPUTE = """
with ranked as (
    select *,
        case
            when state = 'quarantined' then 3
            when state = 'not_received' then 2
            when state = 'blank' or (state <> 'none' and value is null) then 1
            else 0
        end as lack
    from {readings}
),

added as (
    select school_year, school_code, stage, indicator_code,
        coalesce(sum(factor * value) filter (role = 'numerator_term'), 0) as source_total,
        max(lack) filter (role = 'numerator_term') as total_lack,
        sum(value) filter (role = 'denominator') as denominator,
        max(lack) filter (role = 'denominator') as students_lack,
        sum(factor * value) filter (role = 'split_weight' and member_stage = stage) as own_weight,
        sum(factor * value) filter (role = 'split_weight') as whole_weight,
        coalesce(max(lack) filter (role = 'split_weight'), -1) as share_lack
    from ranked
    group by school_year, school_code, stage, indicator_code
),

judged as (
    select a.school_year, a.school_code, a.stage, a.indicator_code, i.scale, a.total_lack, a.students_lack, a.share_lack,
        case when a.total_lack = 0 then a.source_total end as source_total,
        case when a.students_lack = 0 then a.denominator end as denominator,
        case
            when a.share_lack = -1 then 1.0::double
            when a.share_lack = 0 then a.own_weight / nullif(a.whole_weight, 0)
        end as stage_share
    from added as a
    inner join marts.dim_indicators as i using (indicator_code)
)

select school_year, school_code, stage, indicator_code, source_total, denominator, stage_share,
    source_total * stage_share as numerator,
    source_total * stage_share * scale / nullif(denominator, 0) as value,
    ['blank', 'not_received', 'quarantined'][
        case when total_lack > 0 then total_lack when share_lack > 0 then share_lack else students_lack end
    ] as missing_reason
from judged
order by all
"""


# --- the originals -----------------------------------------------------------------------------------------


def cells_in_vault(
    home: Home, wanted: Iterable[tuple[str, str, str, str]]
) -> dict[tuple[str, str, str], Any]:
    """What stands in cells of the files as received.

    Args:
        home: where the vault lies.
        wanted: (SHA-256, file name, sheet, A1 address) of each cell.

    Returns:
        (SHA-256, sheet, address) → the cell as the reader gives it, '' for a blank one.

    Raises:
        FileNotFoundError: the vault has no such file.
        KeyError: the file has no such sheet.
    """
    by_file: dict[tuple[str, str], dict[str, set[str]]] = {}
    for sha256, name, sheet, cell in wanted:
        by_file.setdefault((sha256, Path(name).suffix.lower()), {}).setdefault(sheet, set()).add(cell)
    found: dict[tuple[str, str, str], Any] = {}
    for (sha256, suffix), sheets in by_file.items():
        grids = {
            g.sheet: g for g in read_grids((home.vault / sha256).read_bytes(), suffix) if g.sheet in sheets
        }
        for sheet, cells in sheets.items():
            grid = grids[sheet]
            for cell in cells:
                letters = cell.rstrip("0123456789")
                i = int(cell[len(letters) :]) - grid.first_row
                j = column_number(letters) - grid.first_column
                inside = 0 <= i < len(grid.rows) and 0 <= j < len(grid.rows[i])
                found[sha256, sheet, cell] = grid.rows[i][j] if inside else ""
    return found


def values_in_vault(home: Home, readings: pd.DataFrame) -> pd.Series:
    """Value of each reading, read anew from its cells in the files as received.

    Args:
        home: where the vault lies.
        readings: as `cells_of_indicators` gives them.

    Returns:
        One number a reading, on the readings' index: the sum of its cells. Null without cells, or if one holds
        no number; a blank cell of a reading that has a value counts 0 (only a layout that says so lets it through).
    """
    import pandas as pd

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


def number_in(value: object) -> float | None:
    """The number that a cell holds; None if it is blank or holds anything else."""
    if is_blank(value):
        return None
    number = to_number(value)
    return None if isinstance(number, Fault) else float(number)


# --- other published figures -------------------------------------------------------------------------------

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
