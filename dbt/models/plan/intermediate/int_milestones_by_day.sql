-- The plan's own dates, day by day: what was due by then, and what of it was done by then. A milestone may be reached
-- until the end of its planned day, so it is due, done or not, once that day has passed.
with milestones as (

    select * from {{ ref('int_milestone_owners') }}

),

context as (

    select as_of from {{ ref('stg_build_context') }}

),

items as (

    select distinct
        district_code,
        item_number
    from milestones

),

-- the ends of months, and the days on which a milestone becomes overdue, is reached, or is stated anew
item_days as (

    select
        items.district_code,
        items.item_number,
        figure_days.figure_day
    from {{ ref('int_figure_days') }} as figure_days
    inner join items on figure_days.district_code = items.district_code
    union
    select
        milestones.district_code,
        milestones.item_number,
        {{ days_after('milestones.planned_on', 1) }} as figure_day
    from milestones
    cross join context
    where milestones.planned_on < context.as_of
    union
    select
        district_code,
        item_number,
        achieved_on as figure_day
    from milestones
    where achieved_on is not null
    union
    select
        district_code,
        item_number,
        valid_from as figure_day
    from milestones
    where valid_from is not null

),

counted as (

    select
        item_days.district_code,
        item_days.item_number,
        item_days.figure_day as observed_on,
        cast(sum(case when milestones.achieved_on <= item_days.figure_day then 1 else 0 end) as double) as numerator,
        cast(count(milestones.milestone_number) as double) as denominator
    from item_days
    left join milestones
        on
            item_days.district_code = milestones.district_code
            and item_days.item_number = milestones.item_number
            and {{ held_on('milestones', 'item_days.figure_day') }}
            and item_days.figure_day > milestones.planned_on
    group by item_days.district_code, item_days.item_number, item_days.figure_day

),

-- milestones whose rows are put aside: when they were planned isn't known
waiting as (

    select
        items.district_code,
        items.item_number,
        count(*) as milestones
    from items
    inner join {{ ref('int_waiting_entries') }} as entries
        on
            entries.feed = 'milestones'
            and items.district_code = entries.district_code
            and coalesce(items.item_number = entries.item_number, true)
    group by items.district_code, items.item_number

),

-- before any was due there is no share; where all that were due are put off, there is none any more
final as (

    select
        until_then.district_code,
        until_then.item_number,
        until_then.observed_on,
        until_then.numerator,
        until_then.denominator,
        cast(until_then.denominator as bigint) as milestones_known,
        cast(until_then.denominator as bigint) + coalesce(waiting.milestones, 0) as milestones_due
    from (
        select
            *,
            max(denominator) over (
                partition by district_code, item_number
                order by observed_on nulls last
            ) as most_due
        from counted
    ) as until_then
    left join waiting
        on
            until_then.district_code = waiting.district_code
            and until_then.item_number = waiting.item_number
    where until_then.most_due > 0

)

select * from final
