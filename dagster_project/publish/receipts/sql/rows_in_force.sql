-- sqlfluff:templater:jinja:context:relation:accepted.staffing
-- sqlfluff:templater:jinja:context:hashes:['ab']
-- Rows of a feed in force from the files with these hashes, by file, sheet and school.
select
    source_file,
    sheet,
    school_code,
    count(distinct row_number) as rows_in_force
from {{ relation }}
where list_contains({{ hashes }}, sha256)
group by source_file, sheet, school_code
