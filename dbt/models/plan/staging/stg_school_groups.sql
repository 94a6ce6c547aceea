with source as (

    select * from {{ source('accepted', 'school_groups') }}

),

renamed as (

    select
        -- keys
        school_code,
        group_kind,
        group_name,

        -- attributes
        school_name,
        group_role,

        -- counts and years
        school_year,

        -- dates
        joined_on,
        left_on,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
