-- School years with a workbook: the latest of each district, and the one before it as long as some of the latest year's
-- returns may still come in time, so that the first of them doesn't take the place of a whole year.
with years as (

    select distinct
        district_code,
        school_year
    from marts.dim_schools

),

latest as (

    select
        district_code,
        max(school_year) as school_year
    from years
    group by district_code

),

unfinished as (

    select distinct
        latest.district_code,
        latest.school_year
    from latest
    inner join marts.fct_returns_due as owing
        on latest.district_code = owing.district_code and cast(latest.school_year as varchar) = owing.period
    where owing.cycle = 'yearly' and owing.school_code is not null and owing.status = 'not_yet_due'

)

select
    years.district_code,
    years.school_year
from years
inner join latest on years.district_code = latest.district_code
left join unfinished on years.district_code = unfinished.district_code
where years.school_year in (latest.school_year, unfinished.school_year - 1)
order by all
