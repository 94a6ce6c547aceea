-- Per figure the change between the states before and after, and the parts of the steps between.
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
        max(case when state = 4 then value end) as v4
    from figures
    group by all
)

select
    district_code,
    stage,
    indicator_code,
    measure,
    v0 as value_before,
    v4 as value_after,
    v4 - v0 as change,
    v1 - v0 as rule_change,
    v2 - v1 as correction_change,
    v3 - v2 as school_set_change,
    v4 - v3 as real_change
from wide
where v0 is not null or v4 is not null
order by all
