-- sqlfluff:templater:jinja:context:rows:candidate.rectification_tasks_judged
select
    r.row_id,
    coalesce(r.deadline >= r.begun_on, true) as deadline_follows_begun_on,
    r.proof_kind <> 'figure' or r.figure_code is not null as has_figure,
    r.proof_kind <> 'figure' or r.target_value is not null as has_target,
    -- of shares, as `is_share` of the seed rectification_figures says
    not coalesce(regexp_matches(r.figure_code, '_(share|rate|coverage|satisfaction)$'), false)
    or r.target_value is null
    or (r.target_value > 0 and r.target_value <= 1) as target_is_a_share
from {{ rows }} as r
