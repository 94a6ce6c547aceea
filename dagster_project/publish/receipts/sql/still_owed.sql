-- sqlfluff:templater:jinja:context:school_code:'2150000001'
-- sqlfluff:templater:jinja:context:feed:'staffing'
-- sqlfluff:templater:jinja:context:school_year:'2025'
-- A return that a school owes for a school year, or some period, and that has not come.
select period
from marts.fct_returns_due
where
    school_code = {{ school_code }} and feed = {{ feed }} and status in ('missing', 'not_yet_due')
    and (cycle <> 'yearly' or period = {{ school_year }})
order by period
limit 1
