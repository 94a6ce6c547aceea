{{ config(materialized='view') }}

select
    district_code,
    survey_round,
    surveyed_on,
    surveyed_by,
    question,
    respondents,
    satisfied,
    satisfied_share,
    satisfied_share_low,
    satisfied_share_high
from {{ ref('int_satisfaction') }}
