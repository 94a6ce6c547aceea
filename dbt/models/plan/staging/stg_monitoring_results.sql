with source as (

    select * from {{ source('accepted', 'monitoring_results') }}

),

renamed as (

    select
        -- keys
        district_code,
        figure_year,
        stage,
        subject,
        population,

        -- attributes
        surveyed_by,

        -- counts and years
        students,

        -- measures
        cast(level_three_share as double) as level_three_share,
        cast(between_school_difference as double) as between_school_difference,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
