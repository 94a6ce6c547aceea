{{ config(alias='fct_kindergarten_pay') }}

with pay as (

    select * from {{ ref('fct_kindergarten_pay') }}

),

suppression as (

    select * from {{ ref('int_pay_suppression') }}

),

final as (

    select
        pay.school_year,
        pay.district_code,
        pay.school_code,
        pay.ownership,
        pay.in_post_teachers,
        pay.temporary_teachers,
        case when not (suppression.is_small or suppression.is_companion) then pay.in_post_mean_annual_pay_yuan end
            as in_post_mean_annual_pay_yuan,
        case when not (suppression.is_small or suppression.is_companion) then pay.temporary_mean_annual_pay_yuan end
            as temporary_mean_annual_pay_yuan,
        case when not (suppression.is_small or suppression.is_companion) then pay.pay_ratio end as pay_ratio,
        pay.staff,
        pay.fully_insured_staff,
        pay.staff_not_fully_insured,
        pay.insured_share,
        case when suppression.is_small or suppression.is_companion then 'suppressed' else pay.pay_status end as pay_status
    from pay
    inner join suppression
        on
            pay.school_year = suppression.school_year
            and pay.school_code = suppression.school_code

)

select * from final
