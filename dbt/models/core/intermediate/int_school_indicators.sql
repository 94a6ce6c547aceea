with results as (

    select * from {{ ref('int_indicator_results') }}

),

needed as (

    select
        *,
        threshold * denominator / nullif(scale * stage_share, 0) as total_needed,
        threshold * floor_ratio * denominator / nullif(scale * stage_share, 0) as total_needed_for_floor
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
        ratio,
        status,
        missing_reason,
        case
            when status = 'met' then cast(0 as double)
            when status = 'not_met' then {{ steps_needed('total_needed', 'source_total', 'smallest_addition') }}
        end as gap_to_threshold,
        case
            when reaches_floor then cast(0 as double)
            when status = 'not_met' then {{ steps_needed('total_needed_for_floor', 'source_total', 'smallest_addition') }}
        end as gap_to_floor,
        case
            when status = 'met' then not {{ reaches(half_up('value', 'decimals'), 'threshold') }}
            when status = 'not_met' then {{ reaches(half_up('value', 'decimals'), 'threshold') }}
        end as rounding_flips_verdict,
        scope,
        reaches_floor
    from needed

)

select * from final
