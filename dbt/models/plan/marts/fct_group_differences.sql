-- How much of the difference between schools is between the education groups, and how much within them; a school that
-- changed its code is in its group in every year.
with teams as (

    select
        school_code,
        min(group_name) as group_name
    from {{ ref('int_group_memberships') }}
    where group_kind in ('one_school', 'joint_schools') and left_on is null
    group by school_code

),

indicators as (

    select
        indicators.school_year,
        indicators.district_code,
        indicators.stage,
        indicators.indicator_code,
        indicators.school_code,
        indicators.value,
        indicators.denominator as weight,
        coalesce(teams.group_name, codes.later_school_code, indicators.school_code) as group_name,
        teams.group_name is not null as is_grouped
    from {{ ref('int_school_indicators') }} as indicators
    left join {{ ref('int_later_codes') }} as codes on indicators.school_code = codes.school_code and codes.is_last
    left join teams on coalesce(codes.later_school_code, indicators.school_code) = teams.school_code
    where indicators.value is not null and indicators.status in ('met', 'not_met')

),

district as (

    select
        school_year,
        district_code,
        stage,
        indicator_code,
        sum(value * weight) / nullif(sum(weight), 0) as district_mean,
        sum(weight) as weight,
        sum(case when is_grouped then 1 else 0 end) as grouped_units,
        count(*) as units
    from indicators
    group by school_year, district_code, stage, indicator_code

),

by_group as (

    select
        school_year,
        district_code,
        stage,
        indicator_code,
        group_name,
        sum(value * weight) / nullif(sum(weight), 0) as group_mean,
        sum(weight) as weight
    from indicators
    group by school_year, district_code, stage, indicator_code, group_name

),

within_groups as (

    select
        indicators.school_year,
        indicators.district_code,
        indicators.stage,
        indicators.indicator_code,
        sum(indicators.weight * power(indicators.value - by_group.group_mean, 2)) as sum_within
    from indicators
    inner join by_group
        on
            indicators.school_year = by_group.school_year
            and indicators.district_code = by_group.district_code
            and indicators.stage = by_group.stage
            and indicators.indicator_code = by_group.indicator_code
            and indicators.group_name = by_group.group_name
    group by indicators.school_year, indicators.district_code, indicators.stage, indicators.indicator_code

),

between_groups as (

    select
        by_group.school_year,
        by_group.district_code,
        by_group.stage,
        by_group.indicator_code,
        sum(by_group.weight * power(by_group.group_mean - district.district_mean, 2)) as sum_between
    from by_group
    inner join district
        on
            by_group.school_year = district.school_year
            and by_group.district_code = district.district_code
            and by_group.stage = district.stage
            and by_group.indicator_code = district.indicator_code
    group by by_group.school_year, by_group.district_code, by_group.stage, by_group.indicator_code

),

final as (

    select
        district.school_year,
        district.district_code,
        district.stage,
        district.indicator_code,
        district.units,
        cast(district.grouped_units as bigint) as grouped_units,
        district.district_mean,
        between_groups.sum_between / nullif(district.weight, 0) as variance_between_groups,
        within_groups.sum_within / nullif(district.weight, 0) as variance_within_groups,
        within_groups.sum_within / nullif(within_groups.sum_within + between_groups.sum_between, 0) as within_share
    from district
    inner join between_groups
        on
            district.school_year = between_groups.school_year
            and district.district_code = between_groups.district_code
            and district.stage = between_groups.stage
            and district.indicator_code = between_groups.indicator_code
    inner join within_groups
        on
            district.school_year = within_groups.school_year
            and district.district_code = within_groups.district_code
            and district.stage = within_groups.stage
            and district.indicator_code = within_groups.indicator_code

)

select * from final
