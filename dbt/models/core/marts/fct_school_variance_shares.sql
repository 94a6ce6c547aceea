-- What each unit adds to the variation between schools: its weighted squared distance from the mean.
-- The shares of an indicator sum to 1; with no variation there is nothing to share.
with units as (

    select
        school_year,
        district_code,
        school_code,
        stage,
        indicator_code,
        denominator,
        value
    from {{ ref('int_school_indicators') }}
    where scope = 'in_scope' and value is not null

),

district as (

    select * from {{ ref('int_district_indicators') }}

),

distances as (

    select
        units.school_year,
        units.district_code,
        units.school_code,
        units.stage,
        units.indicator_code,
        cast(units.denominator as double) as weight,
        units.value - district.mean_value as distance_from_mean,
        units.denominator * (units.value - district.mean_value) * (units.value - district.mean_value) as weighted_square
    from units
    inner join district
        on
            units.school_year = district.school_year
            and units.district_code = district.district_code
            and units.stage = district.stage
            and units.indicator_code = district.indicator_code

),

totals as (

    select
        school_year,
        district_code,
        stage,
        indicator_code,
        sum(weight) as weight,
        sum(weighted_square) as weighted_squares
    from distances
    group by school_year, district_code, stage, indicator_code

),

final as (

    select
        distances.school_year,
        distances.district_code,
        distances.school_code,
        distances.stage,
        distances.indicator_code,
        distances.weight / nullif(totals.weight, 0) as student_share,
        distances.distance_from_mean,
        distances.weighted_square / nullif(totals.weighted_squares, 0) as variance_share
    from distances
    inner join totals
        on
            distances.school_year = totals.school_year
            and distances.district_code = totals.district_code
            and distances.stage = totals.stage
            and distances.indicator_code = totals.indicator_code

)

select * from final
