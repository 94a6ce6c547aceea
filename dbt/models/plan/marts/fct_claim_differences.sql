{{ config(materialized='view') }}

select
    claim_code,
    claim_zh,
    unit_zh,
    district_code,
    school_code,
    school_name,
    claim_year,
    claimed,
    claimed_on,
    reported,
    reported_figure_on,
    reports_available,
    reports_due,
    difference,
    tolerance,
    tolerance_basis_zh,
    claim_feed,
    reported_feed,
    status
from {{ ref('int_claim_differences') }}
