-- sqlfluff:templater:jinja:context:feed:staffing
-- Rows in force with cells of several sources.
create view candidate.{{ feed }}_completed as
select a.* -- noqa: AM04
from accepted.{{ feed }} as a
where
    a.row_id in (
        select t.row_id from candidate.taken_cells as t
        where t.feed = '{{ feed }}'
    )
