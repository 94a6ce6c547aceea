-- sqlfluff:templater:jinja:context:feed:rectification_tasks
insert into accepted.{{ feed }} by name
select * exclude (newest_row_id, replaced_on) -- noqa: AM04
from candidate.versions_of_{{ feed }}
where
    replaced_on is null
    and row_id not in (select a.row_id from accepted.{{ feed }} as a)
    and newest_row_id in (select a.row_id from accepted.{{ feed }} as a)
