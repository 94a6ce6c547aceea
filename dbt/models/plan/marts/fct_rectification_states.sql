-- One row per measure and stretch of time in one state: the ledger as it stood on any day.
with states as (

    select
        *,
        lag(state) over (
            partition by district_code, item_number, measure_number
            order by state_day nulls last
        ) as state_before,
        lag(coalesce(refusal_code, '')) over (
            partition by district_code, item_number, measure_number
            order by state_day nulls last
        ) as refusal_before
    from {{ ref('int_ledger_states') }}

),

changes as (

    select * from states
    where state_before is null or state_before <> state or refusal_before <> coalesce(refusal_code, '')

),

final as (

    select
        district_code,
        item_number,
        measure_number,
        state,
        state_day as valid_from,
        lead(state_day) over (
            partition by district_code, item_number, measure_number
            order by state_day nulls last
        ) as valid_to,
        reported_state,
        refusal_code,
        refusal_zh,
        coalesce(state_before = 'closed' and state <> 'closed', false) as is_reopening,
        figure_code,
        figure_value,
        figure_observed_on,
        figure_received_on,
        figure_day_status,
        needed_value,
        figure_status,
        evidence_zh,
        evidence_status,
        evidence_file_name,
        evidence_sha256,
        evidence_received_on,
        case when state = 'closed' then reviewer end as closed_by
    from changes

)

select * from final
