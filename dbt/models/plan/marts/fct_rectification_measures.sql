with tasks as (

    select * from {{ ref('int_task_versions') }}

),

months as (

    select * from {{ ref('int_months') }}

),

states as (

    select * from {{ ref('int_ledger_states') }}

),

spells as (

    select * from {{ ref('fct_rectification_states') }}

),

-- since when a measure has been in its state, whatever was refused in between
entered as (

    select
        states.district_code,
        states.item_number,
        states.measure_number,
        states.state_day,
        max(case when earlier.state <> states.state then earlier.state_day end) as last_other_day
    from states
    inner join states as earlier
        on
            states.district_code = earlier.district_code
            and states.item_number = earlier.item_number
            and states.measure_number = earlier.measure_number
            and states.state_day >= earlier.state_day
    group by states.district_code, states.item_number, states.measure_number, states.state_day

),

since as (

    select
        entered.district_code,
        entered.item_number,
        entered.measure_number,
        entered.state_day,
        min(later.state_day) as in_state_since
    from entered
    inner join states as later
        on
            entered.district_code = later.district_code
            and entered.item_number = later.item_number
            and entered.measure_number = later.measure_number
            and entered.state_day >= later.state_day
            and (entered.last_other_day is null or entered.last_other_day < later.state_day)
    group by entered.district_code, entered.item_number, entered.measure_number, entered.state_day

),

reopened as (

    select
        months.reporting_month,
        spells.district_code,
        spells.item_number,
        spells.measure_number,
        count(*) as times_reopened,
        max(spells.valid_from) as reopened_on
    from months
    inner join spells
        on
            spells.is_reopening
            and months.district_code = spells.district_code
            and months.observed_on >= spells.valid_from
    group by months.reporting_month, spells.district_code, spells.item_number, spells.measure_number

),

-- milestones that were overdue at the end of the month, the longest overdue first
late_milestones as (

    select
        months.reporting_month,
        milestones.district_code,
        milestones.item_number,
        milestones.measure_number,
        milestones.milestone_number,
        milestones.milestone_zh,
        milestones.planned_on,
        count(*) over (
            partition by
                months.reporting_month, milestones.district_code, milestones.item_number, milestones.measure_number
        ) as milestones_overdue,
        row_number() over (
            partition by
                months.reporting_month, milestones.district_code, milestones.item_number, milestones.measure_number
            order by milestones.planned_on nulls last, milestones.milestone_number nulls last
        ) as place
    from months
    inner join {{ ref('int_milestone_owners') }} as milestones
        on
            months.district_code = milestones.district_code
            and {{ held_on('milestones', 'months.observed_on') }}
            and months.observed_on > milestones.planned_on
            and (milestones.achieved_on is null or months.observed_on < milestones.achieved_on)
    where milestones.measure_number is not null

),

-- targets whose year had passed by the end of the month, not reached by the whole figure of then; a target whose year
-- had passed before the measure began is no deadline of its own
late_targets as (

    select
        states.district_code,
        states.item_number,
        states.measure_number,
        states.state_day,
        max(targets.target_due_on) as target_due_on
    from states
    inner join {{ ref('int_targets') }} as targets
        on
            states.figure_code = targets.figure_code
            and states.state_day > targets.target_due_on
            and (targets.valid_to is null or {{ school_year_of('states.state_day') }} <= targets.valid_to)
    inner join tasks as begun
        on
            states.district_code = begun.district_code
            and states.item_number = begun.item_number
            and states.measure_number = begun.measure_number
            and {{ held_on('begun', 'states.state_day') }}
            and coalesce(targets.target_due_on >= begun.begun_on, true)
    where
        coalesce(states.reports_available >= states.reports_due, true)
        and not {{ is_reached('states.figure_value', 'targets.target_value', 'targets.direction') }}
    group by states.district_code, states.item_number, states.measure_number, states.state_day

),

-- the progress returns that fell due last, month by month
returns_due as (

    select
        months.reporting_month,
        owed.district_code,
        owed.item_number,
        owed.measure_number,
        owed.reporting_month as returns_month,
        owed.is_due,
        coalesce(owed.reported_on <= months.observed_on, false) as is_received,
        row_number() over (
            partition by months.reporting_month, owed.district_code, owed.item_number, owed.measure_number
            order by owed.due_on desc
        ) as place
    from months
    inner join {{ ref('int_progress_returns') }} as owed
        on
            months.district_code = owed.district_code
            and months.observed_on > owed.due_on

),

