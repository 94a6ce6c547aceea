-- Per figure the change between the states before and after, and the parts of the steps between.
-- A state between that gives no figure (all its schools are unknown) changes nothing: the next one that has it does.
with wide as (
    select
        district_code,
        stage,
        indicator_code,
        measure,
        max(case when state = 0 then value end) as v0,
        max(case when state = 1 then value end) as v1,
        max(case when state = 2 then value end) as v2,
        max(case when state = 3 then value end) as v3,
        max(case when state = 4 then value end) as v4,
        max(case when state = 5 then value end) as v5,
        max(case when state = 6 then value end) as v6
    from figures
    group by all
),

filled as (
    select
        district_code,
        stage,
        indicator_code,
        measure,
        v0,
        v6,
        v6 - v0 as change,
        coalesce(v1, v0) as v1,
        coalesce(v2, v1, v0) as v2,
        coalesce(v3, v2, v1, v0) as v3,
        coalesce(v4, v3, v2, v1, v0) as v4,
        coalesce(v5, v4, v3, v2, v1, v0) as v5
    from wide
)

select
    district_code,
    stage,
    indicator_code,
    measure,
    v0 as value_before,
    v6 as value_after,
    change,
    case when change is not null then v1 - v0 end as rule_change,
    case when change is not null then v2 - v1 end as correction_change,
    case when change is not null then (v3 - v2) + (v5 - v4) end as reporting_change,
    case when change is not null then v4 - v3 end as school_set_change,
    case when change is not null then v6 - v5 end as real_change
from filled
where v0 is not null or v6 is not null
order by district_code, stage, indicator_code, measure
