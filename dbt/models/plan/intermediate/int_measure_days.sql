-- One row per measure and day on which its state may change: a report, a review, a document that is received, a figure
-- that is known or goes out of date, a new statement of what it needs, a month's end.
with tasks as (

    select * from {{ ref('int_task_versions') }}

),

context as (

    select as_of from {{ ref('stg_build_context') }}

),

figures as (

    select
        tasks.district_code,
        tasks.item_number,
        tasks.measure_number,
        figures.known_on,
        figures.received_on,
        figures.next_due_on
    from tasks
    inner join {{ ref('int_rectification_figures') }} as figures
        on
            tasks.district_code = figures.district_code
            and tasks.figure_code = figures.figure_code
            and (figures.item_number is null or tasks.item_number = figures.item_number)

),

days as (

    select
        district_code,
        item_number,
        measure_number,
        begun_on as state_day
    from tasks
    union
    select
        district_code,
        item_number,
        measure_number,
        valid_from as state_day
    from tasks
    where valid_from is not null
    union
    select
        district_code,
        item_number,
        measure_number,
        reported_on as state_day
    from {{ ref('stg_rectification_progress') }}
    union
    select
        district_code,
        item_number,
        measure_number,
        reviewed_on as state_day
    from {{ ref('stg_rectification_progress') }}
    where reviewed_on is not null
    union
    select
        district_code,
        item_number,
        measure_number,
        valid_from as state_day
    from {{ ref('int_progress_evidence') }}
    union
    select
        district_code,
        item_number,
        measure_number,
        coalesce({{ larger_of('known_on', 'received_on') }}, known_on) as state_day
    from figures
    union
    select
        district_code,
        item_number,
        measure_number,
        {{ days_after('next_due_on', 1) }} as state_day
    from figures
    where next_due_on is not null
    union
    -- the share of progress returns, which rests on the states of other measures, is known once the returns were due
    select
        tasks.district_code,
        tasks.item_number,
        tasks.measure_number,
        {{ days_after('months.month_end', 'feeds.due_within_days + 1') }} as state_day
    from tasks
    inner join {{ ref('int_months') }} as months on tasks.district_code = months.district_code
    inner join {{ ref('stg_feeds') }} as feeds on feeds.feed = 'rectification_progress'
    where tasks.figure_code = 'progress_returns_share'
    union
    select
        tasks.district_code,
        tasks.item_number,
        tasks.measure_number,
        months.observed_on as state_day
    from tasks
    inner join {{ ref('int_months') }} as months on tasks.district_code = months.district_code

),

final as (

    select
        days.district_code,
        days.item_number,
        days.measure_number,
        days.state_day
    from days
    inner join tasks
        on
            days.district_code = tasks.district_code
            and days.item_number = tasks.item_number
            and days.measure_number = tasks.measure_number
            and {{ held_on('tasks', 'days.state_day') }}
    cross join context
    where days.state_day >= tasks.begun_on and days.state_day <= context.as_of

)

select * from final
