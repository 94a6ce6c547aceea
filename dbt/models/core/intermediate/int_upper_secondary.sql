with due as (

    select
        school_year,
        district_code,
        school_code,
        case
            when school_type = 'senior_technician' then 'technician'
            when school_type in ('secondary_vocational', 'technician') then school_type
            else 'general'
        end as upper_secondary_type
    from {{ ref('int_school_stages') }}
    where stage in ('senior_secondary', 'secondary_vocational') and is_due

),

reported as (

    select
        enrolment.school_year,
        schools.district_code,
        enrolment.school_code,
        enrolment.upper_secondary_type,
        case when enrolment.upper_secondary_type is not null then enrolment.students end as students
    from {{ ref('stg_vocational_enrolment') }} as enrolment
    inner join {{ ref('int_schools') }} as schools
        on
            enrolment.school_year = schools.school_year
            and enrolment.school_code = schools.school_code

),

united as (

    select
        coalesce(due.school_year, reported.school_year) as school_year,
        coalesce(due.district_code, reported.district_code) as district_code,
        coalesce(reported.upper_secondary_type, due.upper_secondary_type) as upper_secondary_type,
        reported.students
    from due
    full outer join reported
        on
            due.school_year = reported.school_year
            and due.school_code = reported.school_code

),

-- none where there is no such school; missing where there are some and none has reported
counted as (

    select
        school_year,
        district_code,
        {{ sum_of_kind('students', 'upper_secondary_type', 'secondary_vocational') }} as vocational_students,
        {{ sum_of_kind('students', 'upper_secondary_type', 'technician') }} as technician_students,
        {{ sum_of_kind('students', 'upper_secondary_type', 'general') }} as general_students,
        count(*) as schools_due,
        count(students) as schools_available
    from united
    group by school_year, district_code

),

final as (

    select
        school_year,
        district_code,
        vocational_students,
        technician_students,
        general_students,
        vocational_students
        / nullif(cast(vocational_students + general_students as double), 0) as vocational_share,
        (vocational_students + technician_students)
        / nullif(cast(vocational_students + technician_students + general_students as double), 0)
            as vocational_share_with_technician,
        schools_due,
        schools_available
    from counted

)

select * from final
