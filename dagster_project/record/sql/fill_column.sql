-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:column:pe_teachers
update accepted.{{ feed }} as a
set {{ column }} = c.{{ column }}
from candidate.taken_cells as t
inner join candidate.{{ feed }} as c on t.taken_row_id = c.row_id
where t.feed = '{{ feed }}' and t.column_name = '{{ column }}' and a.row_id = t.row_id
