{{ config(materialized='view') }}

select
    school_year,
    district_code,
    school_code,
    stage,
    indicator_code,
    is_judged,
    numerator,
    denominator,
    source_total,
    stage_share,
    value,
    threshold,
    ratio,
    status,
    missing_reason,
    gap_to_threshold,
    gap_to_floor,
    rounding_flips_verdict,
    scope,
    reaches_floor
from {{ ref('int_school_indicators') }}
