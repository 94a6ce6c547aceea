{{ config(materialized='view') }}

-- one expression per indicator: what the school reports for it, in the indicator's own unit
with units as (

    select * from {{ ref('int_units') }}

),

wide as (

    select
        school_year,
        district_code,
        school_code,
        stage,
        scope,
        students,
        students_missing_reason,
        stage_share,
        share_missing_reason,
        above_required_degree_teachers as above_required_degree_teachers_per_100_students,
        backbone_teachers as backbone_teachers_per_100_students,
        pe_art_teachers as pe_art_teachers_per_100_students,
        teaching_area_m2 as teaching_area_m2_per_student,
        sports_area_m2 as sports_area_m2_per_student,
        equipment_yuan as equipment_yuan_per_student,
        multimedia_classrooms as multimedia_classrooms_per_100_students,
        full_time_teachers as full_time_teachers_per_100_students,
        books as books_per_student,
        computers as computers_per_100_students
    from units

)

select * from wide
