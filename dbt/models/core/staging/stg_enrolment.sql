with source as (

    select * from {{ source('accepted', 'enrolment') }}

),

renamed as (

    select
        -- keys
        school_year,
        school_code,
        stage,

        -- attributes
        school_name,

        -- counts and years
        students,
        classes,
        entrants,
        graduates,

        -- where the row came from
        source_file,
        sheet,
        row_number
    from source

)

select * from renamed
