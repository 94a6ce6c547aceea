with source as (

    select * from {{ source('accepted', 'class_counts') }}

),

renamed as (

    select
        -- keys
        school_code,
        stage,
        grade,
        class_name,
        counted_on,

        -- attributes
        school_name,

        -- counts and years
        students,
        class_count,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
