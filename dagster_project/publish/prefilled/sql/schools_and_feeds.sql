-- sqlfluff:templater:jinja:context:school_year:2026
-- What each school owes for a year: by the calendar of that year where its returns are due already, else by the year before.
with owed as (
    select *
    from marts.fct_returns_due
    where
        cycle = 'yearly'
        and owed_by = 'school'
        and cast(period as integer) between {{ school_year }} - 1 and {{ school_year }}
),

last_period as (
    select
        district_code,
        max(period) as period
    from owed
    group by district_code
)

select
    owed.school_code,
    owed.school_name,
    owed.town,
    owed.feed
from owed
inner join last_period on owed.district_code = last_period.district_code and owed.period = last_period.period
where cast(owed.period as integer) < {{ school_year }} or owed.status in ('missing', 'not_yet_due')
order by owed.town, owed.school_code, owed.feed
