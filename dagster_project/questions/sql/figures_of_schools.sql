-- Figures of an indicator and some schools, latest first.
select
    school_code,
    school_year,
    stage
from marts.fct_school_indicators
where indicator_code = ? and school_code in (select unnest(?))
order by school_year desc, stage desc
