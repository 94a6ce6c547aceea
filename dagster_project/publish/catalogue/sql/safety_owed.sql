-- sqlfluff:templater:jinja:context:district_code:'500199'
-- Schools that owe their safety return, or sent one with gaps, of the latest month of which some are missing.
with given as (
    select *
    from marts.fct_returns_due
    where district_code = {{ district_code }} and feed = 'safety_duties'
),

latest_due as (
    select
        coalesce(
            max(case when status = 'missing' then period end), max(case when status = 'with_problems' then period end)
        ) as period
    from given
)

select given.*  -- noqa: AM04
from given
inner join latest_due on given.period = latest_due.period
where given.status in ('missing', 'with_problems')
order by all
