-- The days on which the calendar alone may change a figure of a district: the ends of months, and the days on which measures begin.
select
    district_code,
    observed_on as figure_day
from {{ ref('int_months') }}
union
select
    measures.district_code,
    measures.begun_on as figure_day
from {{ ref('int_task_versions') }} as measures
cross join {{ ref('stg_build_context') }} as build_context
where measures.begun_on <= build_context.as_of
