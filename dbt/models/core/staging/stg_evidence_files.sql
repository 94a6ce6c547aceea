with source as (

    select * from {{ source('accepted', 'evidence_files') }}

),

renamed as (

    select
        folder_year,
        file_name,
        source_path,
        district_code,
        record_district_code,
        sha256,
        size_bytes,
        received_on,
        is_latest
    from source

)

select * from renamed
