with context as (

    select as_of from {{ ref('stg_build_context') }}

),

milestones as (

    select * from {{ ref('int_milestone_owners') }}
    where valid_to is null

),

dated as (

    select
        milestones.*,
        context.as_of,
        milestones.achieved_on is null and milestones.planned_on < context.as_of as is_overdue
    from milestones
    cross join context

),

-- what comes after an overdue milestone of the same measure (or of the item, where no measure is named) is at risk
counted as (

    select
        *,
        sum(case when is_overdue then 1 else 0 end) over (
            partition by district_code, item_number, measure_number
            order by planned_on nulls last
            range between unbounded preceding and current row
        ) as overdue_until_then
    from dated

),

final as (

    select
        district_code,
        milestone_number,
        item_number,
        measure_number,
        milestone_kind,
        milestone_zh,
        department,
        planned_on,
        achieved_on,
        case
            when achieved_on > planned_on then 'late'
            when achieved_on is not null then 'on_time'
            when is_overdue then 'overdue'
            else 'not_due'
        end as status,
        {{ days_between('planned_on', 'coalesce(achieved_on, as_of)') }} as days_after_plan,
        case
            when achieved_on is null and not is_overdue and overdue_until_then > 0 then 'yellow'
            else {{ light('achieved_on is not null', 'planned_on', 'as_of') }}
        end as light,
        planned_investment_10k_yuan,
        invested_10k_yuan,
        added_places,
        evidence_zh
    from counted

)

select * from final
