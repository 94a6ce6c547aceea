-- How many groups and pairs there were on a day, and how many kindergartens were in them; groups of kindergartens of either
-- kind are counted together, too: a kindergarten in both counts once.
-- a membership without a day is known from the statistics day of the return that names it
with members as (

    select
        schools.district_code,
        schools.school_type,
        teams.school_code,
        teams.group_kind,
        teams.group_name,
        teams.group_role,
        teams.joined_on,
        teams.left_on,
        coalesce(teams.joined_on, {{ statistics_day('teams.school_year') }}) as member_from,
        case when teams.joined_on is null then {{ statistics_day('teams.school_year') }} end as first_known_on
    from {{ ref('stg_school_groups') }} as teams
    inner join {{ ref('int_latest_schools') }} as schools on teams.school_code = schools.school_code

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
),

-- before the last of those days the number of groups is not known; afterwards a day without groups has none
team_days as (

    select
        members.district_code,
        members.group_kind,
        days.figure_day as observed_on
    from days
    inner join members on days.district_code = members.district_code
    group by members.district_code, members.group_kind, days.figure_day
    having max(members.first_known_on) is null or max(members.first_known_on) <= days.figure_day

),

teams_by_day as (

    select
        team_days.district_code,
        team_days.group_kind,
        team_days.observed_on,
        members.group_name,
        max(case when members.group_role = 'lead' then 1 else 0 end)
        * max(case when members.group_role = 'member' then 1 else 0 end) as is_complete
    from team_days
    inner join members
        on
            team_days.district_code = members.district_code
            and team_days.group_kind = members.group_kind
            and team_days.observed_on >= members.member_from
            and (members.left_on is null or team_days.observed_on < members.left_on)
    group by team_days.district_code, team_days.group_kind, team_days.observed_on, members.group_name

),

counted as (

    select
        team_days.district_code,
        team_days.group_kind,
        team_days.observed_on,
        coalesce(sum(teams_by_day.is_complete), 0) as complete_groups
    from team_days
    left join teams_by_day
        on
            team_days.district_code = teams_by_day.district_code
            and team_days.group_kind = teams_by_day.group_kind
            and team_days.observed_on = teams_by_day.observed_on
    group by team_days.district_code, team_days.group_kind, team_days.observed_on

),

team_kindergartens as (

    select
        teams_by_day.district_code,
        teams_by_day.group_kind,
        teams_by_day.observed_on,
        members.school_code
    from teams_by_day
    inner join members
        on
            teams_by_day.district_code = members.district_code
            and teams_by_day.group_kind = members.group_kind
            and teams_by_day.group_name = members.group_name
            and teams_by_day.observed_on >= members.member_from
            and (members.left_on is null or teams_by_day.observed_on < members.left_on)
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
        sum(counted.complete_groups) as complete_groups
    from counted
    inner join kinds on counted.group_kind = kinds.group_kind
    group by counted.district_code, kinds.counted_kind, counted.observed_on

),

final as (

    select
        groups_by_kind.district_code,
        groups_by_kind.counted_kind as group_kind,
        groups_by_kind.observed_on,
        cast(groups_by_kind.complete_groups as bigint) as complete_groups,
        coalesce(kindergartens.kindergartens, 0) as kindergartens
    from groups_by_kind
    left join kindergartens
        on
            groups_by_kind.district_code = kindergartens.district_code
            and groups_by_kind.counted_kind = kindergartens.counted_kind
            and groups_by_kind.observed_on = kindergartens.observed_on

)

select * from final
