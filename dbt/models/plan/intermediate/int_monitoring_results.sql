-- Each result with Wilson's interval at 95 %, and its difference from the city's with the interval of a difference (Newcombe);
-- where the city's pupils aren't stated, its share counts as known. What another body found of the city is no comparison.
with results as (

    select
        *,
        {{ wilson_low('level_three_share', 'students') }} as level_three_share_low,
        {{ wilson_high('level_three_share', 'students') }} as level_three_share_high
    from {{ ref('stg_monitoring_results') }}

),

limits as (

    {{ judged_standards('education_quality') }}

),

compared as (

    select
        results.district_code,
        results.figure_year as monitoring_year,
        results.stage,
        results.subject,
        results.surveyed_by,
        results.students,
        results.level_three_share,
        results.level_three_share_low,
        results.level_three_share_high,
        city.level_three_share as city_level_three_share,
        results.level_three_share - city.level_three_share as level_three_share_above_city,
        results.level_three_share - results.level_three_share_low as below,
        results.level_three_share_high - results.level_three_share as above,
        coalesce(city.level_three_share - city.level_three_share_low, 0) as city_below,
        coalesce(city.level_three_share_high - city.level_three_share, 0) as city_above,
        results.between_school_difference
    from results
    left join results as city
        on
            results.district_code = city.district_code
            and results.figure_year = city.figure_year
            and results.stage = city.stage
            and results.subject = city.subject
            and coalesce(results.surveyed_by = city.surveyed_by, true)
            and city.population = 'city'
    where results.population = 'district'

),

bounded as (

    select
        *,
        level_three_share_above_city - sqrt(below * below + city_above * city_above) as level_three_share_above_city_low,
        level_three_share_above_city + sqrt(above * above + city_below * city_below) as level_three_share_above_city_high
    from compared

),

final as (

    select
        bounded.district_code,
        bounded.monitoring_year,
        bounded.stage,
        bounded.subject,
        bounded.surveyed_by,
        bounded.students,
        bounded.level_three_share,
        bounded.level_three_share_low,
        bounded.level_three_share_high,
        bounded.city_level_three_share,
        bounded.level_three_share_above_city,
        bounded.level_three_share_above_city_low,
        bounded.level_three_share_above_city_high,
        case
            when bounded.level_three_share_above_city_low is null then 'not_available'
            when bounded.level_three_share_above_city_low > 0 then 'above'
            when bounded.level_three_share_above_city_high < 0 then 'below'
            else 'not_decided'
        end as city_comparison,
        bounded.between_school_difference,
        limits.threshold as between_school_difference_limit,
        case
            when bounded.between_school_difference is null then 'not_available'
            when bounded.between_school_difference < limits.threshold then 'met'
            else 'not_met'
        end as between_school_status
    from bounded
    left join limits
        on
            limits.indicator_code = 'between_school_difference'
            and {{ in_force('limits', 'bounded.monitoring_year') }}

)

select * from final
