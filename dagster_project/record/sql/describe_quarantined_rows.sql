-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:observed_on:make_date(c.school_year, 9, 1)
-- sqlfluff:templater:jinja:context:item_number:cast(null as varchar)
-- The day and the item of the plan that a quarantined row speaks of, where its cells say it.
update accepted.quarantined_rows as q
set
    observed_on = {{ observed_on }},
    item_number = {{ item_number }}
from candidate.{{ feed }} as c
where q.feed = '{{ feed }}' and q.row_id = c.row_id
