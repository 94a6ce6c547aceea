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
        stage
    from {{ ref('stg_enrolment') }}
    union
    select
        school_year,
        school_code,
        stage
    from {{ ref('stg_staffing') }}
    union
    select
        school_year,
        school_code,
        stage
    from {{ ref('int_class_totals') }}
    union
    select
        school_year,
        school_code,
        stage
    from {{ ref('stg_quarantined_rows') }}
    where stage is not null and school_code is not null

),

united as (

    select
        school_year,
        school_code,
        stage,
        1 as is_due
    from due
    union all
    select
        school_year,
        school_code,
        stage,
        0 as is_due
    from with_rows

),

final as (

    select
        united.school_year,
        schools.district_code,
        united.school_code,
        schools.unit_school_code,
        schools.school_type,
        united.stage,
        max(united.is_due) = 1 as is_due
    from united
    inner join schools
        on
            united.school_year = schools.school_year
            and united.school_code = schools.school_code
    group by
        united.school_year, schools.district_code, united.school_code, schools.unit_school_code,
        schools.school_type, united.stage

)

select * from final
