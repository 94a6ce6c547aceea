with source as (

    select * from {{ source('accepted', 'rectification_progress') }}

),

renamed as (

    select
        -- keys
        district_code,
        reporting_month,
        item_number,
        measure_number,

        -- attributes
        reporting_department,
        reported_state,
        progress_zh,
        evidence_zh,
        evidence_sha256,
        reviewer,
        review_result,
        exemption_reason_zh,

        -- dates
        reported_on,
        reviewed_on,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
