with results as (

    select
        results.school_year,
        results.district_code,
        coalesce(schools.town, '') as town,
        results.school_code,
        results.stage,
        results.indicator_code,
        results.gap_to_threshold
    from {{ ref('int_school_indicators') }} as results
    inner join {{ ref('int_schools') }} as schools
        on
            results.school_year = schools.school_year
            and results.school_code = schools.school_code
    where results.is_judged and results.scope = 'in_scope' and results.threshold is not null

),

indicators as (

    select * from {{ ref('indicators') }}

),

-- what is built for one stage serves the others of the school too; teachers belong to their stage
whole_schools as (

    select
        results.school_year,
        results.district_code,
        results.town,
        results.school_code,
        'all' as stage,
        results.indicator_code,
        case when indicators.is_split then max(results.gap_to_threshold) else sum(results.gap_to_threshold) end as gap,
        count(*) = count(results.gap_to_threshold) as is_available
    from results
    inner join indicators on results.indicator_code = indicators.indicator_code
    group by
        results.school_year, results.district_code, results.town, results.school_code, results.indicator_code,
        indicators.is_split

),

by_stage as (

    select
        school_year,
        district_code,
        town,
        school_code,
        stage,
        indicator_code,
        gap_to_threshold as gap,
        gap_to_threshold is not null as is_available
    from results
    union all
    select * from whole_schools

),

by_town as (

    select
        *,
        false as is_district_total
    from by_stage
    union all
    select
        school_year,
        district_code,
        'all' as town,
        school_code,
        stage,
        indicator_code,
        gap,
        is_available,
        true as is_district_total
    from by_stage

),

final as (

    select
        by_town.school_year,
        by_town.district_code,
        by_town.town,
        by_town.is_district_total,
        by_town.stage,
        by_town.indicator_code,
        indicators.sort_order,
        count(*) as schools_in_scope,
        count(case when by_town.is_available then 1 end) as schools_available,
        count(case when by_town.gap > 0 then 1 end) as schools_below,
        cast(sum(by_town.gap) as double) as gap,
        indicators.numerator_unit_zh as unit_zh,
        cast(1 as double) as scale,
        0 as decimals
    from by_town
    inner join indicators on by_town.indicator_code = indicators.indicator_code
    group by
        by_town.school_year, by_town.district_code, by_town.town, by_town.is_district_total, by_town.stage,
        by_town.indicator_code, indicators.sort_order, indicators.numerator_unit_zh

)

select * from final
