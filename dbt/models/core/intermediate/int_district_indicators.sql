with limits as (

    {{ judged_standards('cv_limit') }}

),

totals as (

    select
        school_year,
        district_code,
        stage,
        indicator_code,
        sum(case when scope = 'in_scope' then 1 else 0 end) as schools_in_scope,
        sum(case when scope = 'in_scope' and value is not null then 1 else 0 end) as schools_available,
        sum(case when status = 'met' then 1 else 0 end) as schools_met,
        max(case when threshold is not null then 1 else 0 end) as has_threshold,
        max(case when is_judged then 1 else 0 end) = 1 as is_judged,
        sum(case when scope = 'in_scope' and value is not null then numerator end) as numerator,
        sum(case when scope = 'in_scope' and value is not null then denominator end) as students
    from {{ ref('int_school_indicators') }}
    group by school_year, district_code, stage, indicator_code

),

means as (

    select
        totals.*,
        totals.numerator * indicators.scale / nullif(totals.students, 0) as mean_value
    from totals
    inner join {{ ref('indicators') }} as indicators on totals.indicator_code = indicators.indicator_code

),

deviations as (

    select
        results.school_year,
        results.district_code,
        results.stage,
        results.indicator_code,
        sum(results.denominator * (results.value - means.mean_value) * (results.value - means.mean_value)) as weighted_squares
    from {{ ref('int_school_indicators') }} as results
    inner join means
        on
            results.school_year = means.school_year
            and results.district_code = means.district_code
            and results.stage = means.stage
            and results.indicator_code = means.indicator_code
    where results.scope = 'in_scope' and results.value is not null
    group by results.school_year, results.district_code, results.stage, results.indicator_code

),

spread as (

    select
        means.*,
        sqrt(deviations.weighted_squares / nullif(means.students, 0)) as standard_deviation,
        case
            when means.schools_available >= 2
                then sqrt(deviations.weighted_squares / nullif(means.students, 0)) / nullif(means.mean_value, 0)
        end as coefficient_of_variation,
        case when means.is_judged then limits.threshold end as cv_limit,
        limits.direction as cv_direction
    from means
    left join deviations
        on
            means.school_year = deviations.school_year
            and means.district_code = deviations.district_code
            and means.stage = deviations.stage
            and means.indicator_code = deviations.indicator_code
    left join limits
        on
            means.indicator_code = limits.indicator_code
            and means.stage = limits.stage
            and {{ in_force('limits', 'means.school_year') }}

),

final as (

    select
        school_year,
        district_code,
        stage,
        indicator_code,
        is_judged,
        cast(schools_in_scope as integer) as schools_in_scope,
        cast(schools_available as integer) as schools_available,
        case when has_threshold = 1 then cast(schools_met as integer) end as schools_met,
        case when has_threshold = 1 then schools_met / nullif(cast(schools_available as double), 0) end as met_share,
        mean_value,
        standard_deviation,
        coefficient_of_variation,
        cv_limit,
        case
            when cv_limit is not null and coefficient_of_variation is not null and schools_available < schools_in_scope
                then 'undetermined'
            else {{ status_of('coefficient_of_variation', 'cv_limit', 'cv_direction') }}
        end as cv_status
    from spread

)

select * from final
