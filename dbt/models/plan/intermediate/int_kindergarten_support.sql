-- every kindergarten of the register, with what it reported for the year
with kindergartens as (

    select
        school_year,
        district_code,
        school_code,
        ownership,
        ownership = 'public' or coalesce(is_inclusive, false) as is_inclusive
    from {{ ref('int_schools') }}
    where school_type = 'kindergarten'

),

final as (

    select
        kindergartens.school_year,
        kindergartens.district_code,
        kindergartens.school_code,
        kindergartens.ownership,
        kindergartens.is_inclusive,
        reported.children,
        reported.inclusive_assessment,
        reported.nursery_places,
        reported.nursery_children,
        reported.public_funding_yuan,
        reported.guard_subsidy_yuan,
        reported.fee_yuan_per_month
    from kindergartens
    left join {{ ref('stg_kindergarten_support') }} as reported
        on
            kindergartens.school_year = reported.figure_year
            and kindergartens.school_code = reported.school_code

)

select * from final
