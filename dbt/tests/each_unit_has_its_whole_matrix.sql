-- What: units that don't have exactly seven judged and three reported rows.
-- Matters: a school that lost an indicator would be judged on six.
-- Resolve: look at the indicators' columns in int_unit_indicators, and at int_unit_indicators_long.
{{ config(meta={'label_zh': '有学校的指标不全'}) }}
with expected as (

    select
        count(*) as indicators,
        sum(case when is_judged then 1 else 0 end) as judged_indicators
    from {{ ref('indicators') }}

),

counted as (

    select
        school_year,
        school_code,
        stage,
        count(*) as indicators,
        sum(case when is_judged then 1 else 0 end) as judged_indicators
    from {{ ref('fct_school_indicators') }}
    group by school_year, school_code, stage

)

select counted.*
from counted
cross join expected
where
    counted.indicators <> expected.indicators
    or counted.judged_indicators <> expected.judged_indicators
