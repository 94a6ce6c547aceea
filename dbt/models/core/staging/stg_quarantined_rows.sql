with source as (

    select * from {{ source('accepted', 'quarantined_rows') }}

),

renamed as (

    select
        school_year,
        feed,
        school_code,
        stage,
        source_file,
        sheet,
        row_number
    from source

)

select * from renamed
