-- sqlfluff:templater:jinja:context:indicator_code:'books_per_student'
-- sqlfluff:templater:jinja:context:school_codes:['2150000001']
-- Figures of an indicator and some schools, latest first.
select
    school_code,
    school_year,
    stage
from marts.fct_school_indicators
where indicator_code = {{ indicator_code }} and school_code in (select unnest({{ school_codes }}))
order by school_year desc, stage desc
