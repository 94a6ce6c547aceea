-- sqlfluff:templater:jinja:context:rows:candidate.satisfaction_judged
select
    r.row_id,
    coalesce(r.surveyed_on <= b.known_until, true) as surveyed_on_has_come,
    r.satisfied - r.respondents as satisfied_above_respondents
from {{ rows }} as r
cross join accepted.build_context as b
