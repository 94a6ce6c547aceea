-- One row per class and stretch of time in which its entry is open or closed.
with events as (

    select
        *,
        lag(state) over (
            partition by school_code, stage, cohort, class_name
            order by observed_on
        ) as state_before
    from {{ ref('int_class_ledger_events') }}
    where state is not null

),

changes as (

    select * from events
    where state_before is null or state_before <> state

),

final as (

    select
        district_code,
        school_code,
        stage,
        cohort,
        class_name,
        opened_on,
        state,
        verdict,
        observed_on as valid_from,
        lead(observed_on) over (
            partition by school_code, stage, cohort, class_name
            order by observed_on
        ) as valid_to,
        row_number() over (
            partition by school_code, stage, cohort, class_name
            order by observed_on desc
        ) as recency
    from changes

)

select * from final
