{{ config(materialized='view') }}

select
    school_year,
    district_code,
    vocational_students,
    technician_students,
    general_students,
    vocational_share,
    vocational_share_with_technician,
    schools_due,
    schools_available
from {{ ref('int_upper_secondary') }}
