with spells as (

    select * from {{ ref('int_class_ledger_spells') }}

),

current_spells as (

    select * from spells
    where recency = 1

),

openings as (

    select
        school_code,
        stage,
        cohort,
        class_name,
        count(*) as times_opened,
        max(valid_from) as last_opened_on
    from spells
    where state = 'open'
    group by school_code, stage, cohort, class_name

),

observations as (

    select
        school_code,
        stage,
        cohort,
        class_name,
        grade,
        students_per_class,
        standard_size,
        observed_on,
        row_number() over (
            partition by school_code, stage, cohort, class_name
            order by observed_on desc
        ) as recency,
        row_number() over (
            partition by school_code, stage, cohort, class_name
            order by observed_on
        ) as order_seen,
        max(students_per_class) over (partition by school_code, stage, cohort, class_name) as peak_students
    from {{ ref('int_class_ledger_events') }}
    where grade is not null

),

plans as (

    select
        school_code,
        stage,
        class_name,
        figure_year - {{ grade_level('grade') }} as cohort,
        measure_zh,
        deadline,
        responsible_person,
        row_number() over (
            partition by school_code, stage, class_name, figure_year - {{ grade_level('grade') }}
            order by figure_year desc
        ) as recency
    from {{ ref('stg_class_plans') }}

),

context as (

    select as_of from {{ ref('stg_build_context') }}

),

final as (

    select
        current_spells.district_code,
        current_spells.school_code,
        schools.school_name,
        current_spells.stage,
        current_spells.cohort as entry_school_year,
        current_spells.class_name,
        first_seen.grade as grade_when_opened,
        last_seen.grade as latest_grade,
        current_spells.opened_on,
        cast(openings.times_opened as bigint) as times_opened,
        openings.last_opened_on,
        first_seen.students_per_class as students_when_opened,
        first_seen.peak_students,
        last_seen.students_per_class as latest_students,
        last_seen.standard_size,
        {{ larger_of('last_seen.students_per_class - last_seen.standard_size', 'cast(0 as double)') }} as excess_students,
        last_seen.observed_on as latest_observed_on,
        plans.measure_zh,
        plans.deadline,
        plans.responsible_person,
        case
            when current_spells.state = 'closed' then 'closed'
            when plans.measure_zh is null then 'to_start'
            else 'in_progress'
        end as state,
        case when current_spells.state = 'closed' then current_spells.verdict end as closing_reason,
        case when current_spells.state = 'closed' then current_spells.valid_from end as closed_on,
        openings.times_opened > 1 as is_reopened,
        {{ light("current_spells.state = 'closed'", 'plans.deadline', 'context.as_of') }} as light
    from current_spells
    cross join context
    inner join openings
        on
            current_spells.school_code = openings.school_code
            and current_spells.stage = openings.stage
            and current_spells.cohort = openings.cohort
            and current_spells.class_name = openings.class_name
    inner join observations as first_seen
        on
            current_spells.school_code = first_seen.school_code
            and current_spells.stage = first_seen.stage
            and current_spells.cohort = first_seen.cohort
            and current_spells.class_name = first_seen.class_name
            and first_seen.order_seen = 1
    inner join observations as last_seen
        on
            current_spells.school_code = last_seen.school_code
            and current_spells.stage = last_seen.stage
            and current_spells.cohort = last_seen.cohort
            and current_spells.class_name = last_seen.class_name
            and last_seen.recency = 1
    left join plans
        on
            current_spells.school_code = plans.school_code
            and current_spells.stage = plans.stage
            and current_spells.cohort = plans.cohort
            and current_spells.class_name = plans.class_name
            and plans.recency = 1
    left join {{ ref('int_latest_schools') }} as schools on current_spells.school_code = schools.school_code

)

select * from final
