-- sqlfluff:templater:jinja:context:view:candidate.staffing_judged
-- sqlfluff:templater:jinja:context:relation:candidate.staffing
-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:columns:c.school_code, c.stage
-- sqlfluff:templater:jinja:context:school_name:c.school_name
-- Rows of the register itself: nothing to check them against.
create view {{ view }} as
select
    c.row_id,
    c.school_year,
    {{ columns }},
    c.source_file,
    c.sheet,
    c.row_number,
    x.is_conflict,
    x.other_row,
    c.school_name as registered_name,
    c.district_code as register_district,
    true as is_registered,
    true as name_agrees
from {{ relation }} as c
inner join candidate.context as x on c.row_id = x.row_id and x.feed = '{{ feed }}'
where not x.is_repeated
