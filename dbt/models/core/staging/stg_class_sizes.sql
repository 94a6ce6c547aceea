with source as (

    select * from {{ source('accepted', 'class_sizes') }}

),

renamed as (

    select
        -- keys
        school_year,
        school_code,
        stage,
        grade,
        class_name,

        -- attributes
        school_name,

        -- counts and years
        students,
        class_count,
        size_band_minimum,
        size_band_maximum,

        -- where the row came from
        source_file,
        sheet,
        row_number
    from source

)

select * from renamed
