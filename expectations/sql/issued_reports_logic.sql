-- sqlfluff:templater:jinja:context:rows:candidate.issued_reports_judged
select
    r.row_id,
    r.issued_on >= r.covers_until as is_issued_after_its_day
from {{ rows }} as r
