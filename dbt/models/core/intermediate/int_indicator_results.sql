{{ config(materialized='view') }}

with totals as (

    select * from {{ ref('int_unit_indicators_long') }}

),

indicators as (

    select * from {{ ref('indicators') }}

),

thresholds as (

    {{ judged_standards('school_threshold') }}

),

limits as (

    {{ judged_standards('cv_limit') }}

),

floors as (

    {{ judged_standards('floor_ratio') }}

),

measured as (

    select
        totals.school_year,
        totals.district_code,
        totals.school_code,
        totals.stage,
        totals.indicator_code,
        totals.scope,
        totals.students,
        -- from the first school year on for which a standard judges by it; the years before stay as they were
        indicators.is_judged and (thresholds.threshold is not null or limits.threshold is not null) as is_judged,
        thresholds.direction,
        indicators.scale,
        indicators.smallest_addition,
        indicators.decimals,
        totals.source_total,
        case when indicators.is_judged then thresholds.threshold end as threshold,
        floors.threshold as floor_ratio,
        case when indicators.is_split then totals.stage_share else cast(1 as double) end as stage_share,
        case when totals.source_total is null then coalesce(missing_feeds.missing_reason, 'blank') end
            as total_missing_reason,
        coalesce(
            case when indicators.is_split then totals.share_missing_reason end,
            totals.students_missing_reason
        ) as students_missing_reason
    from totals
    inner join indicators on totals.indicator_code = indicators.indicator_code
    left join {{ ref('int_unit_missing_feeds') }} as missing_feeds
        on
            totals.school_year = missing_feeds.school_year
            and totals.school_code = missing_feeds.unit_school_code
            and missing_feeds.stage in (totals.stage, 'all')
            and indicators.feed = missing_feeds.feed
    left join thresholds
        on
            totals.indicator_code = thresholds.indicator_code
            and totals.stage = thresholds.stage
            and {{ in_force('thresholds', 'totals.school_year') }}
    left join limits
        on
            totals.indicator_code = limits.indicator_code
            and totals.stage = limits.stage
            and {{ in_force('limits', 'totals.school_year') }}
    left join floors
        on
            totals.stage = floors.stage
            and {{ in_force('floors', 'totals.school_year') }}

),

valued as (

    select
        *,
        source_total * stage_share as numerator,
        source_total * stage_share * scale / nullif(students, 0) as value
    from measured

),

final as (

    select
        school_year,
        district_code,
        school_code,
        stage,
        indicator_code,
        scope,
        is_judged,
        scale,
        smallest_addition,
        decimals,
        numerator,
        students as denominator,
        source_total,
        stage_share,
        value,
        threshold,
        direction,
        floor_ratio,
        {{ ratio_to_limit('value', 'threshold', 'direction') }} as ratio,
        case
            when scope <> 'in_scope' then scope
            when value is null then 'not_available'
            when threshold is null then 'not_applicable'
            when {{ is_reached('value', 'threshold', 'direction') }} then 'met'
            else 'not_met'
        end as status,
        case
            when scope = 'in_scope' and threshold is not null and value is not null
                then {{ is_reached('value', eased_limit('threshold', 'floor_ratio', 'direction'), 'direction') }}
        end as reaches_floor,
        -- what the resource lacks comes first, then what the students lack
        case
            when scope <> 'in_scope' or value is not null then null
            else coalesce(total_missing_reason, students_missing_reason)
        end as missing_reason
    from valued

)

select * from final
