-- sqlfluff:templater:jinja:context:rows:candidate.issued_reports_judged
select
    r.row_id,
    coalesce(r.issued_on <= b.known_until, true) as issued_on_has_come,
    r.issued_on >= r.covers_until as is_issued_after_its_day
from {{ rows }} as r
cross join accepted.build_context as b
