with source as (

    select * from {{ source('accepted', 'hazards') }}

),

renamed as (

    select
        -- keys
        school_code,
        hazard_number,

        -- attributes
        school_name,
        inspection_rhythm,
        place_zh,
        hazard_kind,
        hazard_zh,
        hazard_grade,
        measure_zh,
        responsible_person,
        check_result,

        -- dates
        found_on,
        fed_back_on,
        deadline,
        repaired_on,
        checked_on,
        struck_off_on,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
