-- What stood open in the ledgers of classes and hazards on a day (known_on), and how new the ledger was then (observed_on).
with context as (

    select as_of from {{ ref('stg_build_context') }}

),

observations as (

    select distinct
        district_code,
        observed_on
    from {{ ref('int_class_observations') }}
    where stage in ('primary', 'junior_secondary')

),

observed_districts as (

    select distinct district_code from observations

),

-- the ends of months, and every day on which an entry opens, closes or changes
days_of_classes as (

    select
        observed_districts.district_code,
        changed.figure_day
    from {{ ref('int_figure_days') }} as changed
    inner join observed_districts on changed.district_code = observed_districts.district_code
    union
    select
        spells.district_code,
        spells.valid_from as figure_day
    from {{ ref('int_class_ledger_spells') }} as spells
    cross join context
    where spells.stage in ('primary', 'junior_secondary') and spells.valid_from <= context.as_of

),

class_days as (

    select
        changed.district_code,
        changed.figure_day as known_on,
        max(observations.observed_on) as observed_on
    from days_of_classes as changed
    inner join observations
        on
            changed.district_code = observations.district_code
            and changed.figure_day >= observations.observed_on
    group by changed.district_code, changed.figure_day

),

-- none where every class that was seen was within its standard
class_entries as (

    select
        class_days.district_code,
        class_days.known_on,
        class_days.observed_on,
        coalesce(sum(spells.open_classes), 0) as open_classes
    from class_days
    left join {{ ref('int_class_ledger_spells') }} as spells
        on
            class_days.district_code = spells.district_code
            and spells.stage in ('primary', 'junior_secondary')
            and class_days.known_on >= spells.valid_from
            and (spells.valid_to is null or class_days.known_on < spells.valid_to)
    group by class_days.district_code, class_days.known_on, class_days.observed_on

),

hazard_entries as (

    {% for event in ['found_on', 'fed_back_on', 'repaired_on', 'checked_on', 'struck_off_on'] -%}
        select
            district_code,
            {{ event }} as entered_on
        from {{ ref('int_hazards') }}
        where {{ event }} is not null
        {{ 'union' if not loop.last }}
    {% endfor %}

),

-- the first day on which a hazard that stood open was overdue
deadlines_missed as (

    select
        district_code,
        {{ days_after('deadline', 1) }} as missed_on,
        struck_off_on
    from {{ ref('int_hazards') }}
    where struck_off_on is null or struck_off_on > deadline

),

entered_districts as (

    select distinct district_code from hazard_entries

),

-- the ends of months, and every day on which a hazard becomes overdue, or one that was overdue is struck off
days_of_hazards as (

    select
        entered_districts.district_code,
        changed.figure_day
    from {{ ref('int_figure_days') }} as changed
    inner join entered_districts on changed.district_code = entered_districts.district_code
    union
    select
        district_code,
        missed_on as figure_day
    from deadlines_missed
    union
    select
        district_code,
        struck_off_on as figure_day
    from deadlines_missed
    where struck_off_on is not null

),

-- the ledger of hazards is as new as its newest entry, or the last deadline that made a hazard overdue
newest_entries as (

    select
        changed.district_code,
        changed.figure_day,
        {{ smaller_of('last_day(max(hazard_entries.entered_on))', 'changed.figure_day') }} as observed_on
    from days_of_hazards as changed
    cross join context
    inner join hazard_entries
        on
            changed.district_code = hazard_entries.district_code
            and changed.figure_day >= hazard_entries.entered_on
    where changed.figure_day <= context.as_of
    group by changed.district_code, changed.figure_day

),

newest_deadlines as (

    select
        changed.district_code,
        changed.figure_day,
        max(deadlines_missed.missed_on) as missed_on
    from days_of_hazards as changed
    inner join deadlines_missed
        on
            changed.district_code = deadlines_missed.district_code
            and changed.figure_day >= deadlines_missed.missed_on
    group by changed.district_code, changed.figure_day

),

hazard_days as (

    select
        entries.district_code,
        entries.figure_day as known_on,
        coalesce({{ larger_of('entries.observed_on', 'deadlines.missed_on') }}, entries.observed_on) as observed_on
    from newest_entries as entries
    left join newest_deadlines as deadlines
        on
            entries.district_code = deadlines.district_code
            and entries.figure_day = deadlines.figure_day

),

hazards as (

    select
        hazard_days.district_code,
        hazard_days.known_on,
        hazard_days.observed_on,
        sum(
            case
                when
                    entries.deadline < hazard_days.known_on
                    and (entries.struck_off_on is null or entries.struck_off_on > hazard_days.known_on)
                    then 1
                else 0
            end
        ) as overdue_hazards
    from hazard_days
    inner join {{ ref('int_hazards') }} as entries
        on
            hazard_days.district_code = entries.district_code
            and hazard_days.known_on >= entries.found_on
    group by hazard_days.district_code, hazard_days.known_on, hazard_days.observed_on

),

final as (

    select
        district_code,
        'classes' as ledger,
        known_on,
        observed_on,
        cast(open_classes as bigint) as entries
    from class_entries
    union all
    select
        district_code,
        'overdue_hazards' as ledger,
        known_on,
        observed_on,
        cast(overdue_hazards as bigint) as entries
    from hazards

)

select * from final
