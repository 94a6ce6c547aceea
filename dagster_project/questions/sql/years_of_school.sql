-- sqlfluff:templater:jinja:context:school_code:'2150000001'
-- sqlfluff:templater:jinja:context:school_year:2024
-- School years of a school, latest first, with the unit that its figures belong to.
select
    school_year,
    unit_school_code,
    held_reason_zh
from marts.dim_schools
where school_code = {{ school_code }} and ({{ school_year }} is null or school_year = {{ school_year }})
order by school_year desc
