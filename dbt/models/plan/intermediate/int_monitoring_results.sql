with results as (

    select * from {{ ref('stg_monitoring_results') }}

),

limits as (

    {{ judged_standards('education_quality') }}

),

final as (

    select
        results.district_code,
        results.figure_year as monitoring_year,
        results.stage,
        results.subject,
        results.students,
        results.level_three_share,
        city.level_three_share as city_level_three_share,
        results.level_three_share - city.level_three_share as level_three_share_above_city,
        results.between_school_difference,
        limits.threshold as between_school_difference_limit,
        case
            when results.between_school_difference is null then 'not_available'
            when results.between_school_difference < limits.threshold then 'met'
            else 'not_met'
        end as between_school_status
    from results
    left join results as city
        on
            results.district_code = city.district_code
            and results.figure_year = city.figure_year
            and results.stage = city.stage
            and results.subject = city.subject
            and city.population = 'city'
    left join limits
        on
            limits.indicator_code = 'between_school_difference'
            and {{ in_force('limits', 'results.figure_year') }}
    where results.population = 'district'

)

select * from final
