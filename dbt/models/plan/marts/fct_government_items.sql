{{ config(materialized='view') }}

select
    school_year,
    district_code,
    domain,
    item_code,
    sort_order,
    number_zh,
    item_zh,
    unit_zh,
    scale,
    decimals,
    proof_kind,
    numerator,
    -- a figure without a unit is no ratio of counts
    case when unit_zh is not null then denominator end as denominator,
    case when unit_zh is not null then denominator_unit_zh end as denominator_unit_zh,
    value,
    second_reading,
    threshold,
    reports_due,
    reports_available,
    status,
    evidence_zh,
    evidence_sha256
from {{ ref('int_government_items') }}
