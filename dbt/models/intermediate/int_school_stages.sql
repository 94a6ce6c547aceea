with schools as (

    select
        school_year,
        school_code,
        school_type,
        unit_school_code,
        district_code
    from {{ ref('int_schools') }}

),

due as (

    select
        schools.school_year,
        schools.school_code,
        stages.stage
    from schools
    inner join {{ ref('school_type_stages') }} as stages on schools.school_type = stages.school_type

),

with_rows as (

    select
        school_year,
        school_code,
        stage,
        'enrolment' as feed
    from {{ ref('stg_enrolment') }}
    union all
    select
        school_year,
        school_code,
        stage,
        'staffing' as feed
    from {{ ref('stg_staffing') }}
    union all
    select
        school_year,
        school_code,
        stage,
        'class_sizes' as feed
    from {{ ref('int_class_totals') }}
    union all
    select
        school_year,
        school_code,
        stage,
        'quarantined' as feed
    from {{ ref('stg_quarantined_rows') }}
    where stage is not null and school_code is not null

),

united as (

    select
        school_year,
        school_code,
        stage,
        'due' as feed
    from due
    union all
    select
        school_year,
        school_code,
        stage,
        feed
    from with_rows

),

listed as (

    select
        school_year,
        school_code,
        stage,
        max(case when feed = 'due' then 1 else 0 end) = 1 as is_due,
        max(case when feed = 'enrolment' then 1 else 0 end) = 1 as has_enrolment,
        max(case when feed = 'staffing' then 1 else 0 end) = 1 as has_staffing,
        max(case when feed = 'class_sizes' then 1 else 0 end) = 1 as has_class_sizes
    from united
    group by school_year, school_code, stage

),

final as (

    select
        listed.school_year,
        schools.district_code,
        listed.school_code,
        schools.unit_school_code,
        schools.school_type,
        listed.stage,
        listed.is_due,
        listed.has_enrolment,
        listed.has_staffing,
        listed.has_class_sizes
    from listed
    inner join schools
        on
            listed.school_year = schools.school_year
            and listed.school_code = schools.school_code

)

select * from final
