with stages as (

    select * from {{ ref('int_unit_stages') }}
    where {{ is_judged_stage('stage') }}

),

masters as (

    select
        school_year,
        school_code,
        school_name,
        school_type,
        ownership
    from {{ ref('int_schools') }}

),

minimum as (

    {{ judged_standards('minimum_students') }}

),

final as (

    select
        stages.school_year,
        stages.district_code,
        stages.unit_school_code as school_code,
        masters.school_name,
        masters.school_type,
        stages.stage,
        stages.students,
        stages.classes,
        stages.students_missing_reason,
        stages.stage_share,
        stages.share_missing_reason,
        teachers.full_time_teachers,
        teachers.above_required_degree_teachers,
        teachers.backbone_teachers,
        teachers.certified_teachers,
        teachers.trained_360_hours_teachers,
        teachers.pe_art_teachers,
        resources.teaching_area_m2,
        resources.sports_area_m2,
        resources.equipment_yuan,
        resources.multimedia_classrooms,
        resources.books,
        resources.computers,
        case
            when masters.school_type in ('special', 'secondary_vocational', 'technician', 'senior_technician') then 'out_of_scope'
            when stages.students < minimum.threshold then 'out_of_scope'
            when stages.students = 0 then 'not_applicable'
            else 'in_scope'
        end as scope
    from stages
    inner join masters
        on
            stages.school_year = masters.school_year
            and stages.unit_school_code = masters.school_code
    left join minimum
        on
            stages.stage = minimum.stage
            and masters.school_type = minimum.school_kind
            and {{ in_force('minimum', 'stages.school_year') }}
    left join {{ ref('int_unit_teachers') }} as teachers
        on
            stages.school_year = teachers.school_year
            and stages.unit_school_code = teachers.unit_school_code
            and stages.stage = teachers.stage
    left join {{ ref('int_unit_resources') }} as resources
        on
            stages.school_year = resources.school_year
            and stages.unit_school_code = resources.unit_school_code

)

select * from final
