with source as (

    select * from {{ source('accepted', 'satisfaction') }}

),

renamed as (

    select
        -- keys
        district_code,
        survey_round,
        question,

        -- attributes
        surveyed_by,

        -- dates
        surveyed_on,

        -- counts and years
        respondents,
        satisfied,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
