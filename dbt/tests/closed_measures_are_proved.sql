-- What: measures that are closed, or exempt, on a figure observed before they began, on a figure whose missing returns may
--   still change the verdict, on a figure that doesn't reach what is needed, on a document that isn't in the vault, before
--   their proof was received, or without the post of a reviewer.
-- Matters: the ledger would say that something is done which its data don't carry.
-- Resolve: the state of int_measure_states has to refuse it; look at the measure and month listed.
{{ config(meta={'label_zh': '有措施没有依据就列为已销号'}) }}
with measures as (

    select
        reporting_month,
        district_code,
        item_number,
        measure_number,
        state,
        proof_kind,
        begun_on,
        figure_code,
        figure_observed_on,
        figure_status,
        reports_available,
        reports_due,
        figure_denominator,
        closed_by,
        evidence_sha256,
        proof_kind = 'documents' or state = 'exempt' as needs_document
    from {{ ref('fct_rectification_measures') }}
    where state in ('closed', 'exempt')

),

vault as (

    select distinct sha256 from {{ ref('stg_evidence_files') }}

),

-- a closing counts from the day its last proof was received
closed_too_early as (

    select
        district_code,
        item_number,
        measure_number
    from {{ ref('fct_rectification_states') }}
    where
        state in ('closed', 'exempt')
        and (
            valid_from < evidence_received_on
            or (state = 'closed' and valid_from < figure_received_on)
        )

),

-- the table of measures has no reviewer of an exemption
unreviewed as (

    select distinct
        district_code,
        item_number,
        measure_number
    from {{ ref('int_ledger_states') }}
    where
        state in ('closed', 'exempt')
        and (reviewer is null or reviewed_on is null or review_result is null)

),

final as (

    select measures.*
    from measures
    left join {{ ref('rectification_figures') }} as kinds on measures.figure_code = kinds.figure_code
    left join closed_too_early as too_early
        on
            measures.district_code = too_early.district_code
            and measures.item_number = too_early.item_number
            and measures.measure_number = too_early.measure_number
    left join unreviewed
        on
            measures.district_code = unreviewed.district_code
            and measures.item_number = unreviewed.item_number
            and measures.measure_number = unreviewed.measure_number
    left join vault on measures.evidence_sha256 = vault.sha256
    where
        (measures.state = 'closed' and {{ is_before_begin('measures.figure_observed_on', 'measures.begun_on') }})
        or (measures.state = 'closed' and measures.figure_code is not null and measures.figure_status <> 'met')
        or (measures.state = 'closed' and {{ lacks_denominator('kinds.is_share', 'measures.figure_denominator') }})
        or (
            measures.state = 'closed'
            and {{ lacks_returns('measures.reports_available', 'measures.reports_due', 'kinds.while_incomplete') }}
            and not {{ stays_reached('kinds.while_incomplete', 'kinds.direction') }}
        )
        or (measures.state = 'closed' and measures.closed_by is null)
        or too_early.item_number is not null
        or unreviewed.item_number is not null
        or (measures.needs_document and vault.sha256 is null)

)

select * from final
