{{ config(materialized='view') }}

select
    district_code,
    monitoring_year,
    stage,
    subject,
    students,
    level_three_share,
    city_level_three_share,
    level_three_share_above_city,
    between_school_difference,
    between_school_difference_limit,
    between_school_status
from {{ ref('int_monitoring_results') }}
