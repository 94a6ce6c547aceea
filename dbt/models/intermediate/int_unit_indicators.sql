-- one expression an indicator: what the school reports for it, in the indicator's own unit
with units as (

    select
        school_year,
        school_code,
        stage
    from {{ ref('int_units') }}

),

wide as (

    select
        units.school_year,
        units.school_code,
        units.stage,
        teachers.above_required_degree_teachers as above_required_degree_teachers_per_100_students,
        teachers.backbone_teachers as backbone_teachers_per_100_students,
        teachers.pe_art_teachers as pe_art_teachers_per_100_students,
        resources.teaching_area_m2 as teaching_area_m2_per_student,
        resources.sports_area_m2 as sports_area_m2_per_student,
        resources.equipment_yuan as equipment_yuan_per_student,
        resources.multimedia_classrooms as multimedia_classrooms_per_100_students,
        teachers.full_time_teachers as full_time_teachers_per_100_students,
        resources.books as books_per_student,
        resources.computers as computers_per_100_students
    from units
    left join {{ ref('int_unit_teachers') }} as teachers
        on
            units.school_year = teachers.school_year
            and units.school_code = teachers.unit_school_code
            and units.stage = teachers.stage
    left join {{ ref('int_unit_resources') }} as resources
        on
            units.school_year = resources.school_year
            and units.school_code = resources.unit_school_code

)

select * from wide
