-- Rows that speak of a day after that of the release, the first of these days, and quarantined rows to be corrected.
select
    cast(coalesce(sum(rows_put_off), 0) as bigint) as rows_put_off,
    coalesce(cast(min(observed_on) as varchar), '') as put_off_from,
    (select b.rows_to_correct from accepted.build_context as b) as rows_to_correct
from accepted.later_rows
