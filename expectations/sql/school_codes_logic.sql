-- sqlfluff:templater:jinja:context:rows:candidate.school_codes_judged
select
    r.row_id,
    coalesce(r.valid_until >= r.valid_from, true) as valid_until_follows_valid_from
from {{ rows }} as r
