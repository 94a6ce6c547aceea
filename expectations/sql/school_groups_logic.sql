-- sqlfluff:templater:jinja:context:rows:candidate.school_groups_judged
select
    r.row_id,
    coalesce(r.left_on >= r.joined_on, true) as left_on_follows_joined_on
from {{ rows }} as r
