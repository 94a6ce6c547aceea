{{ config(materialized='view') }}

select
    district_code,
    reporting_month,
    hazard_kind,
    found,
    struck_off,
    open_hazards,
    overdue_hazards,
    reopened_hazards,
    carried_over_hazards,
    mean_loop_days
from {{ ref('int_district_hazards') }}
