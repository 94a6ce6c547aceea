with ledger as (

    select * from {{ ref('fct_rectification_ledger') }}

),

final as (

    select
        reporting_month,
        as_of,
        district_code,
        count(*) as items,
        cast(sum(case when state = 'closed' then 1 else 0 end) as bigint) as items_closed,
        cast(sum(case when state = 'exempt' then 1 else 0 end) as bigint) as items_exempt,
        cast(sum(case when state = 'to_review' then 1 else 0 end) as bigint) as items_to_review,
        cast(sum(case when state = 'in_progress' then 1 else 0 end) as bigint) as items_in_progress,
        cast(sum(case when state = 'to_start' then 1 else 0 end) as bigint) as items_to_start,
        cast(sum(case when light = 'red' then 1 else 0 end) as bigint) as items_overdue,
        cast(sum(case when light = 'yellow' then 1 else 0 end) as bigint) as items_due_soon,
        cast(sum(measures) as bigint) as measures,
        cast(sum(measures_closed) as bigint) as measures_closed,
        cast(sum(measures_exempt) as bigint) as measures_exempt,
        cast(sum(measures_to_review) as bigint) as measures_to_review,
        cast(sum(measures_in_progress) as bigint) as measures_in_progress,
        cast(sum(measures_to_start) as bigint) as measures_to_start,
        cast(sum(measures_overdue) as bigint) as measures_overdue,
        cast(sum(measures_behind_milestones) as bigint) as measures_behind_milestones,
        cast(sum(measures_due_soon) as bigint) as measures_due_soon,
        cast(sum(measures_refused) as bigint) as measures_refused,
        cast(sum(measures_reopened) as bigint) as measures_reopened,
        cast(sum(measures_met_unclaimed) as bigint) as measures_met_unclaimed,
        cast(sum(milestones_overdue) as bigint) as milestones_overdue,
        cast(sum(returns_due) as bigint) as returns_due,
        cast(sum(returns_received) as bigint) as returns_received
    from ledger
    group by reporting_month, as_of, district_code

)

select * from final
