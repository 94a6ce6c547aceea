-- One row per school year, unit and kind of room: rooms needed, and rooms that are large enough.
with units as (

    select
        units.school_year,
        units.district_code,
        units.school_code,
        units.stage,
        schools.is_planned_and_built_by_2016,
        schools.urban_rural_code in ('210', '220') as is_rural
    from {{ ref('int_units') }} as units
    inner join {{ ref('int_schools') }} as schools
        on
            units.school_year = schools.school_year
            and units.school_code = schools.school_code
    where units.scope = 'in_scope'

),

-- classes are known if each of them is
classes as (

    select
        school_year,
        school_code,
        stage,
        case when is_whole then classes end as classes,
        largest_class
    from {{ ref('int_school_classes') }}

),

kinds as (

    select
        'music' as room_kind,
        'music_room_area_m2' as indicator_code,
        'classes_per_music_room' as need_code
    union all
    select
        'art' as room_kind,
        'art_room_area_m2' as indicator_code,
        'classes_per_art_room' as need_code

),

small_from as (

    {{ judged_standards('small_rural_class') }}

),

needed as (

    select
        units.*,
        kinds.room_kind,
        kinds.indicator_code,
        kinds.need_code,
        classes.classes,
        case
            when units.is_rural and classes.largest_class < small_from.threshold then 'small_rural_school'
            when units.is_planned_and_built_by_2016 then 'built_by_2016'
            else 'all'
        end as school_kind
    from units
    cross join kinds
    left join classes
        on
            units.school_year = classes.school_year
            and units.school_code = classes.school_code
            and units.stage = classes.stage
    left join small_from on {{ in_force('small_from', 'units.school_year') }}

),

standards as (

    {{ judged_standards('government_guarantee') }}

),

limited as (

    select
        needed.*,
        areas.threshold as least_area_m2,
        ceil(needed.classes / nullif(per_room.threshold, 0)) as rooms_needed
    from needed
    left join standards as areas
        on
            needed.indicator_code = areas.indicator_code
            and needed.school_kind = areas.school_kind
            and (areas.stage = 'all' or areas.stage = needed.stage)
            and {{ in_force('areas', 'needed.school_year') }}
    left join standards as per_room
        on
            needed.need_code = per_room.indicator_code
            and {{ in_force('per_room', 'needed.school_year') }}

),

-- which kind of room a row that is put aside speaks of isn't known
waiting as (

    select
        {{ school_year_of('observed_on') }} as school_year,
        school_code,
        count(*) as waiting_rooms
    from {{ ref('int_waiting_entries') }}
    where feed = 'special_rooms' and observed_on is not null
    group by {{ school_year_of('observed_on') }}, school_code

),

reported as (

    select distinct
        figure_year,
        school_code,
        stage
    from {{ ref('stg_special_rooms') }}

),

counted as (

    select
        limited.school_year,
        limited.district_code,
        limited.school_code,
        limited.stage,
        limited.room_kind,
        limited.indicator_code,
        limited.classes,
        limited.least_area_m2,
        limited.rooms_needed,
        max(case when reported.school_code is not null then 1 else 0 end) = 1 as is_reported,
        sum(case when rooms.room_area_m2 >= limited.least_area_m2 then 1 else 0 end) as rooms_large_enough,
        sum(case when rooms.room_name is not null and rooms.room_area_m2 is null then 1 else 0 end)
        + max(coalesce(waiting.waiting_rooms, 0)) as rooms_without_area
    from limited
    left join waiting
        on
            limited.school_year = waiting.school_year
            and limited.school_code = waiting.school_code
    left join reported
        on
            limited.school_year = reported.figure_year
            and limited.school_code = reported.school_code
            and limited.stage = reported.stage
    left join {{ ref('stg_special_rooms') }} as rooms
        on
            limited.school_year = rooms.figure_year
            and limited.school_code = rooms.school_code
            and limited.stage = rooms.stage
            and limited.room_kind = rooms.room_kind
    group by
        limited.school_year, limited.district_code, limited.school_code, limited.stage, limited.room_kind,
        limited.indicator_code, limited.classes, limited.least_area_m2, limited.rooms_needed

),

-- a school is judged once what is missing can't change its verdict
final as (

    select
        *,
        case
            when not is_reported or rooms_needed is null then 'not_available'
            when rooms_large_enough >= rooms_needed then 'met'
            when rooms_large_enough + rooms_without_area >= rooms_needed then 'not_available'
            else 'not_met'
        end as status
    from counted

)

select * from final
