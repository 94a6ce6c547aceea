-- Which progress returns a measure owes, and by when: one per month and measure from its start until the ledger has accepted its closing or
-- exemption. Measures that the share of returns proves owe them throughout: their own closing rests on them.
with feeds as (

    select due_within_days from {{ ref('stg_feeds') }}
    where feed = 'rectification_progress'

),

tasks as (

    select * from {{ ref('int_task_versions') }}

),

months as (

    select
        months.district_code,
        months.reporting_month,
        months.observed_on,
        {{ days_after('months.month_end', 'feeds.due_within_days') }} as due_on,
        lag(months.observed_on) over (partition by months.district_code order by months.reporting_month nulls last) as observed_before
    from {{ ref('int_months') }} as months
    cross join feeds

),

accepted as (

    select
        district_code,
        item_number,
        measure_number,
        state_day,
        reporting_month
    from {{ ref('int_states_by_figures') }}
    where state in ('closed', 'exempt')

),

progress as (

    select * from {{ ref('stg_rectification_progress') }}

),

-- nothing more is due after the month of an accepted closing, nor for the month in which an earlier one was accepted
final as (

    select
        tasks.district_code,
        tasks.item_number,
        tasks.measure_number,
        tasks.lead_department,
        months.reporting_month,
        months.observed_on,
        months.due_on,
        progress.reported_on,
        progress.reported_on is not null as is_received,
        accepted_before.state_day is null and accepted_since.state_day is null as is_due
    from tasks
    inner join months on tasks.district_code = months.district_code
    left join accepted as accepted_before
        on
            tasks.district_code = accepted_before.district_code
            and tasks.item_number = accepted_before.item_number
            and tasks.measure_number = accepted_before.measure_number
            and months.observed_before = accepted_before.state_day
    left join accepted as accepted_since
        on
            tasks.district_code = accepted_since.district_code
            and tasks.item_number = accepted_since.item_number
            and tasks.measure_number = accepted_since.measure_number
            and months.observed_on = accepted_since.state_day
            and months.reporting_month > accepted_since.reporting_month
    left join progress
        on
            tasks.district_code = progress.district_code
            and tasks.item_number = progress.item_number
            and tasks.measure_number = progress.measure_number
            and months.reporting_month = progress.reporting_month
    where
        {{ month_text('tasks.begun_on') }} <= months.reporting_month
        and {{ held_on('tasks', 'months.observed_on') }}

)

select * from final
