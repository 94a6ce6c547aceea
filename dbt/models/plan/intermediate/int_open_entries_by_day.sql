-- What stood open in the ledgers of classes and hazards on a day (known_on), and how new the ledger was then (observed_on).
with days as (

    select * from {{ ref('int_figure_days') }}

),

observations as (

    select distinct
        district_code,
        observed_on
    from {{ ref('int_class_observations') }}
    where stage in ('primary', 'junior_secondary')

),

class_days as (

    select
        observations.district_code,
        days.figure_day as known_on,
        max(observations.observed_on) as observed_on
    from days
    inner join observations on days.figure_day >= observations.observed_on
    group by observations.district_code, days.figure_day

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

-- the ledger of hazards is as new as its newest entry, whatever the calendar makes overdue since
hazard_days as (

    select
        hazard_entries.district_code,
        days.figure_day as known_on,
        {{ smaller_of('last_day(max(hazard_entries.entered_on))', 'days.figure_day') }} as observed_on
    from days
    inner join hazard_entries on days.figure_day >= hazard_entries.entered_on
    group by hazard_entries.district_code, days.figure_day

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
