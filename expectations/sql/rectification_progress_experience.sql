-- sqlfluff:templater:jinja:context:rows:accepted.rectification_progress
select
    r.row_id,
    t.item_number is not null as has_task
from {{ rows }} as r
left join accepted.rectification_tasks as t
    on
        r.district_code = t.district_code and r.item_number = t.item_number
        and r.measure_number = t.measure_number
