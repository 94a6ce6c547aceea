with measures as (

    select * from {{ ref('fct_rectification_measures') }}

),

-- as the plan said at the end of the month; the first measure of an item has its title
stated as (

    select
        months.reporting_month,
        versions.district_code,
        versions.item_number,
        versions.area_zh,
        versions.item_title_zh,
        versions.finding_zh,
        row_number() over (
            partition by months.reporting_month, versions.district_code, versions.item_number
            order by versions.measure_number nulls last
        ) as place
    from {{ ref('int_months') }} as months
    inner join {{ ref('int_task_versions') }} as versions
        on
            months.district_code = versions.district_code
            and {{ held_on('versions', 'months.observed_on') }}

),

titles as (

    select * from stated
    where place = 1

),

departments as (

    select * from {{ ref('int_item_leads') }}

),

counted as (

    select
        reporting_month,
        as_of,
        district_code,
        item_number,
        count(*) as measures,
        sum(case when state = 'closed' then 1 else 0 end) as measures_closed,
        sum(case when state = 'exempt' then 1 else 0 end) as measures_exempt,
        sum(case when state = 'to_review' then 1 else 0 end) as measures_to_review,
        sum(case when state = 'in_progress' then 1 else 0 end) as measures_in_progress,
        sum(case when state = 'to_start' then 1 else 0 end) as measures_to_start,
        sum(case when light = 'red' then 1 else 0 end) as measures_overdue,
        cast(sum(milestones_overdue) as bigint) as milestones_overdue,
        sum(case when is_milestone_overdue then 1 else 0 end) as measures_with_overdue_milestones,
        sum(case when light = 'yellow' then 1 else 0 end) as measures_due_soon,
        sum(case when refusal_zh is not null then 1 else 0 end) as measures_refused,
        sum(case when times_reopened > 0 then 1 else 0 end) as measures_reopened,
        sum(case when light_reason_code = 'milestone_overdue' then 1 else 0 end) as measures_behind_milestones,
        sum(case when is_met_but_unclaimed then 1 else 0 end) as measures_met_unclaimed,
        sum(case when reported_state in ('closed', 'exempt') then 1 else 0 end) as measures_reported_done,
        sum(case when reported_state = 'exempt' then 1 else 0 end) as measures_reported_exempt,
        sum(case when is_return_due then 1 else 0 end) as returns_due,
        sum(case when is_return_due and is_return_received then 1 else 0 end) as returns_received,
        min(case when state not in ('closed', 'exempt') then deadline end) as next_deadline,
        max(case when state not in ('closed', 'exempt') then days_waiting end) as longest_days_waiting,
        max(closed_on) as last_closed_on
    from measures
    group by reporting_month, as_of, district_code, item_number

),

-- milestones of the item that belong to none of its measures
late_milestones as (

    select
        months.reporting_month,
        milestones.district_code,
        milestones.item_number,
        milestones.milestone_number,
        milestones.milestone_zh,
        milestones.planned_on
    from {{ ref('int_months') }} as months
    inner join {{ ref('int_milestone_owners') }} as milestones
        on
            months.district_code = milestones.district_code
            and {{ held_on('milestones', 'months.observed_on') }}
            and months.observed_on > milestones.planned_on
            and (milestones.achieved_on is null or months.observed_on < milestones.achieved_on)
    where milestones.measure_number is null

),

-- what makes the item overdue: deadlines first, then milestones, then targets, each time the longest overdue
overdue as (

    select
        reporting_month,
        district_code,
        item_number,
        light_reason_code,
        overdue_since,
        overdue_milestone_number as milestone_number,
        overdue_milestone_zh as milestone_zh
    from measures
    where light = 'red'
    union all
    select
        reporting_month,
        district_code,
        item_number,
        'milestone_overdue' as light_reason_code,
        planned_on as overdue_since,
        milestone_number,
        milestone_zh
    from late_milestones

),

worst as (

    select
        *,
        row_number() over (
            partition by reporting_month, district_code, item_number
            order by
                case light_reason_code when 'overdue' then 0 when 'milestone_overdue' then 1 else 2 end,
                overdue_since nulls last,
                milestone_number nulls last
        ) as place
    from overdue

),

