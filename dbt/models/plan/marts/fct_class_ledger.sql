{% set class_key = ['school_code', 'stage', 'entry_school_year', 'class_name'] %}
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
        entry_school_year,
        class_name,
        count(*) as times_opened,
        max(valid_from) as last_opened_on
    from spells
    where classes_until_then = 0 and open_classes > 0
    group by school_code, stage, entry_school_year, class_name

),

counts as (

    select
        school_code,
        stage,
        entry_school_year,
        class_name,
        grade,
        students_per_class,
        size_band_minimum,
        size_band_maximum,
        standard_size,
        observed_on,
        row_number() over (
            partition by school_code, stage, entry_school_year, class_name
            order by observed_on desc
        ) as recency,
        row_number() over (
            partition by school_code, stage, entry_school_year, class_name
            order by observed_on nulls last
        ) as order_seen,
        max(students_per_class) over (
            partition by school_code, stage, entry_school_year, class_name
        ) as peak_students
    from {{ ref('int_class_ledger_events') }}
    where grade is not null

),

named_plans as (

    select
        coalesce(successors.renamed_school_code, plans_reported.school_code) as school_code,
        plans_reported.stage,
        class_names.class_key,
        plans_reported.figure_year,
        plans_reported.grade,
        plans_reported.measure_zh,
        plans_reported.deadline,
        plans_reported.responsible_person
    from {{ ref('stg_class_plans') }} as plans_reported
    inner join {{ ref('int_class_names') }} as class_names on plans_reported.class_name = class_names.class_name
    left join {{ ref('int_school_successors') }} as successors
        on
            plans_reported.school_code = successors.school_code
            and successors.renamed_school_code is not null

),

-- a class keeps its distance between school year and grade; so does the plan made for it
plans as (

    select
        current_spells.school_code,
        current_spells.stage,
        current_spells.entry_school_year,
        current_spells.class_name,
        named_plans.measure_zh,
        named_plans.deadline,
        named_plans.responsible_person,
        row_number() over (
            partition by
                current_spells.school_code,
                current_spells.stage,
                current_spells.entry_school_year,
                current_spells.class_name
            order by named_plans.figure_year desc
        ) as recency
    from current_spells
    inner join counts
        on
            {{ same_key('current_spells', 'counts', class_key) }}
            and counts.recency = 1
    inner join {{ ref('int_class_names') }} as class_names on current_spells.class_name = class_names.class_name
    inner join named_plans
        on
            current_spells.school_code = named_plans.school_code
            and current_spells.stage = named_plans.stage
            and class_names.class_key = named_plans.class_key
            and {{ school_year_of('counts.observed_on') }} - {{ grade_level('counts.grade') }}
            = named_plans.figure_year - {{ grade_level('named_plans.grade') }}

),

context as (

    select as_of from {{ ref('stg_build_context') }}

),

final as (

    select
        current_spells.district_code,
        current_spells.school_code,
        schools.school_name,
        schools.town,
        current_spells.stage,
        current_spells.entry_school_year,
        current_spells.class_name,
        cast(
            case
                when current_spells.state = 'closed' then current_spells.classes_until_then
                else current_spells.open_classes
            end as bigint
        ) as classes,
        first_seen.grade as grade_when_opened,
        last_seen.grade as latest_grade,
        current_spells.opened_on,
        cast(openings.times_opened as bigint) as times_opened,
        openings.last_opened_on,
        first_seen.students_per_class as students_when_opened,
        first_seen.peak_students,
        last_seen.students_per_class as latest_students,
        last_seen.size_band_minimum as latest_size_minimum,
        last_seen.size_band_maximum as latest_size_maximum,
        last_seen.standard_size,
        {{ larger_of('last_seen.students_per_class - last_seen.standard_size', 'cast(0 as double)') }} as excess_students,
        last_seen.observed_on as last_counted_on,
        plans.measure_zh,
        plans.deadline,
        plans.responsible_person,
        case
            when current_spells.state <> 'open' then current_spells.state
            when plans.measure_zh is null then 'to_start'
            else 'in_progress'
        end as state,
        case when current_spells.state = 'to_verify' then current_spells.valid_from end as to_verify_since,
        case when current_spells.state = 'to_verify' then current_spells.verdict end as to_verify_reason,
        case when current_spells.state = 'closed' then current_spells.verdict end as closing_reason,
        case when current_spells.state = 'closed' then current_spells.valid_from end as closed_on,
        openings.times_opened > 1 as is_reopened,
        {{ light("current_spells.state = 'closed'", 'plans.deadline', 'context.as_of') }} as light
    from current_spells
    cross join context
    inner join openings
        on {{ same_key('current_spells', 'openings', class_key) }}
    inner join counts as first_seen
        on
            {{ same_key('current_spells', 'first_seen', class_key) }}
            and first_seen.order_seen = 1
    inner join counts as last_seen
        on
            {{ same_key('current_spells', 'last_seen', class_key) }}
            and last_seen.recency = 1
    left join plans
        on
            {{ same_key('current_spells', 'plans', class_key) }}
            and plans.recency = 1
    left join {{ ref('int_latest_schools') }} as schools on current_spells.school_code = schools.school_code

)

select * from final
