with pay as (

    select
        school_year,
        district_code,
        school_code,
        ownership as own_ownership,
        staff,
        in_post_teachers,
        temporary_teachers,
        fully_insured_staff,
        in_post_heads,
        in_post_pay_yuan,
        temporary_heads,
        temporary_pay_yuan
    from {{ ref('int_kindergarten_pay') }}

),

due as (

    select
        stages.school_year,
        stages.district_code,
        stages.school_code,
        schools.ownership as own_ownership
    from {{ ref('int_school_stages') }} as stages
    inner join {{ ref('int_schools') }} as schools
        on
            stages.school_year = schools.school_year
            and stages.school_code = schools.school_code
    where stages.is_due and stages.stage = 'preschool'

),

kinds as (

    select
        own_ownership,
        own_ownership as ownership
    from pay
    where own_ownership is not null
    union
    select
        own_ownership,
        own_ownership as ownership
    from due
    where own_ownership is not null
    union
    select
        own_ownership,
        'all' as ownership
    from pay
    union
    select
        own_ownership,
        'all' as ownership
    from due

),

counted_due as (

    select
        due.school_year,
        due.district_code,
        kinds.ownership,
        count(*) as kindergartens_due
    from due
    inner join kinds on coalesce(due.own_ownership, '') = coalesce(kinds.own_ownership, '')
    group by due.school_year, due.district_code, kinds.ownership

),

totals as (

    select
        pay.school_year,
        pay.district_code,
        kinds.ownership,
        count(*) as kindergartens,
        cast(sum(pay.in_post_teachers) as bigint) as in_post_teachers,
        cast(sum(pay.temporary_teachers) as bigint) as temporary_teachers,
        sum(pay.in_post_pay_yuan) / nullif(sum(pay.in_post_heads), 0) as in_post_mean_annual_pay_yuan,
        sum(pay.temporary_pay_yuan) / nullif(sum(pay.temporary_heads), 0) as temporary_mean_annual_pay_yuan,
        cast(sum(pay.in_post_heads) as bigint) as in_post_heads,
        cast(sum(pay.temporary_heads) as bigint) as temporary_heads,
        cast(sum(pay.staff) as bigint) as staff,
        cast(sum(pay.fully_insured_staff) as bigint) as fully_insured_staff,
        cast(sum(pay.staff - pay.fully_insured_staff) as bigint) as staff_not_fully_insured,
        sum(case when pay.staff is not null then pay.fully_insured_staff end)
        / nullif(cast(sum(case when pay.fully_insured_staff is not null then pay.staff end) as double), 0) as insured_share
    from pay
    inner join kinds on coalesce(pay.own_ownership, '') = coalesce(kinds.own_ownership, '')
    group by pay.school_year, pay.district_code, kinds.ownership

),

final as (

    select
        coalesce(totals.school_year, counted_due.school_year) as school_year,
        coalesce(totals.district_code, counted_due.district_code) as district_code,
        coalesce(totals.ownership, counted_due.ownership) as ownership,
        coalesce(totals.kindergartens, 0) as kindergartens,
        coalesce(counted_due.kindergartens_due, 0) as kindergartens_due,
        totals.in_post_teachers,
        totals.temporary_teachers,
        totals.in_post_mean_annual_pay_yuan,
        totals.temporary_mean_annual_pay_yuan,
        totals.temporary_mean_annual_pay_yuan / nullif(totals.in_post_mean_annual_pay_yuan, 0) as pay_ratio,
        totals.staff,
        totals.fully_insured_staff,
        totals.staff_not_fully_insured,
        totals.insured_share,
        case
            when totals.in_post_mean_annual_pay_yuan is null and totals.temporary_mean_annual_pay_yuan is null
                then 'not_available'
            else 'available'
        end as pay_status
    from totals
    full outer join counted_due
        on
            totals.school_year = counted_due.school_year
            and totals.district_code = counted_due.district_code
            and totals.ownership = counted_due.ownership

)

select * from final
