with source as (

    select * from {{ source('accepted', 'work_figures') }}

),

renamed as (

    select
        -- keys
        district_code,
        reporting_month,
        work_code,

        -- measures
        cast(planned as double) as planned,
        cast(done as double) as done,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
