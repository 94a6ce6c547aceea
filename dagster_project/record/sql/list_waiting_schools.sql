-- sqlfluff:templater:jinja:context:columns:c.school_code, c.school_name
insert into accepted.waiting_schools by name
select
    c.school_year,
    {{ columns }},
    c.source_file,
    c.sha256,
    c.sheet,
    c.row_number,
    c.part
from candidate.waiting_schools as c
