with members as (

    select * from {{ ref('stg_school_groups') }}

),

final as (

    select
        schools.district_code,
        members.group_kind,
        members.group_name,
        members.school_code,
        members.group_role,
        members.joined_on,
        members.left_on
    from members
    inner join {{ ref('int_latest_schools') }} as schools on members.school_code = schools.school_code

)

select * from final
