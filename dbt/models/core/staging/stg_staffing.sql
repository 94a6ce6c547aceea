with source as (

    select * from {{ source('accepted', 'staffing') }}

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
        full_time_teachers,
        above_required_degree_teachers,
        backbone_teachers,
        pe_teachers,
        music_teachers,
        fine_art_teachers,
        other_art_teachers,
        certified_teachers,
        trained_360_hours_teachers,
        rotation_eligible_teachers,
        rotated_teachers,
        rotated_backbone_teachers,
        itinerant_pe_and_art_teachers,

        -- where the row came from
        source_file,
        sheet,
        row_number
    from source

)

select * from renamed
