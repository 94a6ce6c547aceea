with source as (

    select * from {{ source('accepted', 'return_signatures') }}

),

renamed as (

    select
        -- keys
        school_code,
        figure_year,
        signed_feed,

        -- attributes
        signed_by_post,
        signed_on,
        evidence_zh,

        -- where the row came from
        source_file,
        sheet,
        row_number
    from source

)

select * from renamed
