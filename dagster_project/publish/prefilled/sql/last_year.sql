-- sqlfluff:templater:jinja:context:relation:accepted.staffing
-- sqlfluff:templater:jinja:context:year:school_year
-- sqlfluff:templater:jinja:context:school_year:2026
-- Rows of a feed that are in force for the year before the one of the returns.
select *  -- noqa: AM04
from {{ relation }}
where {{ year }} = {{ school_year }} - 1
order by source_file, row_number
