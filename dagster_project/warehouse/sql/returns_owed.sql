-- Monthly returns, and those of the district: of each feed the latest period whose last day has passed, if some are missing.
with past as (
    select
        feed,
        cycle,
        owed_by,
        period,
        cast(sum(expected_returns) as bigint) as expected,
        cast(sum(received_returns) as bigint) as received,
        cast(sum(missing_returns) as bigint) as missing
    from marts.fct_return_counts
    where cycle = 'monthly' or owed_by = 'district'
    group by feed, cycle, owed_by, period
    having sum(returns_not_yet_due) = 0
),

latest as (
    select
        feed,
        max(period) as period
    from past
    group by feed
)

select
    past.feed,
    past.period,
    past.owed_by,
    past.expected,
    past.received,
    past.missing
from past
inner join latest on past.feed = latest.feed and past.period = latest.period
where past.missing > 0
order by past.cycle, past.feed
