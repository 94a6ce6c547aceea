-- months of each district from the first one in its plan or its ledgers to the day that the release is about
with context as (

    select as_of from {{ ref('stg_build_context') }}

),

spoken_of as (

    select
        district_code,
        begun_on
    from {{ ref('stg_rectification_tasks') }}
    union all
    select
        schools.district_code,
        hazards.found_on as begun_on
    from {{ ref('stg_hazards') }} as hazards
    inner join {{ ref('int_latest_schools') }} as schools on hazards.school_code = schools.school_code
    union all
    select
        schools.district_code,
        counts.counted_on as begun_on
    from {{ ref('stg_class_counts') }} as counts
    inner join {{ ref('int_latest_schools') }} as schools on counts.school_code = schools.school_code

),

begun as (

    select
        district_code,
        min(begun_on) as begun_on
    from spoken_of
    group by district_code

),

digits as (

    {% for digit in range(10) -%}
        select {{ digit }} as digit{{ ' union all' if not loop.last }}
    {% endfor %}

),

numbers as (

    select ones.digit + 10 * tens.digit + 100 * hundreds.digit as number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds

),

counted as (

    select
        begun.district_code,
        context.as_of,
        year(begun.begun_on) * 12 + month(begun.begun_on) - 1 + numbers.number as month_index
    from begun
    cross join context
    cross join numbers
    where begun.begun_on is not null

),

dated as (

    select
        district_code,
        as_of,
        make_date(cast(floor(month_index / 12) as integer), cast(month_index % 12 + 1 as integer), 1) as month_start
    from counted

),

final as (

    select
        district_code,
        {{ month_text('month_start') }} as reporting_month,
        month_start,
        last_day(month_start) as month_end,
        {{ smaller_of('last_day(month_start)', 'as_of') }} as observed_on
    from dated
    where month_start <= as_of

)

select * from final
