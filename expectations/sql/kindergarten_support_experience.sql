-- sqlfluff:templater:jinja:context:rows:accepted.kindergarten_support
select
    r.row_id,
    coalesce(r.nursery_children, 0) <= coalesce(r.nursery_places, 0) as has_places
from {{ rows }} as r
