-- sqlfluff:templater:jinja:context:rows:accepted.milestones
select
    r.row_id,
    r.achieved_on is null or r.achieved_on <= c.known_until as not_in_advance
from {{ rows }} as r
cross join accepted.build_context as c
