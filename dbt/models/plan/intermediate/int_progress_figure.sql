-- The share of progress returns that are there, month by month, in the form of `int_rectification_figures`.
with feeds as (

    select due_within_days from {{ ref('stg_feeds') }}
    where feed = 'rectification_progress'

),

by_month as (

    select
        district_code,
        observed_on,
        min(due_on) as due_on,
        cast(sum(case when reported_on <= due_on then 1 else 0 end) as double) as numerator,
        cast(sum(case when reported_on <= observed_on then 1 else 0 end) as double) as received_by_then,
        cast(count(*) as double) as denominator
    from {{ ref('int_progress_returns') }}
    where is_due
    group by district_code, observed_on

),

dated as (

    select
        *,
        {{ month_counts_from('last_day(observed_on)', 'due_on', 'received_by_then = denominator') }} as known_on
    from by_month

),

counted as (

    select dated.*
    from dated
    cross join {{ ref('stg_build_context') }} as build_context
    where dated.known_on <= build_context.as_of

),

final as (

    select
        counted.district_code,
        'progress_returns_share' as figure_code,
        cast(null as string) as item_number,
        counted.observed_on,
        counted.known_on,
        cast(null as string) as series,
        counted.numerator / nullif(counted.denominator, 0) as value,
        counted.numerator,
        counted.denominator,
        cast(null as bigint) as reports_available,
        cast(null as bigint) as reports_due,
        cast(null as double) as value_low,
        cast(null as double) as value_high,
        cast(null as date) as received_on,
        {{ days_after("last_day(cast(counted.observed_on + interval '1' month as date))", 'feeds.due_within_days') }}
            as next_due_on
    from counted
    cross join feeds

)

select * from final
