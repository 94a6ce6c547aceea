with source as (

    select * from {{ source('accepted', 'return_places') }}

),

renamed as (

    select
        feed,
        school_code,
        district_code,
        observed_on,
        source_file,
        sheet,
        source_rows,
        cells
    from source

)

select * from renamed
