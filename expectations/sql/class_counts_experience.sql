-- sqlfluff:templater:jinja:context:rows:accepted.class_counts
select
    r.row_id,
    r.students <= 120 * coalesce(nullif(r.class_count, 0), 1) as is_plausible
from {{ rows }} as r
