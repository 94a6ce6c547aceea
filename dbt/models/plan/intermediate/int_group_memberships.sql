-- Memberships of groups and pairs by the code that a school has now. One without a day is known from the statistics day of
-- the return that names it.
with members as (

    select
        coalesce(codes.later_school_code, teams.school_code) as school_code,
        codes.later_school_code is null as is_by_present_code,
        teams.group_kind,
        teams.group_name,
        teams.group_role,
        teams.joined_on,
        teams.left_on,
        case when teams.joined_on is null then {{ statistics_day('teams.school_year') }} end as first_known_on
    from {{ ref('stg_school_groups') }} as teams
    left join {{ ref('int_later_codes') }} as codes on teams.school_code = codes.school_code and codes.is_last

),

districts as (

    select distinct
        district_code,
        school_code
    from {{ ref('int_listed_schools') }}

),

final as (

    select
        districts.district_code,
        members.school_code,
        members.is_by_present_code,
        members.group_kind,
        members.group_name,
        members.group_role,
        members.joined_on,
        members.left_on,
        members.first_known_on,
        coalesce(members.joined_on, members.first_known_on) as member_from
    from members
    inner join districts on members.school_code = districts.school_code

)

select * from final
