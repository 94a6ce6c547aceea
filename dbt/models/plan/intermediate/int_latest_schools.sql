-- every school as the last register that has it describes it
with schools as (

    select
        *,
        row_number() over (partition by school_code order by school_year desc) as recency
    from {{ ref('int_schools') }}

),

final as (

    select
        school_year,
        school_code,
        school_name,
        district_code,
        town,
        school_type,
        ownership,
        urban_rural_code,
        is_inclusive,
        is_boarding
    from schools
    where recency = 1

)

select * from final
