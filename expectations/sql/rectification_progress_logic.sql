-- sqlfluff:templater:jinja:context:rows:candidate.rectification_progress_judged
select
    r.row_id,
    coalesce(r.reported_on <= b.known_until, true) as reported_on_has_come,
    coalesce(r.reviewed_on >= r.reported_on, true) as reviewed_on_follows_reported_on,
    r.reported_state <> 'exempt' or r.exemption_reason_zh is not null as exemption_has_reason,
    r.reported_state <> 'closed'
    or (r.review_result = 'passed' and r.reviewer is not null and r.reviewed_on is not null) as closing_is_reviewed
from {{ rows }} as r
cross join accepted.build_context as b
