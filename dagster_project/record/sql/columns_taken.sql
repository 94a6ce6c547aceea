-- sqlfluff:templater:jinja:context:only_misfits:false
-- Columns of a feed with cells that come from another source, of all rows or of those that fail a rule.
select distinct t.column_name
from candidate.taken_cells as t
{% if only_misfits %}
    inner join candidate.misfits as m on t.feed = m.feed and t.row_id = m.row_id
{% endif %}
where t.feed = $1
order by t.column_name
