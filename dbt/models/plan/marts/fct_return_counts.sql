with returns as (

    select * from {{ ref('fct_returns_due') }}

),

final as (

    select
        district_code,
        feed,
        cycle,
        period,
        owed_by,
        max(due_on) as due_on,
        count(*) as expected_returns,
        cast(sum(case when status in ('received', 'with_problems', 'nil') then 1 else 0 end) as bigint) as received_returns,
        cast(sum(case when status = 'with_problems' then 1 else 0 end) as bigint) as returns_with_problems,
        cast(sum(case when status = 'nil' then 1 else 0 end) as bigint) as nil_returns,
        cast(sum(case when status = 'missing' then 1 else 0 end) as bigint) as missing_returns,
        cast(sum(case when status = 'not_yet_due' then 1 else 0 end) as bigint) as returns_not_yet_due,
        max(days_late) as days_late,
        cast(sum(case when is_carried_on then 1 else 0 end) as bigint) as schools_carried_on
    from returns
    group by district_code, feed, cycle, period, owed_by

)

select * from final
