-- the indicator below its floor if there is one; else any that is below its threshold
with schools as (

    select * from {{ ref('int_school_compliance') }}
    where indicators_to_raise = 1

),

results as (

    select * from {{ ref('int_school_indicators') }}
    where is_judged and status = 'not_met'

),

needed as (

    {{ judged_standards('indicators_needed') }}

),

floors as (

    {{ judged_standards('floor_ratio') }}

),

chosen as (

    select
        schools.school_year,
        schools.district_code,
        schools.school_code,
        schools.stage,
        results.indicator_code,
        results.value,
        case
            when schools.indicators_met >= needed.threshold
                then {{ eased_limit('results.threshold', 'floors.threshold', 'results.direction') }}
            else results.threshold
        end as needed_value,
        case when schools.indicators_met >= needed.threshold then results.gap_to_floor else results.gap_to_threshold end
            as gap_needed,
        schools.indicators_met,
        schools.indicators_below,
        cast(
            count(*) over (partition by schools.school_year, schools.school_code, schools.stage) as integer
        ) as choices
    from schools
    inner join results
        on
            schools.school_year = results.school_year
            and schools.school_code = results.school_code
            and schools.stage = results.stage
            and (schools.indicators_below_floor = 0 or results.reaches_floor = false)
    inner join needed
        on
            schools.stage = needed.stage
            and {{ in_force('needed', 'schools.school_year') }}
    inner join floors
        on
            schools.stage = floors.stage
            and {{ in_force('floors', 'schools.school_year') }}

),

final as (

    select
        chosen.school_year,
        chosen.district_code,
        registered.town,
        chosen.school_code,
        chosen.stage,
        chosen.indicator_code,
        chosen.value,
        chosen.needed_value,
        chosen.gap_needed,
        indicators.numerator_unit_zh as unit_zh,
        cast(1 as double) as scale,
        case when indicators.smallest_addition = 1 then 0 else 2 end as decimals,
        chosen.indicators_met,
        chosen.indicators_below,
        chosen.choices
    from chosen
    inner join {{ ref('int_schools') }} as registered
        on
            chosen.school_year = registered.school_year
            and chosen.school_code = registered.school_code
    inner join {{ ref('indicators') }} as indicators on chosen.indicator_code = indicators.indicator_code

)

select * from final
