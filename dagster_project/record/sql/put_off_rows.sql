-- sqlfluff:templater:jinja:context:feed:staffing
delete from accepted.{{ feed }} as c
using candidate.later_rows as l
where l.feed = '{{ feed }}' and c.row_id = l.row_id
