{{ config(materialized='view') }}

select
    district_code,
    reporting_month,
    duty,
    owed_by,
    is_check,
    due_on,
    returns_status,
    schools_due,
    schools_reported,
    schools,
    schools_complete,
    due,
    done,
    done_of_due,
    done_share,
    done_share_of_reports
from {{ ref('int_safety_duties') }}
