-- sqlfluff:templater:jinja:context:rows:accepted.work_figures
select
    r.row_id,
    r.planned is null or r.planned = 0 or r.done <= 10 * r.planned as near_plan
from {{ rows }} as r
