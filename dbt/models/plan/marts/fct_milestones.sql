{{ config(materialized='view') }}

select
    district_code,
    milestone_number,
    item_number,
    measure_number,
    milestone_kind,
    milestone_zh,
    department,
    planned_on,
    achieved_on,
    status,
    days_after_plan,
    light,
    planned_investment_10k_yuan,
    invested_10k_yuan,
    added_places,
    evidence_zh
from {{ ref('int_milestones') }}
