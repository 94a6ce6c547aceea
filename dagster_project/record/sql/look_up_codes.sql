-- sqlfluff:templater:jinja:context:feed:staffing
-- a name gives the code only if it is exact and unique in the register of the year
with unique_names as (

    select
        school_year,
        school_name,
        min(school_code) as school_code
    from accepted.schools
    group by school_year, school_name
    having count(*) = 1

)

update candidate.{{ feed }} as c
set school_code = n.school_code, has_fault = false
from unique_names as n
where
    c.lookup_name is not null and c.school_code is null
    and c.school_year = n.school_year and c.lookup_name = n.school_name
