{{ config(materialized='view') }}

select
    school_year,
    district_code,
    stage,
    classes,
    classes_over_standard,
    classes_large,
    classes_super_large,
    large_share,
    rows_without_size,
    schools_due,
    schools_received
from {{ ref('int_district_class_sizes') }}
