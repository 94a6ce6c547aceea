with source as (

    select * from {{ source('accepted', 'class_plans') }}

),

renamed as (

    select
        -- keys
        school_code,
        stage,
        grade,
        class_name,
        figure_year,

        -- attributes
        school_name,
        measure_zh,
        responsible_person,

        -- dates
        deadline,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
