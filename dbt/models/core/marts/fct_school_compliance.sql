{{ config(materialized='view') }}

select
    school_year,
    district_code,
    school_code,
    stage,
    students,
    indicators_met,
    indicators_available,
    indicators_to_raise,
    lowest_indicator_code,
    lowest_ratio,
    status,
    reason_zh
from {{ ref('int_school_compliance') }}
