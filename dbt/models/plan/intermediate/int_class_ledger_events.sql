-- What each day's data, or the calendar, say of an entry: open, doubtful, closed, or nothing.
{% set class_key = ['school_code', 'stage', 'entry_school_year', 'class_name'] %}
with known as (

    select * from {{ ref('int_class_observations') }}

),

-- a class whose grade is below its stage can't be followed
observations as (

    select * from known
    where entry_school_year is not null

),

context as (

    select as_of from {{ ref('stg_build_context') }}

),

-- how one yearly return lists the classes of one year of entry
listings as (

    select
        school_code,
        stage,
        entry_school_year,
        observed_on,
        max(case when is_lumped then 1 else 0 end) as has_bands,
        max(case when is_lumped and is_over then 1 else 0 end) as has_bands_over,
        max(case when is_over is null or (is_estimated and not is_over) then 1 else 0 end) as has_unknown
    from observations
    where is_yearly
    group by school_code, stage, entry_school_year, observed_on

),

-- yearly returns of a stage without an unreadable row, and without a grade below the stage
returns as (

    select
        known.school_code,
        known.stage,
        known.observed_on
    from known
    left join {{ ref('int_quarantined') }} as quarantined
        on
            quarantined.feed = 'class_sizes'
            and known.school_year = quarantined.school_year
            and known.reported_school_code = quarantined.school_code
            and quarantined.stage in (known.stage, 'all')
    where known.is_yearly
    group by known.school_code, known.stage, known.observed_on
    having count(quarantined.school_code) = 0 and count(known.entry_school_year) = count(*)

),

listings_in_time as (

    select
        listings.*,
        returns.school_code is not null and listings.has_unknown = 0 as is_complete,
        lead(listings.observed_on) over (
            partition by listings.school_code, listings.stage, listings.entry_school_year
            order by listings.observed_on nulls last
        ) as next_observed_on
    from listings
    left join returns
        on
            listings.school_code = returns.school_code
            and listings.stage = returns.stage
            and listings.observed_on = returns.observed_on

),

-- where all classes stand in bands, a count by name is about a class that the bands hold already
counts_within_bands as (

    select
        counts.school_code,
        counts.stage,
        counts.entry_school_year,
        counts.class_name,
        counts.observed_on
    from observations as counts
    inner join listings_in_time as listings
        on
            counts.school_code = listings.school_code
            and counts.stage = listings.stage
            and counts.entry_school_year = listings.entry_school_year
            and counts.observed_on >= listings.observed_on
            and (listings.next_observed_on is null or counts.observed_on < listings.next_observed_on)
    left join observations as named
        on
            named.is_yearly
            and listings.observed_on = named.observed_on
            and {{ same_key('counts', 'named', class_key) }}
    where
        not counts.is_yearly
        and listings.is_complete
        and listings.has_bands_over = 1
        and named.school_code is null

),

usable as (

    select observations.*
    from observations
    left join counts_within_bands as left_out
        on
            not observations.is_yearly
            and observations.observed_on = left_out.observed_on
            and {{ same_key('observations', 'left_out', class_key) }}
    where left_out.school_code is null

),

-- a class is known by school, stage, year of entry and name; it moves up with its grade
entries as (

    select
        school_code,
        stage,
        entry_school_year,
        class_name,
        max(district_code) as district_code,
        min(case when is_over then observed_on end) as opened_on,
        max(case when is_lumped then 0 else 1 end) as is_single,
        -- a grade that doesn't fit the stage doesn't end an entry before it is a year old
        max(
            case
                when entry_school_year + years_of_stage > school_year then entry_school_year + years_of_stage
                else school_year + 1
            end
        ) as leaving_year
    from usable
    group by school_code, stage, entry_school_year, class_name
    having min(case when is_over then observed_on end) is not null

),

observed as (

    select
        entries.district_code,
        entries.school_code,
        entries.stage,
        entries.entry_school_year,
        entries.class_name,
        entries.opened_on,
        usable.observed_on,
        usable.is_yearly,
        usable.is_lumped,
        usable.grade,
        usable.students_per_class,
        usable.size_band_minimum,
        usable.size_band_maximum,
        usable.standard_size,
        case when usable.is_lumped and not usable.is_yearly and entries.is_single = 1 then 1 else usable.class_count end
            as class_count,
        case
            when usable.is_over then 'open'
            when not usable.is_over and not usable.is_estimated then 'reduced'
        end as verdict,
        row_number() over (
            partition by
                entries.school_code, entries.stage, entries.entry_school_year, entries.class_name, usable.observed_on
            order by usable.is_yearly nulls last
        ) as choice
    from entries
    inner join usable
        on
            {{ same_key('entries', 'usable', class_key) }}
            and entries.opened_on <= usable.observed_on

),

unlisted as (

    select
        entries.*,
        returns.observed_on,
        case
            when listings.school_code is null then 'not_listed'
            when listings.has_bands = 1 or entries.is_single = 0 then 'listed_otherwise'
            else 'not_listed'
        end as verdict
    from entries
    inner join returns
        on
            entries.school_code = returns.school_code
            and entries.stage = returns.stage
            and entries.opened_on < returns.observed_on
            and returns.observed_on < {{ statistics_day('entries.leaving_year') }}
    left join listings_in_time as listings
        on
            entries.school_code = listings.school_code
            and entries.stage = listings.stage
            and entries.entry_school_year = listings.entry_school_year
            and returns.observed_on = listings.observed_on
    left join observed
        on
            {{ same_key('entries', 'observed', class_key) }}
            and returns.observed_on = observed.observed_on
    where
        observed.school_code is null
        and (listings.school_code is null or listings.is_complete)

),

