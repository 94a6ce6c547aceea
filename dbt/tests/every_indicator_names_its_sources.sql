-- What: indicators without a row in indicator_sources, and sources of indicators that don't exist.
-- Matters: such a figure could not be led back to the cells it was reported in.
-- Resolve: add the reported columns of the indicator to dbt/seeds/indicator_sources.csv, or correct the code there.
{{ config(meta={'label_zh': '有指标没有写明取自哪些列'}) }}
select coalesce(indicators.indicator_code, sources.indicator_code) as indicator_code
from {{ ref('indicators') }} as indicators
full outer join {{ ref('indicator_sources') }} as sources on indicators.indicator_code = sources.indicator_code
where indicators.indicator_code is null or sources.indicator_code is null
