{{ config(materialized='view') }}

select
    district_code,
    fiscal_year,
    general_public_budget_yuan,
    education_outlay_yuan,
    education_outlay_share,
    enrolled_students,
    outlay_per_student_yuan,
    education_outlay_growth,
    outlay_per_student_growth,
    city_education_outlay_growth,
    education_outlay_growth_above_city,
    outlay_status,
    outlay_per_student_status,
    temporary_pay_in_budget_yuan
from {{ ref('int_education_finance') }}
