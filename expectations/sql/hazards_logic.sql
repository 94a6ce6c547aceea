-- sqlfluff:templater:jinja:context:rows:candidate.hazards_judged
select
    r.row_id,
    coalesce(r.found_on <= b.known_until, true) as found_on_has_come,
    coalesce(r.repaired_on >= r.found_on, true) as repaired_on_follows_found_on,
    coalesce(r.checked_on >= r.repaired_on, true) as checked_on_follows_repaired_on,
    coalesce(r.struck_off_on >= r.checked_on, true) as struck_off_on_follows_checked_on,
    coalesce(r.deadline >= r.found_on, true) as deadline_follows_found_on,
    r.struck_off_on is null
    or (r.repaired_on is not null and r.checked_on is not null and r.check_result = 'passed') as strike_off_is_checked
from {{ rows }} as r
cross join accepted.build_context as b
