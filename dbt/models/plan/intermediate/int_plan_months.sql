-- months of each district's plan, from the one in which its first measure began
with begun as (

    select
        district_code,
        {{ month_text('min(begun_on)') }} as first_month
    from {{ ref('stg_rectification_tasks') }}
    group by district_code

),

final as (

    select
        begun.district_code,
        months.reporting_month,
        months.month_end,
        months.observed_on,
        cast({{ school_year_of('months.month_end') }} as integer) as school_year
    from begun
    inner join {{ ref('int_months') }} as months
        on
            begun.district_code = months.district_code
            and begun.first_month <= months.reporting_month

)

select * from final
