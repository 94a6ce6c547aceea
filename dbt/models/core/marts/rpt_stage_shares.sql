with stages as (

    select * from {{ ref('int_unit_stages') }}

),

final as (

    select
        stages.school_year,
        stages.district_code,
        stages.unit_school_code as school_code,
        schools.school_name as name_zh,
        stages.stage,
        stages.students,
        stages.classes,
        stages.weight,
        stages.weighted_students,
        stages.school_weighted_students,
        stages.stage_share,
        stages.school_stages
    from stages
    inner join {{ ref('int_schools') }} as schools
        on
            stages.school_year = schools.school_year
            and stages.unit_school_code = schools.school_code

)

select * from final
