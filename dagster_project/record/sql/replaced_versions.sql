-- sqlfluff:templater:jinja:context:feed:rectification_tasks
insert into accepted.replaced_{{ feed }} by name
select * exclude (newest_row_id, row_id) -- noqa: AM04
from candidate.versions_of_{{ feed }}
where replaced_on is not null
