with districts as (

    select
        school_code,
        max(district_code) as district_code
    from {{ ref('int_schools') }}
    group by school_code

),

final as (

    select
        explained.school_year,
        coalesce(explained.district_code, districts.district_code) as district_code,
        explained.school_code,
        explained.rule_code,
        explained.reason,
        explained.approved_by,
        explained.status,
        explained.source_file,
        explained.row_number
    from {{ source('accepted', 'explained') }} as explained
    left join districts on explained.school_code = districts.school_code

)

select * from final
