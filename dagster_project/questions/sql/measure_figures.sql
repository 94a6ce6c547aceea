-- sqlfluff:templater:jinja:context:district_code:'500101'
-- sqlfluff:templater:jinja:context:item_number:'13'
-- sqlfluff:templater:jinja:context:measure_number:1
-- Figures of schools that the figure of a measure is made of, and which of their readings it takes; none where it is made
-- of returned rows themselves.
with measure as (
    select * from marts.fct_rectification_measures
    where
        district_code = {{ district_code }}
        and item_number = {{ item_number }}
        and measure_number = {{ measure_number }}
    qualify row_number() over (order by reporting_month desc) = 1
),

asked as (
    select
        district_code,
        figure_code,
        year(figure_observed_on) as school_year,
        case split_part(figure_code, '_', 1) when 'junior' then 'junior_secondary' else 'primary' end as stage
    from measure
    where figure_value is not null
)

select
    f.school_year,
    f.school_code,
    f.stage,
    f.indicator_code,
    false as is_of_students
from asked as a
inner join marts.fct_school_compliance as c
    on
        a.figure_code in ('primary_compliance_rate', 'junior_compliance_rate')
        and a.district_code = c.district_code and a.school_year = c.school_year and a.stage = c.stage
        and c.status in ('compliant', 'not_compliant')
inner join marts.fct_school_indicators as f
    on c.school_year = f.school_year and c.school_code = f.school_code and c.stage = f.stage and f.is_judged
union all
select
    f.school_year,
    f.school_code,
    f.stage,
    f.indicator_code,
    false as is_of_students
from asked as a
inner join marts.fct_district_indicators as d
    on
        a.figure_code in ('primary_variations_met', 'junior_variations_met')
        and a.district_code = d.district_code and a.school_year = d.school_year and a.stage = d.stage
        and d.cv_limit is not null
inner join marts.fct_school_indicators as f
    on
        d.district_code = f.district_code and d.school_year = f.school_year and d.stage = f.stage
        and d.indicator_code = f.indicator_code and f.scope = 'in_scope'
union all
-- the size of a school is the students of its stages, which each of its figures is divided by
select
    f.school_year,
    f.school_code,
    f.stage,
    min(f.indicator_code) as indicator_code,
    true as is_of_students
from asked as a
inner join marts.fct_school_sizes as z
    on
        a.figure_code = 'oversized_schools' and a.district_code = z.district_code and a.school_year = z.school_year
        and z.status in ('met', 'not_met')
inner join marts.fct_school_indicators as f on z.school_year = f.school_year and z.school_code = f.school_code
group by f.school_year, f.school_code, f.stage
