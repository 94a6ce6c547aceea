with source as (

    select * from {{ source('accepted', 'government_documents') }}

),

renamed as (

    select
        -- keys
        district_code,
        figure_year,
        item_code,

        -- attributes
        conclusion,
        evidence_zh,
        evidence_sha256,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
