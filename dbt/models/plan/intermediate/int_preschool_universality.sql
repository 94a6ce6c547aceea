with figures as (

    select
        *,
        case when denominator is null then numerator else numerator / nullif(denominator, 0) end as value
    from {{ ref('int_preschool_values') }}

),

standards as (

    {{ judged_standards('preschool_universality') }}

),

kinds as (

    select * from {{ ref('preschool_figures') }}

),

final as (

    select
        figures.school_year,
        figures.district_code,
        figures.figure_code,
        kinds.name_zh as figure_zh,
        kinds.sort_order,
        kinds.unit_zh,
        cast(kinds.scale as double) as scale,
        kinds.decimals,
        figures.numerator,
        figures.denominator,
        case when figures.denominator is not null then kinds.denominator_unit_zh end as denominator_unit_zh,
        case when figures.available > 0 then figures.value end as value,
        standards.threshold,
        figures.due as reports_due,
        figures.available as reports_available,
        {{ status_of(
            'case when figures.available >= figures.due then figures.value end', 'standards.threshold', 'standards.direction'
        ) }} as status
    from figures
    inner join kinds on figures.figure_code = kinds.figure_code
    left join standards
        on
            figures.figure_code = standards.indicator_code
            and standards.stage = 'preschool'
            and {{ in_force('standards', 'figures.school_year') }}

)

select * from final
