-- sqlfluff:templater:jinja:context:district_code:'500199'
-- sqlfluff:templater:jinja:context:day:date'2026-10-20'
-- sqlfluff:templater:jinja:context:last_day:date'2026-10-27'
-- sqlfluff:templater:jinja:context:overdue_since:date'2026-10-19'
-- Returns that have not come and are due within some days, or were due some days ago.
select
    district_code,
    coalesce(school_code, '') as school_code,
    coalesce(school_name, '') as school_name,
    coalesce(town, '') as town,
    feed,
    period,
    due_on
from marts.fct_returns_due
where
    status in ('missing', 'not_yet_due')
    and district_code = {{ district_code }}
    and (due_on between {{ day }} and {{ last_day }} or due_on <= {{ overdue_since }})
order by town, school_code, due_on, feed
