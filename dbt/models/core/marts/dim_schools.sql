with schools as (

    select * from {{ ref('int_schools') }}

),

final as (

    select
        school_year,
        district_code,
        school_code,
        school_name as name_zh,
        town,
        school_type,
        ownership,
        is_rural,
        urban_rural_code,
        is_inclusive,
        is_boarding,
        founded_year,
        is_counted_as_school,
        master_school_code,
        unit_school_code,
        is_held,
        held_reason_zh,
        register_school_year,
        is_carried_on,
        former_school_code,
        education_group,
        exchange_area,
        longitude,
        latitude
    from schools

)

select * from final
