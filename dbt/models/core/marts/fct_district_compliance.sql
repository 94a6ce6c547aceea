{{ config(materialized='view') }}

select
    school_year,
    district_code,
    stage,
    schools_in_scope,
    schools_compliant,
    schools_not_compliant,
    schools_undetermined,
    schools_one_indicator_short,
    compliance_rate,
    compliance_rate_low,
    compliance_rate_high,
    composite_cv
from {{ ref('int_district_compliance') }}
