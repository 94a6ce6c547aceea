{{ config(materialized='view') }}

with members as (

    select
        school_year,
        school_code,
        unit_school_code
    from {{ ref('int_schools') }}
    where unit_school_code is not null

),

reported as (

    select
        members.school_year,
        members.unit_school_code,
        areas.teaching_area_m2 - areas.indoor_sports_area_m2 as teaching_area_m2,
        areas.sports_ground_area_m2 + areas.indoor_sports_area_m2 as sports_area_m2,
        areas.equipment_10k_yuan * 10000 as equipment_yuan,
        areas.multimedia_classrooms,
        areas.books,
        areas.computers
    from members
    left join {{ ref('stg_floor_area') }} as areas
        on
            members.school_year = areas.school_year
            and members.school_code = areas.school_code

),

united as (

    select
        school_year,
        unit_school_code,
        {{ sum_if_complete('teaching_area_m2') }} as teaching_area_m2,
        {{ sum_if_complete('sports_area_m2') }} as sports_area_m2,
        {{ sum_if_complete('equipment_yuan') }} as equipment_yuan,
        {{ sum_if_complete('multimedia_classrooms') }} as multimedia_classrooms,
        {{ sum_if_complete('books') }} as books,
        {{ sum_if_complete('computers') }} as computers
    from reported
    group by school_year, unit_school_code

)

select * from united
