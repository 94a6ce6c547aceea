-- sqlfluff:templater:jinja:context:indicator_code:'books_per_student'
-- sqlfluff:templater:jinja:context:stage:'preschool'
-- sqlfluff:templater:jinja:context:school_year:2024
-- sqlfluff:templater:jinja:context:threshold:85
-- The standards that a figure may have been judged by, the most specific first.
select
    threshold,
    direction,
    source_document,
    clause,
    valid_from,
    valid_to
from marts.dim_standards
where
    measure = 'school_threshold'
    and is_judged
    and indicator_code = {{ indicator_code }}
    and stage = {{ stage }}
    and {{ school_year }} between valid_from and coalesce(valid_to, 9999)
    and threshold = {{ threshold }}
order by case when jurisdiction = 'national' then 0 else 1 end, valid_from desc
