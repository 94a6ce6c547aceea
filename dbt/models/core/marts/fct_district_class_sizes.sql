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
    quarantined_rows,
    schools_due,
    schools_received,
    returns_expected,
    returns_complete
from {{ ref('int_district_class_sizes') }}
