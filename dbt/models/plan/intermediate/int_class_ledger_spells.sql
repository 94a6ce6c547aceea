-- One row per entry and stretch of time with one state and one number of classes.
with events as (

    select
        *,
        lag(state) over (
            partition by school_code, stage, entry_school_year, class_name
            order by observed_on nulls last
        ) as state_before,
        lag(verdict) over (
            partition by school_code, stage, entry_school_year, class_name
            order by observed_on nulls last
        ) as verdict_before,
        lag(open_classes) over (
            partition by school_code, stage, entry_school_year, class_name
            order by observed_on nulls last
        ) as classes_before
    from {{ ref('int_class_ledger_events') }}

),

changes as (

    select
        *,
        coalesce(classes_before, 0) as classes_until_then
    from events
    where
        state_before is null
        or state_before <> state
        or classes_before <> open_classes
        or (state = 'to_verify' and verdict_before <> verdict)

),

final as (

    select
        district_code,
        school_code,
        stage,
        entry_school_year,
        class_name,
        opened_on,
        is_lumped,
        state,
        verdict,
        open_classes,
        classes_until_then,
        case when open_classes > classes_until_then then open_classes - classes_until_then else 0 end as opened_classes,
        case when open_classes < classes_until_then then classes_until_then - open_classes else 0 end as closed_classes,
        observed_on as valid_from,
        lead(observed_on) over (
            partition by school_code, stage, entry_school_year, class_name
            order by observed_on nulls last
        ) as valid_to,
        row_number() over (
            partition by school_code, stage, entry_school_year, class_name
            order by observed_on desc
        ) as recency
    from changes

)

select * from final
