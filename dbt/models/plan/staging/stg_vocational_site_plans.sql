with source as (

    select * from {{ source('accepted', 'vocational_site_plans') }}

),

renamed as (

    select
        -- keys
        school_code,
        figure_year,
        condition_code,

        -- attributes
        school_name,

        -- measures
        cast(planned_value as double) as planned_value,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