graduated as (

    select
        entries.*,
        {{ statistics_day('entries.leaving_year') }} as observed_on,
        'graduated' as verdict
    from entries
    cross join context
    where {{ statistics_day('entries.leaving_year') }} <= context.as_of

),

-- a school that was merged into another one returns nothing more: its classes are in the other school's next return
merged as (

    select
        entries.district_code,
        entries.school_code,
        entries.stage,
        entries.entry_school_year,
        entries.class_name,
        entries.opened_on,
        entries.is_single,
        min(returns.observed_on) as observed_on,
        'merged' as verdict
    from entries
    inner join {{ ref('int_school_successors') }} as successors
        on
            entries.school_code = successors.school_code
            and successors.merged_school_code is not null
    inner join returns
        on
            successors.merged_school_code = returns.school_code
            and entries.stage = returns.stage
            and entries.opened_on < returns.observed_on
            and returns.observed_on >= {{ statistics_day('successors.since_year') }}
            and returns.observed_on < {{ statistics_day('entries.leaving_year') }}
    left join returns as own_returns
        on
            entries.school_code = own_returns.school_code
            and entries.stage = own_returns.stage
            and own_returns.observed_on >= {{ statistics_day('successors.since_year') }}
    where own_returns.school_code is null
    group by
        entries.district_code,
        entries.school_code,
        entries.stage,
        entries.entry_school_year,
        entries.class_name,
        entries.opened_on,
        entries.is_single

),

said as (

    select
        district_code,
        school_code,
        stage,
        entry_school_year,
        class_name,
        opened_on,
        observed_on,
        is_lumped,
        grade,
        students_per_class,
        size_band_minimum,
        size_band_maximum,
        standard_size,
        case when verdict = 'open' then class_count else 0 end as open_classes,
        verdict
    from observed
    where choice = 1 and verdict is not null
    {% for relation in ('unlisted', 'graduated', 'merged') -%}
        union all
        select
            district_code,
            school_code,
            stage,
            entry_school_year,
            class_name,
            opened_on,
            observed_on,
            is_single = 0 as is_lumped,
            cast(null as string) as grade,
            cast(null as double) as students_per_class,
            cast(null as bigint) as size_band_minimum,
            cast(null as bigint) as size_band_maximum,
            cast(null as double) as standard_size,
            0 as open_classes,
            verdict
        from {{ relation }}
    {% endfor %}
),

-- the first school year in which nobody lists a school any more: neither its town's register nor another school, as its
-- former code or as merged. A register that has not come in is carried on, and so is the school.
left_schools as (

    select
        last_listed.school_code,
        min(years.opens_on) as left_on
    from (
        select
            school_code,
            max(school_year) as last_year
        from {{ ref('int_registers') }}
        group by school_code
    ) as last_listed
    inner join {{ ref('int_school_years') }} as years on last_listed.last_year < years.school_year
    left join {{ ref('int_school_successors') }} as successors on last_listed.school_code = successors.school_code
    where successors.school_code is null
    group by last_listed.school_code

),

said_in_time as (

    select
        said.*,
        left_schools.left_on,
        lead(said.observed_on) over (
            partition by said.school_code, said.stage, said.entry_school_year, said.class_name
            order by said.observed_on nulls last
        ) as next_observed_on,
        -- the first day after the next class return was due
        {{ days_after(statistics_day(school_year_of('said.observed_on') ~ ' + 1'), 'feeds.due_within_days + 1') }}
            as doubtful_on
    from said
    left join {{ ref('stg_feeds') }} as feeds on feeds.feed = 'class_sizes'
    left join left_schools on said.school_code = left_schools.school_code

),

-- an open class of which no class return has come by the day it was due, or whose school has gone so that none is due
doubts as (

    select
        *,
        doubtful_on as doubted_on
    from said_in_time
    where verdict = 'open'
    union all
    select
        *,
        left_on as doubted_on
    from said_in_time
    where verdict = 'open' and left_on > observed_on

),

doubtful as (

    select
        doubts.*,
        case when doubts.left_on <= doubts.doubted_on then 'school_left' else 'overdue' end as doubt
    from doubts
    cross join context
    where
        doubts.doubted_on <= context.as_of
        and (doubts.next_observed_on is null or doubts.doubted_on < doubts.next_observed_on)

),

final as (

    select
        district_code,
        school_code,
        stage,
        entry_school_year,
        class_name,
        opened_on,
        observed_on,
        is_lumped,
        grade,
        students_per_class,
        size_band_minimum,
        size_band_maximum,
        standard_size,
        open_classes,
        verdict,
        case when verdict = 'open' then 'open' else 'closed' end as state
    from said_in_time
    union all
    select
        district_code,
        school_code,
        stage,
        entry_school_year,
        class_name,
        opened_on,
        doubted_on as observed_on,
        is_lumped,
        cast(null as string) as grade,
        cast(null as double) as students_per_class,
        cast(null as bigint) as size_band_minimum,
        cast(null as bigint) as size_band_maximum,
        cast(null as double) as standard_size,
        open_classes,
        doubt as verdict,
        'to_verify' as state
    from doubtful

)

select * from final
