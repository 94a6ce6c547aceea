-- sqlfluff:templater:jinja:context:as_of:date '2024-01-01'
-- Districts with a plan that had begun by a day, the last month for which each has a ledger, and its latest school year.
with ledger as (

    select
        district_code,
        max(reporting_month) as reporting_month,
        min(begun_on) as begun_on
    from marts.fct_rectification_measures
    where as_of <= {{ as_of }}
    group by district_code

),

years as (

    select
        district_code,
        max(school_year) as school_year
    from marts.dim_schools
    group by district_code

)

select
    ledger.district_code,
    ledger.reporting_month,
    ledger.begun_on,
    coalesce(years.school_year, 0) as school_year
from ledger
left join years on ledger.district_code = years.district_code
order by ledger.district_code
