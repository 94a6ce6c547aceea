with source as (

    select * from {{ source('accepted', 'district_figures') }}

),

renamed as (

    select
        -- keys
        district_code,
        figure_year,
        figure_code,

        -- attributes
        source_zh,

        -- measures
        cast(figure as double) as figure,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
