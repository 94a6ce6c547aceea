with pay as (

    select * from {{ ref('int_kindergarten_pay') }}

),

means as (

    select
        *,
        in_post_pay_yuan / nullif(in_post_heads, 0) as in_post_mean,
        temporary_pay_yuan / nullif(temporary_heads, 0) as temporary_mean
    from pay

),

final as (

    select
        school_year,
        district_code,
        school_code,
        ownership,
        in_post_teachers,
        temporary_teachers,
        cast(in_post_mean as double) as in_post_mean_annual_pay_yuan,
        cast(temporary_mean as double) as temporary_mean_annual_pay_yuan,
        temporary_mean / nullif(in_post_mean, 0) as pay_ratio,
        staff,
        fully_insured_staff,
        staff - fully_insured_staff as staff_not_fully_insured,
        fully_insured_staff / nullif(cast(staff as double), 0) as insured_share,
        case when in_post_mean is null and temporary_mean is null then 'not_available' else 'available' end as pay_status
    from means

)

select * from final
