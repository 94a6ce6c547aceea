-- What is open on the day of the release: measures, milestones and hazards, with who has it and by when.
with context as (

    select as_of from {{ ref('stg_build_context') }}

),

newest as (

    select
        district_code,
        max(reporting_month) as reporting_month
    from {{ ref('fct_rectification_measures') }}
    group by district_code

),

measures as (

    select
        given.district_code,
        given.item_number,
        given.measure_number,
        given.measure_zh,
        given.lead_department as department,
        given.deadline,
        given.light,
        given.light_reason_code,
        given.overdue_milestone_zh,
        case
            when given.state = 'to_review' then 'review'
            when given.is_met_but_unclaimed then 'claim'
            else 'work'
        end as waits_for
    from {{ ref('fct_rectification_measures') }} as given
    inner join newest
        on
            given.district_code = newest.district_code
            and given.reporting_month = newest.reporting_month
    where given.state not in ('closed', 'exempt')

),

milestones as (

    select * from {{ ref('int_milestones') }}
    where achieved_on is null

),

hazards as (

    select * from {{ ref('int_hazards') }}
    where struck_off_on is null

),

leads as (

    select stated.*
    from {{ ref('int_item_leads') }} as stated
    inner join newest on stated.district_code = newest.district_code and stated.reporting_month = newest.reporting_month

),

own_milestones as (

    select distinct
        milestones.district_code,
        milestones.milestone_number
    from milestones
    inner join {{ ref('stg_rectification_tasks') }} as assigned
        on
            milestones.district_code = assigned.district_code
            and milestones.item_number = assigned.item_number
            and milestones.department = assigned.lead_department

),

matters as (

    select
        district_code,
        'measure' as matter_kind,
        concat(item_number, '.', cast(measure_number as string)) as matter_number,
        item_number,
        measure_zh as matter_zh,
        department,
        cast(null as string) as waiting_department,
        deadline as due_on,
        light,
        light_reason_code,
        overdue_milestone_zh,
        waits_for
    from measures
    union all
    select
        milestones.district_code,
        'milestone' as matter_kind,
        milestones.milestone_number as matter_number,
        milestones.item_number,
        milestones.milestone_zh as matter_zh,
        milestones.department,
        case when own_milestones.milestone_number is null then leads.lead_department end as waiting_department,
        milestones.planned_on as due_on,
        milestones.light,
        cast(null as string) as light_reason_code,
        cast(null as string) as overdue_milestone_zh,
        'work' as waits_for
    from milestones
    left join own_milestones
        on
            milestones.district_code = own_milestones.district_code
            and milestones.milestone_number = own_milestones.milestone_number
    left join leads on milestones.district_code = leads.district_code and milestones.item_number = leads.item_number
    union all
    select
        district_code,
        'hazard' as matter_kind,
        concat(school_code, '/', hazard_number) as matter_number,
        cast(null as string) as item_number,
        concat(school_name, coalesce(place_zh, '')) as matter_zh,
        school_name as department,
        cast(null as string) as waiting_department,
        deadline as due_on,
        light,
        cast(null as string) as light_reason_code,
        cast(null as string) as overdue_milestone_zh,
        'work' as waits_for
    from hazards

),

final as (

    select
        matters.district_code,
        context.as_of,
        matters.matter_kind,
        matters.matter_number,
        matters.item_number,
        matters.matter_zh,
        matters.department,
        matters.waiting_department,
        matters.due_on,
        {{ month_text('matters.due_on') }} as due_month,
        case when matters.due_on < context.as_of then {{ days_between('matters.due_on', 'context.as_of') }} end
            as days_overdue,
        matters.light,
        matters.light_reason_code,
        matters.overdue_milestone_zh,
        matters.waits_for
    from matters
    cross join context

)

select * from final
