-- sqlfluff:templater:jinja:context:rows:candidate.class_counts_judged
select
    r.row_id,
    coalesce(r.counted_on <= b.known_until, true) as counted_on_has_come,
    case when r.students > 0 then r.class_count - r.students end as classes_above_students
from {{ rows }} as r
cross join accepted.build_context as b
