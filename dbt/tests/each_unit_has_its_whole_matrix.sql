-- What: units without a row for each indicator, or with more or fewer judged ones than the others of their year and stage.
-- Matters: a school that lost a judged indicator would be judged by the others alone.
-- Resolve: look at the indicators' columns in int_unit_indicators, and at int_unit_indicators_long.
{{ config(meta={'label_zh': '有学校的指标不全'}) }}
with expected as (

    select count(*) as indicators from {{ ref('indicators') }}

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

),

compared as (

    select
        *,
        max(judged_indicators) over (partition by school_year, stage) as expected_judged_indicators
    from counted

)

select compared.*
from compared
cross join expected
where
    compared.indicators <> expected.indicators
    or compared.judged_indicators <> compared.expected_judged_indicators
