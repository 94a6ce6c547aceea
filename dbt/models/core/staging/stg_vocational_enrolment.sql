with source as (

    select * from {{ source('accepted', 'vocational_enrolment') }}

),

renamed as (

    select
        -- keys
        school_year,
        school_code,

        -- attributes
        school_name,
        upper_secondary_type,

        -- counts and years
        students,
        planned_entrants,
        entrants,
        graduates,
        full_time_teachers,
        specialised_teachers,
        dual_qualified_teachers,
        senior_title_teachers,
        part_time_teachers,
        books,

        -- measures
        cast(campus_area_m2 as double) as campus_area_m2,
        cast(owned_campus_area_m2 as double) as owned_campus_area_m2,
        cast(floor_area_m2 as double) as floor_area_m2,
        cast(owned_floor_area_m2 as double) as owned_floor_area_m2,
        cast(equipment_10k_yuan as double) as equipment_10k_yuan,

        -- where the row came from
        source_file,
        sheet,
        row_number
    from source

)

select * from renamed
