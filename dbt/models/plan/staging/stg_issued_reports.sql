with source as (

    select * from {{ source('accepted', 'issued_reports') }}

),

renamed as (

    select
        -- keys
        district_code,
        report_kind,
        covers_until,

        -- attributes
        issue_number,
        issued_on,
        evidence_zh,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
