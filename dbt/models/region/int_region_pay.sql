-- Means over the public kindergartens of the districts whose own means may be seen. A hidden district has no part in them:
-- within a release nothing can be subtracted, and nothing of it was delivered.
with kindergartens as (

    select * from {{ ref('fct_kindergarten_pay') }}

),

shown as (

    select
        pay.school_year,
        pay.district_code
    from {{ ref('committee_district_kindergarten_pay') }} as pay
    inner join {{ source('region_state', 'districts') }} as deliveries on pay.district_code = deliveries.district_code
    where pay.ownership = 'public' and pay.pay_status <> 'suppressed' and deliveries.is_expected

),

final as (

    select
        kindergartens.school_year,
        sum(kindergartens.in_post_mean_annual_pay_yuan * kindergartens.in_post_teachers)
        / nullif(
            sum(case when kindergartens.in_post_mean_annual_pay_yuan is not null then kindergartens.in_post_teachers end), 0
        ) as in_post_mean_annual_pay_yuan,
        sum(kindergartens.temporary_mean_annual_pay_yuan * kindergartens.temporary_teachers)
        / nullif(
            sum(case when kindergartens.temporary_mean_annual_pay_yuan is not null then kindergartens.temporary_teachers end), 0
        ) as temporary_mean_annual_pay_yuan
    from kindergartens
    inner join shown
        on
            kindergartens.school_year = shown.school_year
            and kindergartens.district_code = shown.district_code
    where kindergartens.ownership = 'public'
    group by kindergartens.school_year

)

select * from final
