with rooms as (

    select * from {{ ref('int_special_rooms') }}

),

final as (

    select
        school_year,
        district_code,
        school_code,
        stage,
        room_kind,
        cast(classes as bigint) as classes,
        least_area_m2,
        cast(rooms_needed as bigint) as rooms_needed,
        case when is_reported then cast(rooms_large_enough as bigint) end as rooms_large_enough,
        status
    from rooms

)

select * from final
