with source as (

    select * from {{ source('accepted', 'safety_duties') }}

),

renamed as (

    select
        -- keys
        school_code,
        reporting_month,
        duty,

        -- attributes
        school_name,

        -- counts and years
        due,
        done,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
