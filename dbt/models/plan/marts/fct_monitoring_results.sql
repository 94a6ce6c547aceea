{{ config(materialized='view') }}

select
    district_code,
    monitoring_year,
    stage,
    subject,
    surveyed_by,
    students,
    level_three_share,
    level_three_share_low,
    level_three_share_high,
    city_level_three_share,
    level_three_share_above_city,
    level_three_share_above_city_low,
    level_three_share_above_city_high,
    city_comparison,
    between_school_difference,
    between_school_difference_limit,
    between_school_status
from {{ ref('int_monitoring_results') }}
