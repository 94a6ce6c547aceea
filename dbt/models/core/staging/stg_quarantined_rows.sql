with source as (

    select * from {{ source('accepted', 'quarantined_rows') }}

),

renamed as (

    select
        school_year,
        feed,
        school_code,
        district_code,
        stage,
        observed_on,
        item_number,
        source_file,
        sheet,
        row_number
    from source

)

select * from renamed
