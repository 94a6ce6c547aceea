-- sqlfluff:templater:jinja:context:relation:accepted.staffing
-- sqlfluff:templater:jinja:context:year:school_year
-- sqlfluff:templater:jinja:context:school_year:2025
-- Files and sheets that a feed's rows of a year come from, by school.
select distinct
    school_code,
    source_file,
    sheet
from {{ relation }}
where {{ year }} = {{ school_year }}
