with context as (

    select as_of from {{ ref('stg_build_context') }}

),

milestones as (

    select
        reported.district_code,
        reported.milestone_number,
        reported.item_number,
        reported.milestone_kind,
        reported.milestone_zh,
        reported.department,
        reported.planned_on,
        case when reported.achieved_on <= context.as_of then reported.achieved_on end as achieved_on,
        reported.planned_investment_10k_yuan,
        reported.invested_10k_yuan,
        reported.added_places,
        reported.evidence_zh
    from {{ ref('stg_milestones') }} as reported
    cross join context

),

final as (

    select
        milestones.district_code,
        milestones.milestone_number,
        milestones.item_number,
        milestones.milestone_kind,
        milestones.milestone_zh,
        milestones.department,
        milestones.planned_on,
        milestones.achieved_on,
        case
            when milestones.achieved_on > milestones.planned_on then 'late'
            when milestones.achieved_on is not null then 'on_time'
            when milestones.planned_on < context.as_of then 'overdue'
            else 'not_due'
        end as status,
        {{ days_between('milestones.planned_on', 'coalesce(milestones.achieved_on, context.as_of)') }} as days_after_plan,
        {{ light('milestones.achieved_on is not null', 'milestones.planned_on', 'context.as_of') }} as light,
        milestones.planned_investment_10k_yuan,
        milestones.invested_10k_yuan,
        milestones.added_places,
        milestones.evidence_zh
    from milestones
    cross join context

)

select * from final
