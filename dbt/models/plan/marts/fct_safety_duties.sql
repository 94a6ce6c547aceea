{{ config(materialized='view') }}

select
    district_code,
    reporting_month,
    duty,
    schools,
    schools_complete,
    due,
    done,
    done_of_due,
    done_share
from {{ ref('int_safety_duties') }}
