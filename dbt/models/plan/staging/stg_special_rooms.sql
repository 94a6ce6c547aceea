with source as (

    select * from {{ source('accepted', 'special_rooms') }}

),

renamed as (

    select
        -- keys
        school_code,
        figure_year,
        stage,
        room_kind,
        room_name,

        -- attributes
        school_name,

        -- measures
        cast(room_area_m2 as double) as room_area_m2,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
