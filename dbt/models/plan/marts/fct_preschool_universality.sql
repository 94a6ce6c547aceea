{{ config(materialized='view') }}

select
    school_year,
    district_code,
    figure_code,
    figure_zh,
    sort_order,
    unit_zh,
    scale,
    decimals,
    numerator,
    denominator,
    denominator_unit_zh,
    value,
    threshold,
    reports_due,
    reports_available,
    status
from {{ ref('int_preschool_universality') }}
