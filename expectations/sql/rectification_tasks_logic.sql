-- sqlfluff:templater:jinja:context:rows:candidate.rectification_tasks_judged
select
    r.row_id,
    coalesce(r.deadline >= r.begun_on, true) as deadline_follows_begun_on,
    r.proof_kind <> 'figure' or r.figure_code is not null as has_figure,
    r.proof_kind <> 'figure' or r.target_value is not null as has_target,
    not coalesce(f.is_share, false)
    or r.target_value is null
    or (r.target_value > 0 and r.target_value <= 1) as target_is_a_share
from {{ rows }} as r
left join candidate.rectification_figures as f on r.figure_code = f.figure_code
