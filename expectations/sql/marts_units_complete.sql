with units as (

    select distinct
        school_year,
        school_code,
        stage
    from marts.fct_school_indicators

)

select
    u.school_year,
    u.school_code,
    u.stage,
    count(c.school_code) as observed
from units as u
left join marts.fct_school_compliance as c
    on u.school_year = c.school_year and u.school_code = c.school_code and u.stage = c.stage
group by u.school_year, u.school_code, u.stage
