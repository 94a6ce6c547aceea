-- sqlfluff:templater:jinja:context:rows:candidate.satisfaction_judged
select
    r.row_id,
    r.satisfied - r.respondents as satisfied_above_respondents
from {{ rows }} as r
