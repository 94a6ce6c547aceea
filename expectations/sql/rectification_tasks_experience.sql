-- sqlfluff:templater:jinja:context:rows:accepted.rectification_tasks
select
    r.row_id,
    r.lead_department is not null as names_lead,
    r.deadline is not null as names_deadline
from {{ rows }} as r
