-- one pair of expressions per condition: on all premises, and on what the school owns
with schools as (

    select * from {{ ref('int_schools') }}
    where school_type in ('secondary_vocational', 'technician', 'senior_technician') and unit_school_code is not null

),

-- campuses first: a figure that any member didn't report makes the sum missing
report as (

    select
        schools.school_year,
        schools.unit_school_code,
        {{ sum_if_complete('enrolment.students') }} as students,
        {{ sum_if_complete('enrolment.campus_area_m2') }} as campus_area_m2,
        {{ sum_if_complete('enrolment.owned_campus_area_m2') }} as owned_campus_area_m2,
        {{ sum_if_complete('enrolment.floor_area_m2') }} as floor_area_m2,
        {{ sum_if_complete('enrolment.owned_floor_area_m2') }} as owned_floor_area_m2,
        {{ sum_if_complete('enrolment.full_time_teachers') }} as full_time_teachers,
        {{ sum_if_complete('enrolment.equipment_10k_yuan') }} as equipment_10k_yuan,
        {{ sum_if_complete('enrolment.books') }} as books
    from schools
    left join {{ ref('stg_vocational_enrolment') }} as enrolment
        on
            schools.school_year = enrolment.school_year
            and schools.school_code = enrolment.school_code
    group by schools.school_year, schools.unit_school_code

),

wide as (

    select
        schools.school_year,
        schools.district_code,
        schools.school_code,
        schools.school_type,
        schools.founded_year,
        report.students,
        report.campus_area_m2,
        report.owned_campus_area_m2,
        report.campus_area_m2 / nullif(report.students, 0) as campus_area_m2_per_student,
        report.owned_campus_area_m2 / nullif(report.students, 0) as owned_campus_area_m2_per_student,
        report.floor_area_m2,
        report.owned_floor_area_m2,
        report.floor_area_m2 / nullif(report.students, 0) as floor_area_m2_per_student,
        report.owned_floor_area_m2 / nullif(report.students, 0) as owned_floor_area_m2_per_student,
        report.full_time_teachers,
        report.full_time_teachers as owned_full_time_teachers,
        report.students / nullif(report.full_time_teachers, 0) as students_per_teacher,
        report.students / nullif(report.full_time_teachers, 0) as owned_students_per_teacher,
        report.equipment_10k_yuan,
        report.equipment_10k_yuan as owned_equipment_10k_yuan,
        report.equipment_10k_yuan * 10000 / nullif(report.students, 0) as equipment_yuan_per_student,
        report.equipment_10k_yuan * 10000 / nullif(report.students, 0) as owned_equipment_yuan_per_student,
        report.books / nullif(report.students, 0) as books_per_student,
        report.books / nullif(report.students, 0) as owned_books_per_student
    from schools
    inner join report
        on
            schools.school_year = report.school_year
            and schools.school_code = report.unit_school_code

)

select * from wide
