with results as (

    select * from {{ ref('int_indicator_results') }}

),

needed as (

    select
        *,
        -- a total that is too large has to come down: turned to the other side of zero, it has to come up
        case when direction = 'at_most' then -1 else 1 end as turn,
        threshold * denominator / nullif(scale * stage_share, 0) as total_needed,
        {{ eased_limit('threshold', 'floor_ratio', 'direction') }} * denominator / nullif(scale * stage_share, 0)
            as total_needed_for_floor
    from results

),

final as (

    select
        school_year,
        district_code,
        school_code,
        stage,
        indicator_code,
        is_judged,
        numerator,
        denominator,
        source_total,
        stage_share,
        value,
        threshold,
        direction,
        ratio,
        status,
        missing_reason,
        case
            when status = 'met' then cast(0 as double)
            when status = 'not_met' then {{ steps_needed('turn * total_needed', 'turn * source_total', 'smallest_addition') }}
        end as gap_to_threshold,
        case
            when reaches_floor then cast(0 as double)
            when status = 'not_met'
                then {{ steps_needed('turn * total_needed_for_floor', 'turn * source_total', 'smallest_addition') }}
        end as gap_to_floor,
        case
            when status = 'met' then not {{ is_reached(half_up('value', 'decimals'), 'threshold', 'direction') }}
            when status = 'not_met' then {{ is_reached(half_up('value', 'decimals'), 'threshold', 'direction') }}
        end as rounding_flips_verdict,
        scope,
        reaches_floor
    from needed

)

select * from final
