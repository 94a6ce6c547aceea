with kindergartens as (

    select * from {{ ref('int_kindergarten_support') }}

),

pay as (

    select * from {{ ref('int_kindergarten_staff') }}

),

sizes as (

    {{ judged_standards('school_size') }}

),

norms as (

    {{ judged_standards('staffing_norm_maximum') }}

),

measured as (

    select
        kindergartens.school_year,
        kindergartens.district_code,
        kindergartens.school_code,
        kindergartens.ownership,
        kindergartens.children,
        pay.staff,
        kindergartens.children / nullif(cast(pay.staff as double), 0) as children_per_staff
    from kindergartens
    left join pay
        on
            kindergartens.school_year = pay.school_year
            and kindergartens.school_code = pay.school_code

),

final as (

    select
        measured.school_year,
        measured.district_code,
        measured.school_code,
        measured.ownership,
        cast(measured.children as bigint) as children,
        sizes.threshold as largest_size,
        case
            when sizes.threshold is null then 'not_applicable'
            when measured.children is null then 'not_available'
            when {{ stays_within('measured.children', 'sizes.threshold') }} then 'met'
            else 'not_met'
        end as size_status,
        cast(measured.staff as bigint) as staff,
        measured.children_per_staff,
        norms.threshold as most_children_per_staff,
        case
            when norms.threshold is null then 'not_applicable'
            when measured.children_per_staff is null then 'not_available'
            when {{ stays_within('measured.children_per_staff', 'norms.threshold') }} then 'met'
            else 'not_met'
        end as staffing_status
    from measured
    left join sizes
        on
            sizes.indicator_code = 'kindergarten_children'
            and {{ in_force('sizes', 'measured.school_year') }}
    left join norms
        on
            norms.indicator_code = 'children_per_staff'
            and norms.school_kind = 'full_day'
            and {{ in_force('norms', 'measured.school_year') }}

)

select * from final
