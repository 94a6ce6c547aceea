-- What stood open in the ledgers of classes and hazards on a day (known_on), how new the ledger was then (observed_on), and
-- how many of the schools that owe the returns behind it have sent them.
with context as (

    select as_of from {{ ref('stg_build_context') }}

),

observations as (

    select distinct
        district_code,
        observed_on
    from {{ ref('int_class_observations') }}
    where {{ is_judged_stage('stage') }}

),

observed_districts as (

    select distinct district_code from observations

),

-- the ends of months, and every day on which classes were counted, or an entry opens, closes or changes
days_of_classes as (

    select
        observed_districts.district_code,
        changed.figure_day
    from {{ ref('int_figure_days') }} as changed
    inner join observed_districts on changed.district_code = observed_districts.district_code
    union
    select
        district_code,
        observed_on as figure_day
    from observations
    union
    select
        spells.district_code,
        spells.valid_from as figure_day
    from {{ ref('int_class_ledger_spells') }} as spells
    cross join context
    where {{ is_judged_stage('spells.stage') }} and spells.valid_from <= context.as_of

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
            and {{ is_judged_stage('spells.stage') }}
            and class_days.known_on >= spells.valid_from
            and (spells.valid_to is null or class_days.known_on < spells.valid_to)
    group by class_days.district_code, class_days.known_on, class_days.observed_on

),

class_returns as (

    select
        district_code,
        school_year,
        {{ statistics_day('school_year') }} as statistics_day,
        sum(returns_expected) as due,
        sum(returns_complete) as available,
        sum(schools_received) as received
    from {{ ref('int_class_returns') }}
    where {{ is_judged_stage('stage') }}
    group by district_code, school_year

),

-- The returns of the newest year that has any; before the first return nothing is known. Counts between two returns speak
-- of single schools.
class_returns_in_order as (

    select
        class_entries.district_code,
        class_entries.known_on,
        case when class_returns.statistics_day <= class_entries.known_on then class_returns.available else 0 end as available,
        class_returns.due,
        row_number() over (
            partition by class_entries.district_code, class_entries.known_on
            order by
                case when class_returns.statistics_day <= class_entries.known_on then 0 else 1 end asc,
                case when class_returns.received > 0 then 0 else 1 end asc,
                class_returns.school_year desc
        ) as place
    from class_entries
    inner join class_returns on class_entries.district_code = class_returns.district_code

),

-- what a school counted anew by then, in a row that is put aside, may have opened an entry, or kept it open
waiting_counts as (

    select
        class_entries.district_code,
        class_entries.known_on,
        count(distinct waiting.school_code) as schools
    from class_entries
    inner join {{ ref('int_waiting_entries') }} as waiting
        on
            waiting.feed = 'class_counts'
            and class_entries.district_code = waiting.district_code
            and coalesce(class_entries.known_on >= waiting.observed_on, true)
    group by class_entries.district_code, class_entries.known_on

),

