-- who owes the return by the register
with owed as (

    select
        school_year,
        district_code,
        count(distinct school_code) as schools_due
    from {{ ref('int_school_stages') }}
    where stage = 'secondary_vocational' and school_type = 'secondary_vocational' and is_due
    group by school_year, district_code

),

schools as (

    select
        schools.district_code,
        vocational.*
    from {{ ref('stg_vocational_enrolment') }} as vocational
    inner join {{ ref('int_schools') }} as schools
        on
            vocational.school_year = schools.school_year
            and vocational.school_code = schools.school_code
    where vocational.upper_secondary_type = 'secondary_vocational'

),

standards as (

    {{ judged_standards('setting_standard') }}

),

counted as (

    select
        school_year,
        district_code,
        count(*) as schools,
        sum(planned_entrants) as planned_entrants,
        sum(entrants) as entrants,
        {{ sum_if_complete('full_time_teachers') }} as full_time_teachers,
        {{ sum_if_complete('specialised_teachers') }} as specialised_teachers,
        {{ sum_if_complete('dual_qualified_teachers') }} as dual_qualified_teachers,
        {{ sum_if_complete('senior_title_teachers') }} as senior_title_teachers,
        {{ sum_if_complete('part_time_teachers') }} as part_time_teachers
    from schools
    group by school_year, district_code

),

-- a district in which nobody has sent the return owes it all the same
united as (

    select
        coalesce(owed.school_year, counted.school_year) as school_year,
        coalesce(owed.district_code, counted.district_code) as district_code,
        coalesce(owed.schools_due, 0) as schools_due,
        coalesce(counted.schools, 0) as schools,
        counted.planned_entrants,
        counted.entrants,
        counted.full_time_teachers,
        counted.specialised_teachers,
        counted.dual_qualified_teachers,
        counted.senior_title_teachers,
        counted.part_time_teachers
    from owed
    full outer join counted
        on
            owed.school_year = counted.school_year
            and owed.district_code = counted.district_code

),

shares as (

    select
        *,
        dual_qualified_teachers / nullif(specialised_teachers, 0) as dual_qualified_teacher_share,
        specialised_teachers / nullif(full_time_teachers, 0) as specialised_teacher_share,
        senior_title_teachers / nullif(full_time_teachers, 0) as senior_title_teacher_share,
        part_time_teachers / nullif(full_time_teachers, 0) as part_time_teacher_share
    from united

),

final as (

    select
        shares.school_year,
        shares.district_code,
        {{ larger_of('shares.schools_due', 'shares.schools') }} as schools_due,
        shares.schools,
        cast(shares.planned_entrants as bigint) as planned_entrants,
        cast(shares.entrants as bigint) as entrants,
        shares.entrants / nullif(cast(shares.planned_entrants as double), 0) as intake_share_of_plan,
        cast(shares.full_time_teachers as bigint) as full_time_teachers,
        cast(shares.specialised_teachers as bigint) as specialised_teachers,
        cast(shares.dual_qualified_teachers as bigint) as dual_qualified_teachers,
        cast(shares.senior_title_teachers as bigint) as senior_title_teachers,
        cast(shares.part_time_teachers as bigint) as part_time_teachers,
        shares.dual_qualified_teacher_share,
        shares.specialised_teacher_share,
        shares.senior_title_teacher_share,
        shares.part_time_teacher_share,
        {{ status_of(
            'case when shares.schools >= shares.schools_due then shares.dual_qualified_teacher_share end', 'dual.threshold', 'dual.direction'
        ) }} as dual_qualified_status,
        {{ status_of(
            'case when shares.schools >= shares.schools_due then shares.specialised_teacher_share end', 'specialised.threshold', 'specialised.direction'
        ) }} as specialised_status,
        {{ status_of(
            'case when shares.schools >= shares.schools_due then shares.senior_title_teacher_share end', 'senior.threshold', 'senior.direction'
        ) }} as senior_title_status
    from shares
    left join standards as dual
        on dual.indicator_code = 'dual_qualified_teacher_share' and {{ in_force('dual', 'shares.school_year') }}
    left join standards as specialised
        on specialised.indicator_code = 'specialised_teacher_share' and {{ in_force('specialised', 'shares.school_year') }}
    left join standards as senior
        on senior.indicator_code = 'senior_title_teacher_share' and {{ in_force('senior', 'shares.school_year') }}

)

select * from final
