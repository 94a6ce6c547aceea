{{ config(materialized='view') }}

select
    district_code,
    group_kind,
    group_name,
    lead_school_code,
    lead_school_name,
    schools,
    member_schools,
    kindergartens,
    complete_on,
    is_complete
from {{ ref('int_school_groups') }}
