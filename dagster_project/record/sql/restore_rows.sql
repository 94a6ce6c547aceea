-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:own_values:school_name = c.school_name
-- Rows whose cells of several sources don't fit together get back what their own source says.
update accepted.{{ feed }} as a
set {{ own_values }}
from candidate.{{ feed }} as c
where
    a.row_id = c.row_id
    and a.row_id in (
        select m.row_id from candidate.misfits as m
        where m.feed = '{{ feed }}'
    )
