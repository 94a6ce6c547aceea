-- one pair of expressions a condition: on all premises, and on what the school owns
with schools as (

    select * from {{ ref('int_schools') }}
    where school_type in ('secondary_vocational', 'technician')

),

wide as (

    select
        schools.school_year,
        schools.district_code,
        schools.school_code,
        schools.school_type,
        schools.founded_year,
        report.campus_area_m2,
        report.owned_campus_area_m2,
        report.campus_area_m2 / nullif(report.students, 0) as campus_area_m2_per_student,
        report.owned_campus_area_m2 / nullif(report.students, 0) as owned_campus_area_m2_per_student,
        report.floor_area_m2,
        report.owned_floor_area_m2,
        report.floor_area_m2 / nullif(report.students, 0) as floor_area_m2_per_student,
        report.owned_floor_area_m2 / nullif(report.students, 0) as owned_floor_area_m2_per_student,
        cast(report.full_time_teachers as double) as full_time_teachers,
        cast(report.full_time_teachers as double) as owned_full_time_teachers,
        cast(report.students as double) / nullif(report.full_time_teachers, 0) as students_per_teacher,
        cast(report.students as double) / nullif(report.full_time_teachers, 0) as owned_students_per_teacher,
        report.equipment_10k_yuan,
        report.equipment_10k_yuan as owned_equipment_10k_yuan,
        report.equipment_10k_yuan * 10000 / nullif(report.students, 0) as equipment_yuan_per_student,
        report.equipment_10k_yuan * 10000 / nullif(report.students, 0) as owned_equipment_yuan_per_student,
        cast(report.books as double) / nullif(report.students, 0) as books_per_student,
        cast(report.books as double) / nullif(report.students, 0) as owned_books_per_student
    from schools
    left join {{ ref('stg_vocational_enrolment') }} as report
        on
            schools.school_year = report.school_year
            and schools.school_code = report.school_code

)

select * from wide
