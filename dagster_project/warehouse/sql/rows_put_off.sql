-- Rows that speak of a day after that of the release, and the first of these days.
select
    cast(coalesce(sum(rows_put_off), 0) as bigint) as rows_put_off,
    coalesce(cast(min(observed_on) as varchar), '') as put_off_from
from accepted.later_rows
