{{ config(materialized='view') }}

select
    district_code,
    reporting_month,
    item_number,
    work_code,
    work_zh,
    unit_zh,
    planned,
    done,
    is_reported,
    planned_in_year,
    done_in_year,
    last_reported_month
from {{ ref('int_work_figures') }}
