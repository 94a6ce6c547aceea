with source as (

    select * from {{ source('accepted', 'floor_area') }}

),

renamed as (

    select
        -- keys
        school_year,
        school_code,

        -- attributes
        school_name,

        -- counts and years
        multimedia_classrooms,
        books,
        computers,

        -- measures
        cast(teaching_area_m2 as double) as teaching_area_m2,
        cast(indoor_sports_area_m2 as double) as indoor_sports_area_m2,
        cast(sports_ground_area_m2 as double) as sports_ground_area_m2,
        cast(nearby_external_sports_area_m2 as double) as nearby_external_sports_area_m2,
        cast(equipment_10k_yuan as double) as equipment_10k_yuan,

        -- where the row came from
        source_file,
        sheet,
        row_number
    from source

)

select * from renamed
