-- a milestone that names no measure belongs to the item's measure where there is only one
with only_measures as (

    select
        district_code,
        item_number,
        min(measure_number) as measure_number
    from {{ ref('stg_rectification_tasks') }}
    group by district_code, item_number
    having count(*) = 1

)

select
    stated.district_code,
    stated.milestone_number,
    stated.item_number,
    coalesce(stated.measure_number, only_measures.measure_number) as measure_number,
    stated.milestone_kind,
    stated.milestone_zh,
    stated.department,
    stated.planned_on,
    stated.achieved_on,
    stated.planned_investment_10k_yuan,
    stated.invested_10k_yuan,
    stated.added_places,
    stated.evidence_zh,
    stated.valid_from,
    stated.valid_to
from {{ ref('int_milestone_versions') }} as stated
left join only_measures
    on
        stated.district_code = only_measures.district_code
        and stated.item_number = only_measures.item_number
