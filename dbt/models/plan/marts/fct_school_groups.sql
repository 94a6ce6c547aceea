-- Groups by the register in force on the day of the release.
with schools as (

    select registers.*
    from {{ ref('int_registers_in_force') }} as registers
    cross join {{ ref('stg_build_context') }} as build_context
    where {{ listed_on('registers', 'build_context.as_of') }}

),

-- once each, whatever codes a school was returned by; one that is returned in both roles leads (by the alphabet, too)
members as (

    select
        schools.district_code,
        teams.group_kind,
        teams.group_name,
        schools.school_code,
        schools.school_name,
        schools.school_type,
        min(teams.group_role) as group_role,
        min(teams.joined_on) as joined_on
    from {{ ref('int_group_memberships') }} as teams
    inner join schools on teams.district_code = schools.district_code and teams.school_code = schools.school_code
    where teams.left_on is null
    group by
        schools.district_code, teams.group_kind, teams.group_name, schools.school_code, schools.school_name,
        schools.school_type

),

counted as (

    select
        district_code,
        group_kind,
        group_name,
        min(case when group_role = 'lead' then school_code end) as lead_school_code,
        min(case when group_role = 'lead' then school_name end) as lead_school_name,
        count(*) as schools,
        sum(case when group_role = 'member' then 1 else 0 end) as member_schools,
        sum(case when school_type = 'kindergarten' then 1 else 0 end) as kindergartens,
        -- a group exists from the day its second school joins
        max(joined_on) as complete_on
    from members
    group by district_code, group_kind, group_name

),

final as (

    select
        district_code,
        group_kind,
        group_name,
        lead_school_code,
        lead_school_name,
        schools,
        cast(member_schools as bigint) as member_schools,
        cast(kindergartens as bigint) as kindergartens,
        complete_on,
        lead_school_code is not null and member_schools > 0 as is_complete
    from counted

)

select * from final
