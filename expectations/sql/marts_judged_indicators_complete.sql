-- indicators that a unit lacks, and judged ones that it has fewer (above 0) or more of (below 0) than the others of its
-- year and stage; 1 where an indicator stands twice
with indicators as (

    select count(*) as indicators
    from marts.dim_indicators
    where domain = 'compulsory_resources'

),

units as (

    select
        school_year,
        school_code,
        stage,
        count(distinct indicator_code) as indicators,
        count(*) as all_rows,
        sum(case when is_judged then 1 else 0 end) as judged
    from marts.fct_school_indicators
    group by school_year, school_code, stage

),

compared as (

    select
        *,
        median(judged) over (partition by school_year, stage) as judged_of_others
    from units

)

select
    c.school_year,
    c.school_code,
    c.stage,
    case
        when c.indicators <> c.all_rows then 1
        when c.indicators <> i.indicators then i.indicators - c.indicators
        else c.judged_of_others - c.judged
    end as observed
from compared as c
cross join indicators as i
