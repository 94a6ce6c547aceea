{{ config(materialized='view') }}

select
    school_year,
    district_code,
    stage,
    indicator_code,
    is_judged,
    schools_in_scope,
    schools_available,
    schools_met,
    met_share,
    mean_value,
    standard_deviation,
    coefficient_of_variation,
    cv_limit,
    cv_status
from {{ ref('int_district_indicators') }}
