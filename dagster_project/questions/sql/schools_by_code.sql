-- Code and latest name of every school.
select
    school_code,
    arg_max(name_zh, school_year) as name_zh
from marts.dim_schools
group by school_code
order by school_code
