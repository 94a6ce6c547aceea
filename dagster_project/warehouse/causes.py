"""Why a figure of the district changed between two releases or two years.

The earlier figure is turned into the later one by substitution in a fixed order, one cause at a time:

1. rule: the earlier year's data judged by the later year's thresholds;
2. correction: schools that stand in both take what the later release holds of the *earlier* year;
3. set of schools: schools that left go out, schools that are new come in with their later figures;
4. real change: schools that stand in both take their figures of the later year.

Each part is the difference that its step makes, so the parts sum to the whole. Within one year the fourth
step changes nothing: what a school sends again is a correction.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.core.errors import UsageError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

MEASURES = ("mean_value", "met_share", "coefficient_of_variation", "compliance_rate")
PARTS = ("rule_change", "correction_change", "school_set_change", "real_change")


@dataclass(frozen=True)
class Side:
    """One side of a comparison: a release's database of marts, and a school year."""

    database: Path
    school_year: int


def split_changes(earlier: Side, later: Side) -> pd.DataFrame:
    """Every change of a district's indicators between two sides, split into its four causes.

    Args:
        earlier: side to start from.
        later: side to arrive at.

    Returns:
        One row a district, stage, indicator (empty for the compliance rate) and measure: `value_before`,
        `value_after`, `change`, and the parts PARTS, which sum to `change`; null where either value is.

    Raises:
        UsageError: a side holds no figures of its year.
    """
    import duckdb

    with duckdb.connect() as con:
        for name, side in (("earlier", earlier), ("later", later)):
            con.execute(
                f"attach '{str(side.database).replace(chr(39), chr(39) * 2)}' as {name}_side (read_only)"
            )
        _load(con, "before_data", "earlier_side", earlier.school_year)
        _load(con, "corrected_data", "later_side", earlier.school_year)
        _load(con, "after_data", "later_side", later.school_year)
        for table, side in (("before_data", earlier), ("after_data", later)):
            if not con.execute(f"select 1 from {table} limit 1").fetchone():
                raise UsageError(
                    f"版本 {side.database.parent.name} 里没有 {side.school_year} 学年的指标，请另选学年。"
                )
        con.execute(_STATES)
        con.execute(_FIGURES)
        return con.execute(_SPLIT).df()


def _load(con: duckdb.DuckDBPyConnection, table: str, side: str, school_year: int) -> None:
    con.execute(
        f"""
        create temp table {table} as
        select
            f.district_code, f.stage, f.indicator_code, f.school_code, f.numerator, f.denominator, f.value,
            f.threshold, i.scale, f.is_judged, n.threshold as needed, r.threshold as floor_ratio
        from {side}.marts.fct_school_indicators as f
        inner join {side}.marts.dim_indicators as i using (indicator_code)
        left join {side}.marts.dim_standards as n
            on n.measure = 'indicators_needed' and n.stage = f.stage and n.is_judged
                and f.school_year between n.valid_from and coalesce(n.valid_to, 9999)
        left join {side}.marts.dim_standards as r
            on r.measure = 'floor_ratio' and r.stage = f.stage and r.is_judged
                and f.school_year between r.valid_from and coalesce(r.valid_to, 9999)
        where f.school_year = {int(school_year)} and f.scope = 'in_scope'
        """
    )


#: The five states of the data, 0 (before) to 4 (after).
_STATES = """
create temp table states as
with rules as (
    select district_code, stage, indicator_code, max(threshold) as threshold, max(needed) as needed,
        max(floor_ratio) as floor_ratio
    from after_data group by all
),

-- a school is in the set or out of it with all its indicators
before_set as (select distinct district_code, stage, school_code from before_data),
after_set as (select distinct district_code, stage, school_code from after_data),

ruled as (
    select b.* replace (r.threshold as threshold, r.needed as needed, r.floor_ratio as floor_ratio)
    from before_data as b
    left join rules as r using (district_code, stage, indicator_code)
),

corrected as (
    select
        r.* replace (
            case when c.school_code is null then r.numerator else c.numerator end as numerator,
            case when c.school_code is null then r.denominator else c.denominator end as denominator,
            case when c.school_code is null then r.value else c.value end as value
        )
    from ruled as r
    left join corrected_data as c using (district_code, stage, indicator_code, school_code)
),

changed_set as (
    select c.* from corrected as c
    inner join after_set using (district_code, stage, school_code)
    union all by name
    select a.* from after_data as a
    anti join before_set using (district_code, stage, school_code)
)

select 0 as state, * from before_data
union all by name
select 1 as state, * from ruled
union all by name
select 2 as state, * from corrected
union all by name
select 3 as state, * from changed_set
union all by name
select 4 as state, * from after_data
"""

_FIGURES = """
create temp table figures as
with means as (
    select state, district_code, stage, indicator_code,
        sum(numerator) * max(scale) / nullif(sum(denominator), 0) as mean_value,
        sum(denominator) as students, count(*) as schools
    from states where value is not null group by state, district_code, stage, indicator_code
),

spread as (
    select s.state, s.district_code, s.stage, s.indicator_code, m.mean_value,
        avg(case when s.threshold is null then null
            when s.value >= s.threshold - 1e-12 * abs(s.threshold) then 1.0 else 0.0 end) as met_share,
        case when max(m.schools) >= 2 then
            sqrt(sum(s.denominator * (s.value - m.mean_value) ** 2) / nullif(max(m.students), 0))
            / nullif(m.mean_value, 0)
        end as coefficient_of_variation
    from states as s
    inner join means as m using (state, district_code, stage, indicator_code)
    where s.value is not null
    group by s.state, s.district_code, s.stage, s.indicator_code, m.mean_value
),

schools as (
    select state, district_code, stage, school_code, max(needed) as needed, count(*) as indicators,
        count(value) as available,
        count(case when value >= threshold - 1e-12 * abs(threshold) then 1 end) as met,
        count(case when value < threshold * floor_ratio - 1e-12 * abs(threshold * floor_ratio) then 1 end) as below_floor
    from states where is_judged group by all
),

verdicts as (
    select state, district_code, stage,
        case
            when below_floor > 0 or available - met > indicators - needed then 0.0
            when available = indicators and met >= needed then 1.0
        end as compliant
    from schools
)

select state, district_code, stage, indicator_code, unnest(['mean_value', 'met_share', 'coefficient_of_variation'])
    as measure, unnest([mean_value, met_share, coefficient_of_variation]) as value
from spread
union all
select state, district_code, stage, '', 'compliance_rate', avg(compliant) from verdicts group by all
"""

_SPLIT = """
with wide as (
    select district_code, stage, indicator_code, measure,
        max(case when state = 0 then value end) as v0, max(case when state = 1 then value end) as v1,
        max(case when state = 2 then value end) as v2, max(case when state = 3 then value end) as v3,
        max(case when state = 4 then value end) as v4
    from figures group by all
)

select district_code, stage, indicator_code, measure, v0 as value_before, v4 as value_after, v4 - v0 as change,
    v1 - v0 as rule_change, v2 - v1 as correction_change, v3 - v2 as school_set_change, v4 - v3 as real_change
from wide
where v0 is not null or v4 is not null
order by all
"""
