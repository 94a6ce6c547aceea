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
        case
            when not is_reported or rooms_needed is null then 'not_available'
            when rooms_large_enough >= rooms_needed then 'met'
            when rooms_large_enough + rooms_without_area >= rooms_needed then 'not_available'
            else 'not_met'
        end as status
    from rooms

)

select * from final
