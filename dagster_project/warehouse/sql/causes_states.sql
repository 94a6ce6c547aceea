-- The seven states of the data, 0 (before) to 6 (after). A figure that only one side of a step knows was not corrected
-- and did not change: it was reported, or was not.
create temp table states as
with rules as (
    select
        district_code,
        stage,
        indicator_code,
        max(threshold) as threshold,
        max(turn) as turn,
        max(needed) as needed,
        max(floor_ratio) as floor_ratio
    from after_data
    group by all
),

-- a school is in the set or out of it with all its indicators
before_set as (
    select distinct
        district_code,
        stage,
        school_code
    from before_data
),

after_set as (
    select distinct
        district_code,
        stage,
        school_code
    from after_data
),

ruled as (
    select b.* replace (r.threshold as threshold, r.turn as turn, r.needed as needed, r.floor_ratio as floor_ratio)
    from before_data as b
    left join rules as r on b.district_code = r.district_code and b.stage = r.stage and b.indicator_code = r.indicator_code
),

-- figures of the earlier year that both releases know
corrected as (
    select
        r.* replace (
            case when c.value is null then r.numerator else c.numerator end as numerator,
            case when c.value is null then r.denominator else c.denominator end as denominator,
            coalesce(c.value, r.value) as value
        )
    from ruled as r
    left join corrected_data as c
        on
            r.district_code = c.district_code and r.stage = c.stage and r.indicator_code = c.indicator_code
            and r.school_code = c.school_code and r.value is not null
),

-- all figures of the earlier year that the later release knows
reported as (
    select
        r.* replace (
            case when c.school_code is null then r.numerator else c.numerator end as numerator,
            case when c.school_code is null then r.denominator else c.denominator end as denominator,
            case when c.school_code is null then r.value else c.value end as value
        )
    from corrected as r
    left join corrected_data as c on r.district_code = c.district_code and r.stage = c.stage and r.indicator_code = c.indicator_code and r.school_code = c.school_code
),

changed_set as (
    select c.* from reported as c
    inner join after_set on c.district_code = after_set.district_code and c.stage = after_set.stage and c.school_code = after_set.school_code
    union all by name
    select a.* from after_data as a
    anti join before_set on a.district_code = before_set.district_code and a.stage = before_set.stage and a.school_code = before_set.school_code
),

-- the figures that the later year knows: as of the earlier year where that knows them, too
known_later as (
    select
        c.* replace (
            case when a.value is null or c.value is null then a.numerator else c.numerator end as numerator,
            case when a.value is null or c.value is null then a.denominator else c.denominator end as denominator,
            case when a.value is null or c.value is null then a.value else c.value end as value
        )
    from changed_set as c
    left join after_data as a on c.district_code = a.district_code and c.stage = a.stage and c.indicator_code = a.indicator_code and c.school_code = a.school_code
)

select
    0 as state,
    * -- noqa: AM04
from before_data
union all by name
select
    1 as state,
    *
from ruled
union all by name
select
    2 as state,
    *
from corrected
union all by name
select
    3 as state,
    *
from reported
union all by name
select
    4 as state,
    *
from changed_set
union all by name
select
    5 as state,
    *
from known_later
union all by name
select
    6 as state,
    *
from after_data
