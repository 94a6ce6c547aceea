{{ config(alias='fct_district_kindergarten_pay') }}

with district as (

    select * from {{ ref('fct_district_kindergarten_pay') }}

),

-- 1 or 2 people behind a mean of their owner, or a hidden kindergarten that its owner's total would give away
owners as (

    select
        pay.school_year,
        pay.district_code,
        pay.ownership,
        max(case when suppression.is_total_exposed then 1 else 0 end) as is_exposed,
        sum(coalesce(pay.in_post_heads, 0)) as in_post_heads,
        sum(coalesce(pay.temporary_heads, 0)) as temporary_heads
    from {{ ref('int_kindergarten_pay') }} as pay
    inner join {{ ref('int_pay_suppression') }} as suppression
        on
            pay.school_year = suppression.school_year
            and pay.school_code = suppression.school_code
    group by pay.school_year, pay.district_code, pay.ownership

),

exposed as (

    select
        school_year,
        district_code,
        ownership
    from owners
    where is_exposed = 1 or {{ is_too_few('in_post_heads') }} or {{ is_too_few('temporary_heads') }}

),

-- the total over all owners would give the hidden one away by subtraction
hidden as (

    select
        school_year,
        district_code,
        ownership
    from exposed
    union
    select
        school_year,
        district_code,
        'all' as ownership
    from exposed

),

final as (

    select
        district.school_year,
        district.district_code,
        district.ownership,
        district.kindergartens,
        district.kindergartens_due,
        district.in_post_teachers,
        district.temporary_teachers,
        case when hidden.ownership is null then district.in_post_mean_annual_pay_yuan end as in_post_mean_annual_pay_yuan,
        case when hidden.ownership is null then district.temporary_mean_annual_pay_yuan end
            as temporary_mean_annual_pay_yuan,
        case when hidden.ownership is null then district.pay_ratio end as pay_ratio,
        district.staff,
        district.fully_insured_staff,
        district.staff_not_fully_insured,
        district.insured_share,
        case when hidden.ownership is null then district.pay_status else 'suppressed' end as pay_status
    from district
    left join hidden
        on
            district.school_year = hidden.school_year
            and district.district_code = hidden.district_code
            and district.ownership = hidden.ownership

)

select * from final
