-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:columns:c.school_code, c.stage
create table accepted.{{ feed }} as
select
    c.row_id,
    c.school_year,
    {{ columns }},
    c.source_file,
    c.sha256,
    c.sheet,
    c.row_number,
    c.part
from candidate.{{ feed }} as c
inner join candidate.rows_in_force as i on c.row_id = i.row_id and i.feed = '{{ feed }}'
order by c.school_year, c.row_id
