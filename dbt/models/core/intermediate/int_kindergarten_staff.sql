-- Numbers of staff, and whether their pay is reported: for models that need no amounts, so that they read no pay.
with reported as (

    select * from {{ ref('stg_kindergarten_pay') }}

),

schools as (

    select * from {{ ref('int_schools') }}

),

final as (

    select
        reported.school_year,
        schools.district_code,
        reported.school_code,
        schools.ownership,
        reported.staff,
        reported.in_post_teachers,
        reported.temporary_teachers,
        reported.fully_insured_staff,
        case
            when
                (reported.in_post_teachers = 0 or reported.in_post_annual_pay_yuan is not null)
                and (reported.temporary_teachers = 0 or reported.temporary_annual_pay_yuan is not null)
                and reported.in_post_teachers is not null
                and reported.temporary_teachers is not null
                then 1
        end as pay_known
    from reported
    inner join schools
        on
            reported.school_year = schools.school_year
            and reported.school_code = schools.school_code

)

select * from final
