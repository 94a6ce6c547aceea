with members as (

    select
        teams.group_kind,
        teams.group_name,
        teams.group_role,
        teams.school_code,
        schools.school_name,
        schools.school_type,
        schools.district_code,
        teams.joined_on
    from {{ ref('stg_school_groups') }} as teams
    inner join {{ ref('int_latest_schools') }} as schools on teams.school_code = schools.school_code
    where teams.left_on is null

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
