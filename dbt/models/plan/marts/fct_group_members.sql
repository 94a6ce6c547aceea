-- By the code that a school has now; what was returned under it goes before what was returned under a former one.
with members as (

    select
        given.*,
        row_number() over (
            partition by given.district_code, given.group_kind, given.group_name, given.school_code
            order by
                case when given.is_by_present_code then 0 else 1 end asc,
                given.joined_on asc nulls last,
                given.group_role asc nulls last
        ) as place
    from {{ ref('int_group_memberships') }} as given
    inner join {{ ref('int_latest_schools') }} as schools
        on
            given.school_code = schools.school_code
            and given.district_code = schools.district_code

),

final as (

    select
        district_code,
        group_kind,
        group_name,
        school_code,
        group_role,
        joined_on,
        left_on
    from members
    where place = 1

)

select * from final
