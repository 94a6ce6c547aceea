{{ config(materialized='view') }}

select
    school_year,
    district_code,
    school_code,
    stage,
    grade,
    class_name,
    students,
    class_count,
    size_band_minimum,
    size_band_maximum,
    standard_size,
    excess_students,
    size_band,
    is_estimated
from {{ ref('int_classes') }}
