-- sqlfluff:templater:jinja:context:district_code:'500199'
-- Returns that a district's schools owe in the latest school year, and since when.
with given as (
    select *
    from marts.fct_completeness
    where district_code = {{ district_code }}
),

latest_received as (
    select
        school_code,
        stage,
        feed,
        max(school_year) as last_year
    from given
    where due and status <> 'missing'
    group by school_code, stage, feed
)

select
    owed.*,  -- noqa: AM04
    case
        when received.last_year is null then '从未报过'
        when received.last_year = owed.school_year then '本学年有待改的行'
        else concat('最近报到 ', received.last_year, ' 学年')
    end as last_zh
from given as owed
left join latest_received as received
    on
        owed.school_code = received.school_code
        and owed.stage = received.stage
        and owed.feed = received.feed
where
    owed.due
    and owed.status <> 'received'
    and owed.school_year = (select max(given.school_year) from given)
order by all
