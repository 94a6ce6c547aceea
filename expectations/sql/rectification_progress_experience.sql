-- sqlfluff:templater:jinja:context:rows:accepted.rectification_progress
select
    r.row_id,
    coalesce(r.reviewed_on <= b.known_until, true) as reviewed_on_has_come,
    t.item_number is not null as has_task
from {{ rows }} as r
cross join accepted.build_context as b
left join accepted.rectification_tasks as t
    on
        r.district_code = t.district_code and r.item_number = t.item_number
        and r.measure_number = t.measure_number
