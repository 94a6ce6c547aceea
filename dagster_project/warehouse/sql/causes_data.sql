-- sqlfluff:templater:jinja:context:table:before_data
-- sqlfluff:templater:jinja:context:side:earlier_side
-- sqlfluff:templater:jinja:context:school_year:2024
-- In-scope figures of one side and school year, with the thresholds of schools and of their verdict.
create temp table {{ table }} as
select
    f.district_code,
    f.stage,
    f.indicator_code,
    f.school_code,
    f.numerator,
    f.denominator,
    f.value,
    f.threshold,
    -- a value and its limit are turned to the other side of zero where the limit is a maximum
    case when i.direction = 'at_most' then -1 else 1 end as turn,
    i.scale,
    f.is_judged,
    n.threshold as needed,
    r.threshold as floor_ratio
from {{ side }}.fct_school_indicators as f
inner join {{ side }}.dim_indicators as i on f.indicator_code = i.indicator_code
left join {{ side }}.dim_standards as n
    on
        n.measure = 'indicators_needed' and f.stage = n.stage and n.is_judged
        and f.school_year between n.valid_from and coalesce(n.valid_to, 9999)
left join {{ side }}.dim_standards as r
    on
        r.measure = 'floor_ratio' and f.stage = r.stage and r.is_judged
        and f.school_year between r.valid_from and coalesce(r.valid_to, 9999)
where f.school_year = {{ school_year }} and f.scope = 'in_scope'
