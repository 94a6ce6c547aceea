-- school years from the first register to the day that the release is about
with context as (

    select as_of from {{ ref('stg_build_context') }}

),

registers as (

    select
        min(school_year) as first_year,
        max(school_year) as last_year
    from {{ ref('int_register_rows') }}

),

digits as (

    {% for digit in range(10) -%}
        select {{ digit }} as digit{{ ' union all' if not loop.last }}
    {% endfor %}

),

numbers as (

    select ones.digit + 10 * tens.digit as number
    from digits as ones
    cross join digits as tens

),

counted as (

    select
        registers.first_year + numbers.number as school_year,
        {{ larger_of('registers.last_year', school_year_of('context.as_of')) }} as last_year
    from registers
    cross join context
    cross join numbers

),

final as (

    select
        cast(school_year as integer) as school_year,
        {{ statistics_day('school_year') }} as opens_on
    from counted
    where school_year <= last_year

)

select * from final
