-- Returns outside the yearly ones of the schools: of each feed the latest period of which some are missing.
with counted as (
    select
        feed,
        cycle,
        owed_by,
        period,
        cast(sum(expected_returns) as bigint) as expected,
        cast(sum(received_returns) as bigint) as received,
        cast(sum(missing_returns) as bigint) as missing
    from marts.fct_return_counts
    where feed not in (select t.feed from marts.fct_town_completeness as t)
    group by feed, cycle, owed_by, period
    having sum(missing_returns) > 0
),

latest as (
    select
        feed,
        max(period) as period
    from counted
    group by feed
)

select
    counted.feed,
    counted.period,
    counted.owed_by,
    counted.expected,
    counted.received,
    counted.missing
from counted
inner join latest on counted.feed = latest.feed and counted.period = latest.period
order by counted.cycle, counted.feed