own_milestones as (

    select
        reporting_month,
        district_code,
        item_number,
        count(*) as milestones_overdue
    from late_milestones
    group by reporting_month, district_code, item_number

),

joined as (

    select
        counted.reporting_month,
        counted.as_of,
        counted.district_code,
        counted.item_number,
        cast(
            dense_rank() over (
                partition by counted.district_code, counted.reporting_month
                order by
                    case when substr(counted.item_number, 1, 1) between '0' and '9' then 0 else 1 end,
                    length(counted.item_number) nulls last,
                    counted.item_number nulls last
            ) as bigint
        ) as sort_order,
        titles.area_zh,
        titles.item_title_zh,
        titles.finding_zh,
        departments.lead_department,
        coalesce(departments.lead_departments, 0) as lead_departments,
        counted.measures,
        cast(counted.measures_closed as bigint) as measures_closed,
        cast(counted.measures_exempt as bigint) as measures_exempt,
        cast(counted.measures_to_review as bigint) as measures_to_review,
        cast(counted.measures_in_progress as bigint) as measures_in_progress,
        cast(counted.measures_to_start as bigint) as measures_to_start,
        cast(counted.measures_overdue as bigint) as measures_overdue,
        cast(counted.measures_behind_milestones as bigint) as measures_behind_milestones,
        cast(counted.measures_due_soon as bigint) as measures_due_soon,
        cast(counted.measures_refused as bigint) as measures_refused,
        cast(counted.measures_reopened as bigint) as measures_reopened,
        cast(counted.measures_met_unclaimed as bigint) as measures_met_unclaimed,
        case
            when counted.measures_reported_exempt = counted.measures then 'exempt'
            when counted.measures_reported_done = counted.measures then 'closed'
            else 'in_progress'
        end as reported_state,
        case
            when counted.measures_exempt = counted.measures then 'exempt'
            when counted.measures_closed + counted.measures_exempt = counted.measures then 'closed'
            when counted.measures_to_start = counted.measures then 'to_start'
            when counted.measures_closed + counted.measures_exempt + counted.measures_to_review = counted.measures
                then 'to_review'
            else 'in_progress'
        end as state,
        case
            when worst.light_reason_code is not null then worst.light_reason_code
            when counted.measures_closed + counted.measures_exempt = counted.measures then 'done'
            when counted.measures_due_soon > 0 then 'due_soon'
            when counted.next_deadline is null then 'no_deadline'
            else 'on_time'
        end as light_reason_code,
        worst.overdue_since,
        {{ days_between('worst.overdue_since', 'counted.as_of') }} as days_overdue,
        worst.milestone_number as overdue_milestone_number,
        worst.milestone_zh as overdue_milestone_zh,
        coalesce(own_milestones.milestones_overdue, 0) + counted.milestones_overdue as milestones_overdue,
        own_milestones.milestones_overdue is not null or counted.measures_with_overdue_milestones > 0
            as is_milestone_overdue,
        counted.next_deadline,
        counted.longest_days_waiting,
        case when counted.measures_closed + counted.measures_exempt = counted.measures then counted.last_closed_on end
            as closed_on,
        cast(counted.returns_due as bigint) as returns_due,
        cast(counted.returns_received as bigint) as returns_received
    from counted
    inner join titles
        on
            counted.reporting_month = titles.reporting_month
            and counted.district_code = titles.district_code
            and counted.item_number = titles.item_number
    left join departments
        on
            counted.reporting_month = departments.reporting_month
            and counted.district_code = departments.district_code
            and counted.item_number = departments.item_number
    left join own_milestones
        on
            counted.reporting_month = own_milestones.reporting_month
            and counted.district_code = own_milestones.district_code
            and counted.item_number = own_milestones.item_number
    left join worst
        on
            counted.reporting_month = worst.reporting_month
            and counted.district_code = worst.district_code
            and counted.item_number = worst.item_number
            and worst.place = 1

),

final as (

    select
        *,
        {{ light_of_reason('light_reason_code') }} as light
    from joined

)

select * from final
