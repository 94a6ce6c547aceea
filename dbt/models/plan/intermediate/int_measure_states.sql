-- What is true of a measure on a day: what was reported last, what the figure says, and the state that follows.
with tasks as (

    select * from {{ ref('stg_rectification_tasks') }}

),

kinds as (

    select * from {{ ref('rectification_figures') }}

),

figures as (

    select * from {{ ref('int_rectification_figures') }}

),

reported as (

    select
        moments.*,
        progress.reporting_month,
        progress.reported_on,
        progress.reported_state,
        progress.progress_zh,
        progress.evidence_zh,
        progress.evidence_sha256,
        progress.reviewer,
        progress.reviewed_on,
        progress.review_result,
        progress.exemption_reason_zh,
        row_number() over (
            partition by moments.district_code, moments.item_number, moments.measure_number, moments.state_day
            order by progress.reported_on desc nulls last, progress.reporting_month desc
        ) as recency
    from {{ ref('int_measure_days') }} as moments
    left join {{ ref('stg_rectification_progress') }} as progress
        on
            moments.district_code = progress.district_code
            and moments.item_number = progress.item_number
            and moments.measure_number = progress.measure_number
            and moments.state_day >= progress.reported_on

),

measured as (

    select
        moments.district_code,
        moments.item_number,
        moments.measure_number,
        moments.state_day,
        figures.value,
        figures.observed_on as figure_observed_on,
        row_number() over (
            partition by moments.district_code, moments.item_number, moments.measure_number, moments.state_day
            order by figures.observed_on desc
        ) as recency
    from {{ ref('int_measure_days') }} as moments
    inner join tasks
        on
            moments.district_code = tasks.district_code
            and moments.item_number = tasks.item_number
            and moments.measure_number = tasks.measure_number
    inner join figures
        on
            tasks.district_code = figures.district_code
            and tasks.figure_code = figures.figure_code
            and (figures.item_number is null or tasks.item_number = figures.item_number)
            and moments.state_day >= figures.observed_on

),

-- what the figure was when the plan began: the last value before, else the first one after
baselines as (

    select
        tasks.district_code,
        tasks.item_number,
        tasks.measure_number,
        figures.value as baseline_value,
        row_number() over (
            partition by tasks.district_code, tasks.item_number, tasks.measure_number
            order by
                case when figures.observed_on <= tasks.begun_on then 0 else 1 end,
                case when figures.observed_on <= tasks.begun_on then figures.observed_on end desc nulls last,
                figures.observed_on
        ) as choice
    from tasks
    inner join figures
        on
            tasks.district_code = figures.district_code
            and tasks.figure_code = figures.figure_code
            and (figures.item_number is null or tasks.item_number = figures.item_number)

),

joined as (

    select
        reported.district_code,
        reported.item_number,
        reported.measure_number,
        reported.state_day,
        reported.reporting_month,
        reported.reported_on,
        reported.reported_state,
        reported.progress_zh,
        reported.evidence_zh,
        reported.evidence_sha256,
        reported.reviewer,
        case when reported.reviewed_on <= reported.state_day then reported.reviewed_on end as reviewed_on,
        case when reported.reviewed_on <= reported.state_day then reported.review_result end as review_result,
        reported.exemption_reason_zh,
        tasks.proof_kind,
        tasks.figure_code,
        tasks.deadline,
        kinds.direction,
        tasks.target_value,
        baselines.baseline_value,
        coalesce(tasks.target_value, baselines.baseline_value) as needed_value,
        measured.value as figure_value,
        measured.figure_observed_on
    from reported
    inner join tasks
        on
            reported.district_code = tasks.district_code
            and reported.item_number = tasks.item_number
            and reported.measure_number = tasks.measure_number
    left join kinds on tasks.figure_code = kinds.figure_code
    left join measured
        on
            reported.district_code = measured.district_code
            and reported.item_number = measured.item_number
            and reported.measure_number = measured.measure_number
            and reported.state_day = measured.state_day
            and measured.recency = 1
    left join baselines
        on
            reported.district_code = baselines.district_code
            and reported.item_number = baselines.item_number
            and reported.measure_number = baselines.measure_number
            and baselines.choice = 1
    where reported.recency = 1

),

judged as (

    select
        *,
        case
            when figure_code is null then 'not_applicable'
            when figure_value is null or needed_value is null then 'not_available'
            when {{ is_reached('figure_value', 'needed_value', 'direction') }} then 'met'
            else 'not_met'
        end as figure_status
    from joined

),

agreed as (

    select
        *,
        figure_status in ('met', 'not_applicable')
        and (proof_kind = 'figure' or evidence_zh is not null) as is_proved
    from judged

),

final as (

    select
        *,
        case
            when reported_state is null then 'to_start'
            when reported_state = 'exempt' then 'exempt'
            when review_result = 'failed' then 'to_start'
            when reported_state = 'closed' and reviewed_on is not null and is_proved then 'closed'
            when reported_state in ('closed', 'to_review') and is_proved then 'to_review'
            when reported_state = 'to_start' then 'to_start'
            else 'in_progress'
        end as state,
        case
            when coalesce(reported_state, 'to_start') not in ('closed', 'to_review') or is_proved then null
            when figure_status = 'not_met' then '申报与数据不符：佐证指标未达到要求，不能销号'
            when figure_status = 'not_available' then '佐证指标还没有数据，不能销号'
            else '没有佐证材料，不能销号'
        end as refusal_zh
    from agreed

)

select * from final
