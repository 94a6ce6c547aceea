-- judged rows of a unit that are missing (above 0) or too many (below 0)
with judged_indicators as (

    select count(*) as indicators
    from marts.dim_indicators
    where is_judged and domain = 'compulsory_resources'

),

units as (

    select
        school_year,
        school_code,
        stage,
        count(distinct case when is_judged then indicator_code end) as indicators,
        sum(case when is_judged then 1 else 0 end) as judged_rows
    from marts.fct_school_indicators
    group by school_year, school_code, stage

)

select
    u.school_year,
    u.school_code,
    u.stage,
    case when u.indicators = u.judged_rows then j.indicators - u.indicators else 1 end as observed
from units as u
cross join judged_indicators as j
