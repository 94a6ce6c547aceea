-- sqlfluff:templater:jinja:context:school_year:2024
-- Figures per school, stage and indicator of a school year, and the verdict per school and stage.
select
    f.school_year,
    f.school_code,
    f.stage,
    f.indicator_code,
    i.label_zh,
    f.value,
    f.status
from marts.fct_school_indicators as f
inner join marts.dim_indicators as i on f.indicator_code = i.indicator_code
where f.school_year = {{ school_year }}
union all
select
    school_year,
    school_code,
    stage,
    '' as indicator_code,
    '学校整体' as label_zh,
    null as value,
    status
from marts.fct_school_compliance
where school_year = {{ school_year }}
