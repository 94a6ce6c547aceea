with standards as (

    select * from {{ ref('standards') }}
    where measure = 'school_threshold'

),

-- all standards of an indicator for schools have one direction, which the seed is tested for
directions as (

    select
        indicator_code,
        max(direction) as direction
    from standards
    group by indicator_code

),

final as (

    select
        indicators.indicator_code,
        indicators.sort_order,
        indicators.label_zh,
        indicators.label_en,
        indicators.numerator_unit_zh,
        indicators.unit_zh,
        indicators.scale,
        indicators.smallest_addition,
        indicators.decimals,
        directions.direction,
        indicators.domain,
        indicators.is_judged,
        indicators.feed,
        indicators.is_split
    from {{ ref('indicators') }} as indicators
    left join directions on indicators.indicator_code = directions.indicator_code

)

select * from final