joined as (

    select
        months.reporting_month,
        months.observed_on as as_of,
        tasks.district_code,
        tasks.item_number,
        tasks.measure_number,
        tasks.measure_zh,
        tasks.target_zh,
        tasks.lead_department,
        tasks.cooperating_departments,
        tasks.responsible_leader,
        tasks.handling_department,
        tasks.responsible_person,
        tasks.begun_on,
        tasks.deadline,
        tasks.proof_kind,
        states.reported_state,
        states.state,
        states.refusal_code,
        states.refusal_zh,
        states.is_met_but_unclaimed,
        case
            when states.state = 'exempt' then 'done'
            -- closing a measure does not do its milestones
            when states.state = 'closed' and late_milestones.planned_on is not null then 'milestone_overdue'
            when states.state = 'closed' then 'done'
            when tasks.deadline < months.observed_on then 'overdue'
            when late_milestones.planned_on is not null then 'milestone_overdue'
            when late_targets.target_due_on is not null then 'target_unmet'
            when {{ is_due_soon('tasks.deadline', 'months.observed_on') }} then 'due_soon'
            when tasks.deadline is null then 'no_deadline'
            else 'on_time'
        end as light_reason_code,
        case
            when states.state = 'exempt' then null
            when states.state = 'closed' then late_milestones.planned_on
            when tasks.deadline < months.observed_on then tasks.deadline
            else coalesce(late_milestones.planned_on, late_targets.target_due_on)
        end as overdue_since,
        late_milestones.milestone_number as overdue_milestone_number,
        late_milestones.milestone_zh as overdue_milestone_zh,
        coalesce(late_milestones.milestones_overdue, 0) as milestones_overdue,
        states.state <> 'exempt' and late_milestones.planned_on is not null as is_milestone_overdue,
        since.in_state_since,
        {{ days_between('since.in_state_since', 'months.observed_on') }} as days_waiting,
        states.reported_on,
        states.progress_zh,
        states.figure_code,
        kinds.name_zh as figure_zh,
        kinds.unit_zh as figure_unit_zh,
        cast(kinds.scale as double) as figure_scale,
        kinds.decimals as figure_decimals,
        states.figure_value,
        states.figure_low,
        states.figure_high,
        states.figure_numerator,
        states.figure_denominator,
        states.reports_available,
        states.reports_due,
        states.figure_observed_on,
        states.figure_due_on,
        states.figure_day_status,
        states.baseline_value,
        states.baseline_observed_on,
        states.baseline_status,
        states.requirement_kind,
        states.needed_value,
        states.figure_status,
        kinds.source_table as proof_table,
        kinds.source_feed as proof_feed,
        proof_feeds.name_zh as proof_feed_zh,
        states.evidence_zh,
        states.evidence_status,
        states.documents_named,
        states.documents_found,
        states.missing_documents_zh,
        states.evidence_file_name,
        states.evidence_sha256,
        states.evidence_received_on,
        case when states.state = 'closed' then states.reviewer end as closed_by,
        case when states.state = 'closed' then since.in_state_since end as closed_on,
        states.exemption_reason_zh,
        coalesce(reopened.times_reopened, 0) as times_reopened,
        reopened.reopened_on,
        returns_due.returns_month,
        coalesce(returns_due.is_due, false) as is_return_due,
        coalesce(returns_due.is_received, false) as is_return_received,
        own_returns.is_due
        and months.observed_on <= own_returns.due_on
        and coalesce(own_returns.reported_on > months.observed_on, true) as is_return_not_yet_due
    from months
    inner join tasks
        on
            months.district_code = tasks.district_code
            and {{ month_text('tasks.begun_on') }} <= months.reporting_month
            and {{ held_on('tasks', 'months.observed_on') }}
    inner join states
        on
            tasks.district_code = states.district_code
            and tasks.item_number = states.item_number
            and tasks.measure_number = states.measure_number
            and months.observed_on = states.state_day
    inner join since
        on
            tasks.district_code = since.district_code
            and tasks.item_number = since.item_number
            and tasks.measure_number = since.measure_number
            and months.observed_on = since.state_day
    left join {{ ref('rectification_figures') }} as kinds on tasks.figure_code = kinds.figure_code
    left join {{ ref('stg_feeds') }} as proof_feeds on kinds.source_feed = proof_feeds.feed
    left join late_milestones
        on
            months.reporting_month = late_milestones.reporting_month
            and tasks.district_code = late_milestones.district_code
            and tasks.item_number = late_milestones.item_number
            and tasks.measure_number = late_milestones.measure_number
            and late_milestones.place = 1
    left join late_targets
        on
            tasks.district_code = late_targets.district_code
            and tasks.item_number = late_targets.item_number
            and tasks.measure_number = late_targets.measure_number
            and months.observed_on = late_targets.state_day
    left join reopened
        on
            months.reporting_month = reopened.reporting_month
            and tasks.district_code = reopened.district_code
            and tasks.item_number = reopened.item_number
            and tasks.measure_number = reopened.measure_number
    left join returns_due
        on
            months.reporting_month = returns_due.reporting_month
            and tasks.district_code = returns_due.district_code
            and tasks.item_number = returns_due.item_number
            and tasks.measure_number = returns_due.measure_number
            and returns_due.place = 1
    left join {{ ref('int_progress_returns') }} as own_returns
        on
            months.reporting_month = own_returns.reporting_month
            and tasks.district_code = own_returns.district_code
            and tasks.item_number = own_returns.item_number
            and tasks.measure_number = own_returns.measure_number

),

final as (

    select
        *,
        {{ days_between('overdue_since', 'as_of') }} as days_overdue,
        {{ light_of_reason('light_reason_code') }} as light
    from joined

)

select * from final