classes as (

    select
        class_entries.*,
        {{ larger_of('coalesce(latest_returns.available, 0) - coalesce(waiting_counts.schools, 0)', '0') }} as reports_available,
        coalesce(latest_returns.due, 0) as reports_due
    from class_entries
    left join waiting_counts
        on
            class_entries.district_code = waiting_counts.district_code
            and class_entries.known_on = waiting_counts.known_on
    left join class_returns_in_order as latest_returns
        on
            class_entries.district_code = latest_returns.district_code
            and class_entries.known_on = latest_returns.known_on
            and latest_returns.place = 1

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

nil_returns as (

    select distinct
        school_code,
        reporting_month
    from {{ ref('stg_nil_returns') }}
    where feed = 'hazards' and school_code is not null

),

-- the first month of which a row of a school's ledger is put aside
waiting_hazards as (

    select
        school_code,
        min(coalesce({{ month_text('observed_on') }}, '')) as first_month
    from {{ ref('int_waiting_entries') }}
    where feed = 'hazards'
    group by school_code

),

-- An empty ledger is no return: a school has spoken of its hazards where it says that there was none, or says of each kind
-- of check what was done; and where no row of its ledger is put aside.
checks_by_school as (

    select
        duties.district_code,
        duties.reporting_month,
        duties.due_on,
        duties.school_code,
        min(
            case
                when duties.reporting_month >= waiting_hazards.first_month then 0
                when duties.is_reported or nil_returns.school_code is not null then 1
                else 0
            end
        ) as is_reported
    from {{ ref('int_safety_duty_returns') }} as duties
    left join waiting_hazards on duties.school_code = waiting_hazards.school_code
    left join nil_returns
        on
            duties.school_code = nil_returns.school_code
            and duties.reporting_month = nil_returns.reporting_month
    where duties.is_check
    group by duties.district_code, duties.reporting_month, duties.due_on, duties.school_code

),

checks as (

    select
        district_code,
        reporting_month,
        due_on,
        count(*) as due,
        sum(is_reported) as available
    from checks_by_school
    group by district_code, reporting_month, due_on

),

checked_months as (

    select
        checks.district_code,
        checks.due,
        checks.available,
        months.observed_on,
        {{ month_counts_from('months.month_end', 'checks.due_on', 'checks.available = checks.due') }} as known_on
    from checks
    inner join {{ ref('int_months') }} as months
        on
            checks.district_code = months.district_code
            and checks.reporting_month = months.reporting_month

),

spoken_districts as (

    select district_code from hazard_entries
    union
    select district_code from checked_months

),

-- the ends of months, the days on which a month begins to count, the day of the first entry, and every day on which a hazard
-- becomes overdue, or one that was overdue is struck off
days_of_hazards as (

    select
        spoken_districts.district_code,
        changed.figure_day
    from {{ ref('int_figure_days') }} as changed
    inner join spoken_districts on changed.district_code = spoken_districts.district_code
    union
    select
        district_code,
        known_on as figure_day
    from checked_months
    union
    select
        district_code,
        min(entered_on) as figure_day
    from hazard_entries
    group by district_code
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

-- while no month counts, the ledger of hazards is as new as its newest entry
newest_entries as (

    select
        changed.district_code,
        changed.figure_day,
        case
            when max(hazard_entries.entered_on) is not null
                then {{ smaller_of('last_day(max(hazard_entries.entered_on))', 'changed.figure_day') }}
        end as observed_on
    from days_of_hazards as changed
    cross join context
    left join hazard_entries
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

checked_in_order as (

    select
        changed.district_code,
        changed.figure_day,
        checked_months.observed_on,
        checked_months.available,
        checked_months.due,
        max(checked_months.available) over (partition by changed.district_code, changed.figure_day) as most_available,
        row_number() over (
            partition by changed.district_code, changed.figure_day
            order by checked_months.observed_on desc
        ) as place
    from days_of_hazards as changed
    inner join checked_months
        on
            changed.district_code = checked_months.district_code
            and changed.figure_day >= checked_months.known_on

),

registers as (

    select
        district_code,
        count(*) as due
    from {{ ref('int_latest_schools') }}
    group by district_code

),

-- The ledger speaks of the last month that counts, or of the last deadline that made a hazard overdue. Before anybody has
-- spoken of hazards there is none.
hazard_days as (

    select
        entries.district_code,
        entries.figure_day as known_on,
        coalesce(
            {{ larger_of('coalesce(latest_checks.observed_on, entries.observed_on)', 'deadlines.missed_on') }},
            latest_checks.observed_on,
            entries.observed_on
        ) as observed_on,
        coalesce(latest_checks.available, 0) as reports_available,
        coalesce(latest_checks.due, registers.due) as reports_due
    from newest_entries as entries
    inner join registers on entries.district_code = registers.district_code
    left join newest_deadlines as deadlines
        on
            entries.district_code = deadlines.district_code
            and entries.figure_day = deadlines.figure_day
    left join checked_in_order as latest_checks
        on
            entries.district_code = latest_checks.district_code
            and entries.figure_day = latest_checks.figure_day
            and latest_checks.place = 1
    where entries.observed_on is not null or latest_checks.most_available > 0

),

-- none where every school that spoke has found none
hazards as (

    select
        hazard_days.district_code,
        hazard_days.known_on,
        hazard_days.observed_on,
        hazard_days.reports_available,
        hazard_days.reports_due,
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
    left join {{ ref('int_hazards') }} as entries
        on
            hazard_days.district_code = entries.district_code
            and hazard_days.known_on >= entries.found_on
    group by
        hazard_days.district_code, hazard_days.known_on, hazard_days.observed_on, hazard_days.reports_available,
        hazard_days.reports_due

),

final as (

    select
        district_code,
        'classes' as ledger,
        known_on,
        observed_on,
        cast(open_classes as bigint) as entries,
        cast(reports_available as bigint) as reports_available,
        cast(reports_due as bigint) as reports_due
    from classes
    union all
    select
        district_code,
        'overdue_hazards' as ledger,
        known_on,
        observed_on,
        cast(overdue_hazards as bigint) as entries,
        cast(reports_available as bigint) as reports_available,
        cast(reports_due as bigint) as reports_due
    from hazards

)

select * from final
