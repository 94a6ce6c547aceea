-- sqlfluff:templater:jinja:context:feed:rectification_tasks
delete from accepted.{{ feed }} as a
using candidate.versions_of_{{ feed }} as v
where a.row_id = v.newest_row_id and v.replaced_on is null and v.row_id <> v.newest_row_id
