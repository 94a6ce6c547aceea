with measures as (

    select
        reporting_month,
        as_of,
        district_code,
        coalesce(lead_department, '待明确') as department,
        state,
        light,
        returns_month,
        is_return_due,
        is_return_received,
        is_return_not_yet_due
    from {{ ref('fct_rectification_measures') }}

),

counted as (

    select
        reporting_month,
        as_of,
        district_code,
        department,
        count(*) as measures,
        sum(case when state in ('closed', 'exempt') then 1 else 0 end) as measures_done,
        sum(case when light = 'red' then 1 else 0 end) as measures_overdue,
        sum(case when light = 'yellow' then 1 else 0 end) as measures_due_soon,
        sum(case when is_return_due then 1 else 0 end) as returns_due,
        sum(case when is_return_due and is_return_received then 1 else 0 end) as returns_received,
        max(returns_month) as returns_month,
        sum(case when is_return_not_yet_due then 1 else 0 end) as progress_not_yet_due
    from measures
    group by reporting_month, as_of, district_code, department

),

milestones as (

    select
        months.reporting_month,
        milestones.district_code,
        milestones.department,
        count(*) as milestones_due,
        sum(case when milestones.achieved_on <= milestones.planned_on then 1 else 0 end) as milestones_on_time,
        sum(case when milestones.achieved_on is null or milestones.achieved_on > months.observed_on then 1 else 0 end)
            as milestones_overdue
    from {{ ref('int_months') }} as months
    inner join {{ ref('int_milestones') }} as milestones
        on
            months.district_code = milestones.district_code
            and months.observed_on > milestones.planned_on
    group by months.reporting_month, milestones.district_code, milestones.department

),

names as (

    select
        reporting_month,
        district_code,
        department
    from counted
    union
    select
        reporting_month,
        district_code,
        department
    from milestones

),

final as (

    select
        names.reporting_month,
        names.district_code,
        names.department,
        coalesce(counted.measures, 0) as measures,
        cast(coalesce(counted.measures_done, 0) as bigint) as measures_done,
        cast(coalesce(counted.measures_overdue, 0) as bigint) as measures_overdue,
        cast(coalesce(counted.measures_due_soon, 0) as bigint) as measures_due_soon,
        counted.returns_month,
        cast(coalesce(counted.returns_due, 0) as bigint) as returns_due,
        cast(coalesce(counted.returns_received, 0) as bigint) as returns_received,
        cast(coalesce(counted.progress_not_yet_due, 0) as bigint) as progress_not_yet_due,
        coalesce(milestones.milestones_due, 0) as milestones_due,
        cast(coalesce(milestones.milestones_on_time, 0) as bigint) as milestones_on_time,
        cast(coalesce(milestones.milestones_overdue, 0) as bigint) as milestones_overdue
    from names
    left join counted
        on
            names.reporting_month = counted.reporting_month
            and names.district_code = counted.district_code
            and names.department = counted.department
    left join milestones
        on
            names.reporting_month = milestones.reporting_month
            and names.district_code = milestones.district_code
            and names.department = milestones.department

)

select * from final
