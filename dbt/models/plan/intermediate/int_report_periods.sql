-- The weeks and months of a plan that have ended: from the ones in which its first measure began.
with context as (

    select as_of from {{ ref('stg_build_context') }}

),

plans as (

    select
        district_code,
        min(begun_on) as begun_on
    from {{ ref('stg_rectification_tasks') }}
    group by district_code

),

digits as (

    {% for digit in range(10) -%}
        select {{ digit }} as digit{{ ' union all' if not loop.last }}
    {% endfor %}

),

weeks as (

    select
        plans.district_code,
        'weekly' as report_kind,
        {{ days_after(
            "date_trunc('week', plans.begun_on)", '7 * (ones.digit + 10 * tens.digit + 100 * hundreds.digit)'
        ) }} as begins_on
    from plans
    cross join digits as ones
    cross join digits as tens
    cross join digits as hundreds

),

periods as (

    select
        *,
        {{ days_after('begins_on', '6') }} as ends_on
    from weeks
    union all
    select
        district_code,
        'monthly' as report_kind,
        {{ month_start('reporting_month') }} as begins_on,
        month_end as ends_on
    from {{ ref('int_plan_months') }}

)

select
    periods.district_code,
    periods.report_kind,
    periods.begins_on,
    periods.ends_on,
    {{ days_after('periods.ends_on', 'kinds.due_within_days') }} as due_on
from periods
inner join {{ ref('report_kinds') }} as kinds on periods.report_kind = kinds.report_kind
inner join context on periods.ends_on <= context.as_of
