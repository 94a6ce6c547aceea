with sizes as (

    select * from {{ ref('int_school_sizes') }}

),

final as (

    select
        school_year,
        district_code,
        school_code,
        cast(students as bigint) as students,
        cast(largest_size as bigint) as largest_size,
        case
            when is_within is null then 'not_available'
            when is_within then 'met'
            else 'not_met'
        end as status
    from sizes

)

select * from final
