-- sqlfluff:templater:jinja:context:rows:candidate.rectification_tasks_judged
select
    r.row_id,
    coalesce(r.deadline >= r.begun_on, true) as deadline_follows_begun_on,
    r.proof_kind <> 'figure' or r.figure_code is not null as has_figure,
    r.proof_kind <> 'figure' or r.target_value is not null as has_target
from {{ rows }} as r
