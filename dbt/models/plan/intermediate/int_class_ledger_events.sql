-- What each day's data say of a class that was ever above its standard: open, closed, or nothing.
with observations as (

    select * from {{ ref('int_class_observations') }}

),

-- a class is known by school, stage, year of entry and name; it moves up with its grade
entries as (

    select
        district_code,
        school_code,
        stage,
        cohort,
        class_name,
        min(observed_on) as opened_on
    from observations
    where is_over
    group by district_code, school_code, stage, cohort, class_name

),

seen as (

    select
        entries.district_code,
        entries.school_code,
        entries.stage,
        entries.cohort,
        entries.class_name,
        entries.opened_on,
        observations.observed_on,
        observations.is_yearly,
        observations.grade,
        observations.students_per_class,
        observations.standard_size,
        case
            when observations.is_over then 'open'
            when not observations.is_over and not observations.is_estimated then 'reduced'
        end as verdict,
        row_number() over (
            partition by
                entries.school_code, entries.stage, entries.cohort, entries.class_name, observations.observed_on
            order by observations.is_yearly
        ) as choice
    from entries
    inner join observations
        on
            entries.school_code = observations.school_code
            and entries.stage = observations.stage
            and entries.cohort = observations.cohort
            and entries.class_name = observations.class_name
            and entries.opened_on <= observations.observed_on

),

-- a year's class data that hold all classes of the stage: none unreadable, none lumped together
complete_years as (

    select
        observations.school_code,
        observations.stage,
        observations.school_year,
        max(observations.observed_on) as observed_on,
        max({{ grade_level('observations.grade') }}) as highest_level
    from observations
    left join {{ ref('int_quarantined') }} as quarantined
        on
            quarantined.feed = 'class_sizes'
            and observations.school_year = quarantined.school_year
            and observations.school_code = quarantined.school_code
            and observations.stage = quarantined.stage
    where observations.is_yearly
    group by observations.school_code, observations.stage, observations.school_year
    having
        count(quarantined.school_code) = 0
        and sum(case when observations.is_estimated or observations.is_over is null then 1 else 0 end) = 0

),

absent as (

    select
        entries.district_code,
        entries.school_code,
        entries.stage,
        entries.cohort,
        entries.class_name,
        entries.opened_on,
        complete_years.observed_on,
        true as is_yearly,
        cast(null as varchar) as grade,
        cast(null as double) as students_per_class,
        cast(null as double) as standard_size,
        case
            when complete_years.school_year - entries.cohort > complete_years.highest_level then 'graduated'
            else 'not_listed'
        end as verdict,
        1 as choice
    from entries
    inner join complete_years
        on
            entries.school_code = complete_years.school_code
            and entries.stage = complete_years.stage
            and entries.opened_on < complete_years.observed_on
    left join seen
        on
            entries.school_code = seen.school_code
            and entries.stage = seen.stage
            and entries.cohort = seen.cohort
            and entries.class_name = seen.class_name
            and complete_years.observed_on = seen.observed_on
    where seen.school_code is null

),

united as (

    select * from seen
    where choice = 1
    union all
    select * from absent

),

final as (

    select
        district_code,
        school_code,
        stage,
        cohort,
        class_name,
        opened_on,
        observed_on,
        is_yearly,
        grade,
        students_per_class,
        standard_size,
        verdict,
        case when verdict is not null then case when verdict = 'open' then 'open' else 'closed' end end as state
    from united

)

select * from final
