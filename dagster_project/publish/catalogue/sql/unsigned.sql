-- sqlfluff:templater:jinja:context:district_code:'500199'
-- Returns that are in and that the school has not signed as they are now, or whose signed page is not in the vault: one
-- row per school.
select
    school_year,
    district_code,
    town,
    school_code,
    feed,
    signature_status,
    min(stage) as stage
from marts.fct_completeness
where signature_status in ('unsigned', 'page_missing', 'changed_after') and district_code = {{ district_code }}
group by school_year, district_code, town, school_code, feed, signature_status
order by all
