-- Targets with a year as a path: a straight line from the first figure that is whole to the target at its year. Every
-- school year up to the day of the release has its row, with or without a figure.
with context as (

    select
        as_of,
        {{ school_year_of('as_of') }} as last_year
    from {{ ref('stg_build_context') }}

),

labelled as (

    select * from {{ ref('int_targets') }}

),

-- a target of the plan is one of the districts that have a plan
planned as (

    select distinct district_code from {{ ref('stg_rectification_tasks') }}

),

digits as (

    {% for digit in range(10) -%}
        select {{ digit }} as digit{{ ' union all' if not loop.last }}
    {% endfor %}

),

first_years as (

    select
        district_code,
        min(school_year) as first_year
    from {{ ref('int_schools') }}
    group by district_code

),

years as (

    select
        first_years.district_code,
        context.as_of,
        first_years.first_year + ones.digit + 10 * tens.digit as school_year
    from first_years
    cross join context
    cross join digits as ones
    cross join digits as tens
    where first_years.first_year + ones.digit + 10 * tens.digit <= context.last_year

),

-- only a figure made of every report that was due is judged
figures as (

    select
        *,
        case when available >= due then value end as whole_value
    from {{ ref('int_target_values') }}

),

joined as (

    select
        years.school_year,
        years.district_code,
        years.as_of,
        labelled.*,
        figures.numerator,
        figures.denominator,
        figures.due,
        figures.available,
        figures.value,
        figures.whole_value
    from years
    cross join labelled
    left join figures
        on
            years.school_year = figures.school_year
            and years.district_code = figures.district_code
            and labelled.target_code = figures.target_code
    left join planned on years.district_code = planned.district_code
    where
        (labelled.valid_to is null or years.school_year <= labelled.valid_to)
        and (labelled.measure = 'target' or planned.district_code is not null)

),

-- where the path begins, and the latest figure up to each year
placed as (

    select
        *,
        max_by(whole_value, case when whole_value is not null then school_year end) over (
            partition by district_code, target_code, target_year
            order by school_year nulls last
            rows between unbounded preceding and current row
        ) as latest_value,
        max(case when whole_value is not null then school_year end) over (
            partition by district_code, target_code, target_year
            order by school_year nulls last
            rows between unbounded preceding and current row
        ) as latest_year,
        min(case when whole_value is not null then school_year end)
            over (partition by district_code, target_code, target_year) as start_year
    from joined

),

started as (

    select
        *,
        max(case when school_year = start_year then whole_value end)
            over (partition by district_code, target_code, target_year) as start_value
    from placed

),

pathed as (

    select
        *,
        case
            when school_year >= target_year then target_value
            when school_year >= start_year
                then
                    start_value
                    + (target_value - start_value) * (school_year - start_year)
                    / nullif(cast(target_year - start_year as double), 0)
        end as path_value
    from started

),

final as (

    select
        school_year,
        district_code,
        target_code,
        target_year,
        stage,
        sort_order,
        name_zh as figure_zh,
        unit_zh,
        scale,
        decimals,
        direction,
        target_value,
        target_due_on,
        numerator,
        denominator,
        value,
        case when value is not null then {{ statistics_day('school_year') }} end as figure_observed_on,
        due as reports_due,
        available as reports_available,
        start_year,
        start_value,
        path_value,
        latest_value,
        case when latest_year is not null then {{ statistics_day('latest_year') }} end as latest_observed_on,
        case
            when whole_value is null then 'not_available'
            when {{ is_reached('whole_value', 'target_value', 'direction') }} then 'reached'
            when school_year >= target_year and as_of > target_due_on then 'due_unmet'
            when school_year < target_year and school_year = start_year then 'start'
            when {{ is_reached('whole_value', 'path_value', 'direction') }} then 'on_path'
            else 'behind'
        end as status
    from pathed

)

select * from final
