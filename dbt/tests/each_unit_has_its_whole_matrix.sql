-- What: units that don't have exactly seven judged and three reported rows.
-- Matters: a school that lost an indicator would be judged on six.
-- Resolve: look at int_unit_indicators_long and its joins in int_indicator_results.
select
    school_year,
    school_code,
    stage
from {{ ref('fct_school_indicators') }}
group by school_year, school_code, stage
having sum(case when is_judged then 1 else 0 end) <> (select sum(case when is_judged then 1 else 0 end) from {{ ref('indicators') }})
    or count(*) <> (select count(*) from {{ ref('indicators') }})
