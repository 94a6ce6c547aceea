-- One row per school year and school with compulsory stages: its students and the largest size allowed.
with units as (

    select
        school_year,
        district_code,
        school_code,
        max(school_type) as school_type,
        count(distinct stage) as stages,
        max(stage) as any_stage,
        {{ sum_if_complete('students') }} as students
    from {{ ref('int_units') }}
    where scope = 'in_scope'
    group by school_year, district_code, school_code

),

kinds as (

    select
        units.*,
        case when units.stages > 1 then 'all' else units.any_stage end as stage,
        case
            when units.stages > 1 and units.school_type = 'twelve_year' then 'twelve_year'
            when units.stages > 1 then 'nine_year'
            else ''
        end as long_school,
        coalesce(schools.is_planned_and_built_by_2010, false) as is_built_by_2010
    from units
    inner join {{ ref('int_schools') }} as schools
        on
            units.school_year = schools.school_year
            and units.school_code = schools.school_code

),

named as (

    select
        *,
        case
            when long_school <> '' and is_built_by_2010 then concat(long_school, '_built_by_2010')
            when long_school <> '' then long_school
            when is_built_by_2010 then 'built_by_2010'
            else 'all'
        end as school_kind
    from kinds

),

standards as (

    {{ judged_standards('government_guarantee') }}

),

final as (

    select
        named.school_year,
        named.district_code,
        named.school_code,
        named.students,
        standards.threshold as largest_size,
        named.students <= standards.threshold as is_within
    from named
    left join standards
        on
            standards.indicator_code = 'school_size_students'
            and named.stage = standards.stage
            and named.school_kind = standards.school_kind
            and {{ in_force('standards', 'named.school_year') }}

)

select * from final
