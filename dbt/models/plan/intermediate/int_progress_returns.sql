-- Which progress returns are due: one per month and measure from its start until it is closed or exempt.
with tasks as (

    select * from {{ ref('stg_rectification_tasks') }}

),

months as (

    select * from {{ ref('int_months') }}

),

progress as (

    select * from {{ ref('stg_rectification_progress') }}

),

-- a measure that was reported closed or exempt owes nothing until it is reported open again
reported as (

    select
        tasks.district_code,
        tasks.item_number,
        tasks.measure_number,
        tasks.lead_department,
        months.reporting_month,
        months.observed_on,
        progress.reported_on,
        progress.reported_state,
        last_value(progress.reported_state ignore nulls) over (
            partition by tasks.district_code, tasks.item_number, tasks.measure_number
            order by months.reporting_month
            rows between unbounded preceding and 1 preceding
        ) as state_before
    from tasks
    cross join months
    left join progress
        on
            tasks.district_code = progress.district_code
            and tasks.item_number = progress.item_number
            and tasks.measure_number = progress.measure_number
            and months.reporting_month = progress.reporting_month
    where {{ month_text('tasks.begun_on') }} <= months.reporting_month

),

final as (

    select
        district_code,
        item_number,
        measure_number,
        lead_department,
        reporting_month,
        observed_on,
        reported_on,
        reported_on is not null as is_received,
        reported_on is not null or coalesce(state_before, 'to_start') not in ('closed', 'exempt') as is_due
    from reported

)

select * from final
