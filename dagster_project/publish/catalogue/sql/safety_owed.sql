-- sqlfluff:templater:jinja:context:district_code:'500199'
-- Schools that owe their safety return of the latest month whose last day has passed, or sent one with gaps.
with given as (
    select *
    from marts.fct_returns_due
    where district_code = {{ district_code }} and feed = 'safety_duties'
),

latest_due as (
    select max(period) as period
    from (
        select period
        from given
        group by period
        having count(case when status = 'not_yet_due' then 1 end) = 0
    ) as past
)

select given.*  -- noqa: AM04
from given
inner join latest_due on given.period = latest_due.period
where given.status in ('missing', 'with_problems')
order by all
