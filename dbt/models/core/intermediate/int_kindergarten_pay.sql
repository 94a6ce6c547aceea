with pay as (

    select * from {{ ref('stg_kindergarten_pay') }}

),

schools as (

    select * from {{ ref('int_schools') }}

),

final as (

    select
        pay.school_year,
        schools.district_code,
        pay.school_code,
        schools.ownership,
        pay.staff,
        pay.in_post_teachers,
        pay.temporary_teachers,
        pay.fully_insured_staff,
        -- a mean needs both its total and its heads
        case when pay.in_post_annual_pay_yuan is not null and pay.in_post_teachers > 0 then pay.in_post_teachers end
            as in_post_heads,
        case when pay.in_post_annual_pay_yuan is not null and pay.in_post_teachers > 0 then pay.in_post_annual_pay_yuan end
            as in_post_pay_yuan,
        case when pay.temporary_annual_pay_yuan is not null and pay.temporary_teachers > 0 then pay.temporary_teachers end
            as temporary_heads,
        case
            when pay.temporary_annual_pay_yuan is not null and pay.temporary_teachers > 0 then pay.temporary_annual_pay_yuan
        end as temporary_pay_yuan
    from pay
    inner join schools
        on
            pay.school_year = schools.school_year
            and pay.school_code = schools.school_code

)

select * from final
