{{ config(materialized='view') }}

select
    school_year,
    district_code,
    school_code,
    stage,
    students,
    indicators_met,
    indicators_available,
    lowest_indicator_code,
    lowest_ratio,
    status,
    reason_zh
from {{ ref('int_school_compliance') }}
