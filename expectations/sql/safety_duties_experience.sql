-- sqlfluff:templater:jinja:context:rows:accepted.safety_duties
select
    r.row_id,
    r.done <= 3 * r.due + 30 as within_due
from {{ rows }} as r
