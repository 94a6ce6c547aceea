with standards as (

    select * from {{ ref('standards') }}

),

reported_only as (

    select * from {{ ref('standards_reported_only') }}

),

final as (

    select
        standards.indicator_code,
        standards.measure,
        standards.stage,
        standards.school_kind,
        standards.jurisdiction,
        standards.threshold,
        standards.direction,
        standards.valid_from,
        standards.valid_to,
        standards.source_document,
        standards.clause,
        standards.source_url,
        standards.confidence,
        standards.confidence in ('high', 'medium') and reported_only.measure is null as is_judged
    from standards
    left join reported_only
        on
            standards.measure = reported_only.measure
            and standards.indicator_code = reported_only.indicator_code
            and standards.school_kind = reported_only.school_kind

)

select * from final
