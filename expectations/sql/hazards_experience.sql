-- sqlfluff:templater:jinja:context:rows:accepted.hazards
select
    r.row_id,
    coalesce(r.fed_back_on <= b.known_until, true) as fed_back_on_has_come,
    coalesce(r.repaired_on <= b.known_until, true) as repaired_on_has_come,
    coalesce(r.checked_on <= b.known_until, true) as checked_on_has_come,
    coalesce(r.struck_off_on <= b.known_until, true) as struck_off_on_has_come
from {{ rows }} as r
cross join accepted.build_context as b
