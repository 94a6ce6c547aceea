{{ config(materialized='view') }}

select
    school_year,
    district_code,
    schools_due,
    schools,
    planned_entrants,
    entrants,
    intake_share_of_plan,
    full_time_teachers,
    specialised_teachers,
    dual_qualified_teachers,
    senior_title_teachers,
    part_time_teachers,
    dual_qualified_teacher_share,
    specialised_teacher_share,
    senior_title_teacher_share,
    part_time_teacher_share,
    dual_qualified_status,
    specialised_status,
    senior_title_status
from {{ ref('int_vocational_teachers') }}
