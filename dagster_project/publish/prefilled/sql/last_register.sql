-- sqlfluff:templater:jinja:context:school_year:2026
-- The last entry of each school in the register before a year.
select *  -- noqa: AM04
from accepted.schools
where school_year < {{ school_year }}
qualify school_year = max(school_year) over (partition by school_code)
order by source_file, row_number
