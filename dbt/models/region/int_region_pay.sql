-- the region's public kindergartens together, and whether their means may be seen
with pay as (

    select * from {{ ref('int_kindergarten_pay') }}

),

totals as (

    select
        school_year,
        sum(in_post_pay_yuan) / nullif(sum(in_post_heads), 0) as in_post_mean_annual_pay_yuan,
        sum(temporary_pay_yuan) / nullif(sum(temporary_heads), 0) as temporary_mean_annual_pay_yuan,
        sum(in_post_heads) as in_post_heads,
        sum(temporary_heads) as temporary_heads
    from pay
    where ownership = 'public'
    group by school_year

),

hidden_districts as (

    select
        school_year,
        district_code
    from {{ ref('committee_district_kindergarten_pay') }}
    where ownership = 'public' and pay_status = 'suppressed'

),

-- the region's total less everything that is published leaves what the hidden kindergartens of these districts pay
hidden as (

    select
        kindergartens.school_year,
        kindergartens.district_code,
        sum(coalesce(kindergartens.in_post_teachers, 0)) as in_post_teachers,
        sum(coalesce(kindergartens.temporary_teachers, 0)) as temporary_teachers
    from {{ ref('committee_kindergarten_pay') }} as kindergartens
    inner join hidden_districts
        on
            kindergartens.school_year = hidden_districts.school_year
            and kindergartens.district_code = hidden_districts.district_code
    where kindergartens.ownership = 'public' and kindergartens.pay_status = 'suppressed'
    group by kindergartens.school_year, kindergartens.district_code

),

pooled as (

    select
        hidden_districts.school_year,
        count(*) as districts_hidden,
        sum(case when hidden.in_post_teachers > 0 then 1 else 0 end) as in_post_districts,
        sum(case when hidden.temporary_teachers > 0 then 1 else 0 end) as temporary_districts,
        sum(coalesce(hidden.in_post_teachers, 0)) as in_post_teachers,
        sum(coalesce(hidden.temporary_teachers, 0)) as temporary_teachers
    from hidden_districts
    left join hidden
        on
            hidden_districts.school_year = hidden.school_year
            and hidden_districts.district_code = hidden.district_code
    group by hidden_districts.school_year

),

final as (

    select
        totals.school_year,
        totals.in_post_mean_annual_pay_yuan,
        totals.temporary_mean_annual_pay_yuan,
        coalesce(
            pooled.districts_hidden = 1
            or pooled.in_post_districts = 1
            or pooled.temporary_districts = 1
            or {{ is_too_few('pooled.in_post_teachers') }}
            or {{ is_too_few('pooled.temporary_teachers') }},
            false
        )
        or {{ is_too_few('coalesce(totals.in_post_heads, 0)') }}
        or {{ is_too_few('coalesce(totals.temporary_heads, 0)') }} as is_hidden
    from totals
    left join pooled on totals.school_year = pooled.school_year

)

select * from final
