-- School years of a school, latest first, with the unit that its figures belong to.
select
    school_year,
    unit_school_code,
    held_reason_zh
from marts.dim_schools
where school_code = ? and (? is null or school_year = ?)
order by school_year desc
