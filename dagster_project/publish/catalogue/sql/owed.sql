-- sqlfluff:templater:jinja:context:district_code:'500199'
-- Returns that a district's schools and offices owe: of each feed the latest period of which some are missing.
with given as (
    select *
    from marts.fct_returns_due
    where district_code = {{ district_code }}
),

latest_due as (
    select
        feed,
        coalesce(
            max(case when status = 'missing' then period end), max(case when status = 'with_problems' then period end)
        ) as period
    from given
    group by feed
),

latest_received as (
    select
        coalesce(school_code, '') as owner_code,
        feed,
        max(period) as last_period
    from given
    where status in ('received', 'with_problems', 'nil')
    group by coalesce(school_code, ''), feed
)

select
    owed.*,  -- noqa: AM04
    coalesce(owed.school_name, '区县') as owner_zh,
    case
        when owed.status = 'with_problems' then '已报，有待改或漏报的行'
        when received.last_period is null then '从未报过'
        else concat('最近报到 ', received.last_period)
    end as last_zh,
    case when owed.is_carried_on then concat('沿用 ', owed.register_school_year, ' 学年名录') end as register_zh
from given as owed
inner join latest_due on owed.feed = latest_due.feed and owed.period = latest_due.period
left join latest_received as received
    on coalesce(owed.school_code, '') = received.owner_code and owed.feed = received.feed
where owed.status in ('missing', 'with_problems')
order by all
