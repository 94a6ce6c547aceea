-- The schools of every register by the code that they have now, so that a school that changed its code is one school.
with schools as (

    select
        listed.school_year,
        listed.district_code,
        listed.school_code as listed_school_code,
        listed.school_name,
        listed.school_type,
        listed.town,
        coalesce(codes.later_school_code, listed.school_code) as school_code
    from {{ ref('int_schools') }} as listed
    left join {{ ref('int_later_codes') }} as codes on listed.school_code = codes.school_code and codes.is_last

),

-- a school that one register lists by both codes is described by the row of its code of now
in_order as (

    select
        *,
        row_number() over (
            partition by school_year, school_code
            order by case when listed_school_code = school_code then 0 else 1 end asc, listed_school_code asc nulls last
        ) as place
    from schools

),

final as (

    select
        school_year,
        district_code,
        school_code,
        listed_school_code,
        school_name,
        school_type,
        town
    from in_order
    where place = 1

)

select * from final
