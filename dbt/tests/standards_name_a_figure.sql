-- What: standards by which schools, variation or targets are judged, of a figure that does not exist.
-- Matters: such a row judges nothing, and nobody would hear of it.
-- Resolve: correct the code in dbt/seeds/standards.csv, or list the row in dbt/seeds/standards_reported_only.csv.
{{ config(meta={'label_zh': '有标准的指标代码没有对应的指标'}) }}
select
    standards.indicator_code,
    standards.measure,
    standards.stage,
    standards.valid_from
from {{ ref('standards') }} as standards
left join {{ ref('indicators') }} as indicators on standards.indicator_code = indicators.indicator_code
left join {{ ref('targets') }} as targets
    on
        standards.indicator_code = targets.indicator_code
        and standards.measure = targets.measure
left join {{ ref('standards_reported_only') }} as reported_only
    on
        standards.measure = reported_only.measure
        and standards.indicator_code = reported_only.indicator_code
where
    reported_only.measure is null
    and (
        (standards.measure in ('school_threshold', 'cv_limit') and indicators.indicator_code is null)
        or (standards.measure in ('target', 'plan_target') and targets.indicator_code is null)
    )
