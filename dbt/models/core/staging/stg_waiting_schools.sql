with source as (

    select * from {{ source('accepted', 'waiting_schools') }}

),

renamed as (

    select
        -- keys
        school_year,
        school_code,

        -- attributes
        school_name,
        district_code,
        town,
        urban_rural_code,
        school_type,
        ownership,
        is_inclusive,
        is_boarding,
        is_counted_as_school,
        master_school_code,
        former_school_code,
        education_group,
        exchange_area,
        is_planned_and_built_by_2010,
        is_planned_and_built_by_2016,
        is_in_dense_city_centre,

        -- counts and years
        founded_year,

        -- measures
        cast(longitude as double) as longitude,
        cast(latitude as double) as latitude,

        -- where the row came from
        source_file,
        sheet,
        row_number
    from source

)

select * from renamed
