{{ config(materialized='view') }}

select
    school_year,
    district_code,
    school_code,
    condition_code,
    value,
    value_owned_only,
    threshold,
    direction,
    status,
    status_owned_only
from {{ ref('int_vocational_verdicts') }}
