{{ config(materialized='view') }}

select
    school_year,
    district_code,
    target_code,
    target_year,
    stage,
    sort_order,
    figure_zh,
    unit_zh,
    scale,
    decimals,
    direction,
    target_value,
    target_due_on,
    numerator,
    denominator,
    value,
    figure_observed_on,
    reports_due,
    reports_available,
    start_year,
    start_value,
    path_value,
    latest_value,
    latest_observed_on,
    status
from {{ ref('int_target_paths') }}
