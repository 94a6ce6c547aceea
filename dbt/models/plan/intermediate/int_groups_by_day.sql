-- How many groups and pairs there were on a day, and how many kindergartens were in them and in the district; groups of
-- kindergartens of either kind are counted together, too: a kindergarten in both counts once. All are of the register in
-- force on the day: a school that it doesn't list is in no group. That there was none before anybody joined is known from the
-- day on which the first one did (`told_on`).
with members as (

    select * from {{ ref('int_group_memberships') }}

),

registers as (

    select * from {{ ref('int_registers_in_force') }}

),

days as (

    select
        district_code,
        figure_day
    from {{ ref('int_figure_days') }}
    {% for event in ['joined_on', 'left_on'] -%}
        union
        select
            members.district_code,
            members.{{ event }} as figure_day
        from members
        cross join {{ ref('stg_build_context') }} as build_context
        where members.{{ event }} <= build_context.as_of
    {% endfor %}
    {% for bound in ['in_force_from', 'in_force_to'] -%}
        union
        select
            registers.district_code,
            registers.{{ bound }} as figure_day
        from registers
        cross join {{ ref('stg_build_context') }} as build_context
        where registers.{{ bound }} <= build_context.as_of
    {% endfor %}

),

-- before the last of those days the number of groups is not known; afterwards a day without groups has none
team_days as (

    select
        members.district_code,
        members.group_kind,
        days.figure_day as observed_on,
        case when min(members.member_from) > days.figure_day then min(members.member_from) end as told_on
    from days
    inner join members on days.district_code = members.district_code
    group by members.district_code, members.group_kind, days.figure_day
    having max(members.first_known_on) is null or max(members.first_known_on) <= days.figure_day

),

members_by_day as (

    select
        team_days.district_code,
        team_days.group_kind,
        team_days.observed_on,
        members.group_name,
        members.group_role,
        members.school_code,
        registers.school_type
    from team_days
    inner join members
        on
            team_days.district_code = members.district_code
            and team_days.group_kind = members.group_kind
            and team_days.observed_on >= members.member_from
            and (members.left_on is null or team_days.observed_on < members.left_on)
    inner join registers
        on
            team_days.district_code = registers.district_code
            and members.school_code = registers.school_code
            and {{ listed_on('registers', 'team_days.observed_on') }}

),

-- a school that stands in a group as its lead and, by its former code, as a member leads nobody
teams_by_day as (

    select
        district_code,
        group_kind,
        observed_on,
        group_name,
        max(case when group_role = 'lead' then 1 else 0 end)
        * max(case when group_role = 'member' then 1 else 0 end)
        * case when count(distinct school_code) > 1 then 1 else 0 end as is_complete
    from members_by_day
    group by district_code, group_kind, observed_on, group_name

),

counted as (

    select
        team_days.district_code,
        team_days.group_kind,
        team_days.observed_on,
        team_days.told_on,
        coalesce(sum(teams_by_day.is_complete), 0) as complete_groups
    from team_days
    left join teams_by_day
        on
            team_days.district_code = teams_by_day.district_code
            and team_days.group_kind = teams_by_day.group_kind
            and team_days.observed_on = teams_by_day.observed_on
    group by team_days.district_code, team_days.group_kind, team_days.observed_on, team_days.told_on

),

team_kindergartens as (

    select
        teams_by_day.district_code,
        teams_by_day.group_kind,
        teams_by_day.observed_on,
        members.school_code
    from teams_by_day
    inner join members_by_day as members
        on
            teams_by_day.district_code = members.district_code
            and teams_by_day.group_kind = members.group_kind
            and teams_by_day.group_name = members.group_name
            and teams_by_day.observed_on = members.observed_on
    where teams_by_day.is_complete = 1 and members.school_type = 'kindergarten'

),

kinds as (

    select distinct
        group_kind,
        group_kind as counted_kind
    from members
    union
    select distinct
        group_kind,
        'kindergarten_groups' as counted_kind
    from members
    where group_kind in ('one_kindergarten', 'joint_kindergartens')

),

kindergartens as (

    select
        team_kindergartens.district_code,
        kinds.counted_kind,
        team_kindergartens.observed_on,
        count(distinct team_kindergartens.school_code) as kindergartens
    from team_kindergartens
    inner join kinds on team_kindergartens.group_kind = kinds.group_kind
    group by team_kindergartens.district_code, kinds.counted_kind, team_kindergartens.observed_on

),

groups_by_kind as (

    select
        counted.district_code,
        kinds.counted_kind,
        counted.observed_on,
        case when count(*) = count(counted.told_on) then min(counted.told_on) end as told_on,
        sum(counted.complete_groups) as complete_groups
    from counted
    inner join kinds on counted.group_kind = kinds.group_kind
    group by counted.district_code, kinds.counted_kind, counted.observed_on

),

kindergartens_listed as (

    select
        days.district_code,
        days.figure_day as observed_on,
        count(*) as kindergartens_of_district
    from days
    inner join registers
        on
            days.district_code = registers.district_code
            and registers.school_type = 'kindergarten'
            and {{ listed_on('registers', 'days.figure_day') }}
    group by days.district_code, days.figure_day

),

final as (

    select
        groups_by_kind.district_code,
        groups_by_kind.counted_kind as group_kind,
        groups_by_kind.observed_on,
        groups_by_kind.told_on,
        cast(groups_by_kind.complete_groups as bigint) as complete_groups,
        coalesce(kindergartens.kindergartens, 0) as kindergartens,
        coalesce(kindergartens_listed.kindergartens_of_district, 0) as kindergartens_of_district
    from groups_by_kind
    left join kindergartens
        on
            groups_by_kind.district_code = kindergartens.district_code
            and groups_by_kind.counted_kind = kindergartens.counted_kind
            and groups_by_kind.observed_on = kindergartens.observed_on
    left join kindergartens_listed
        on
            groups_by_kind.district_code = kindergartens_listed.district_code
            and groups_by_kind.observed_on = kindergartens_listed.observed_on

)

select * from final
