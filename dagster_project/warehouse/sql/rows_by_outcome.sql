-- Source rows of all submissions by what became of them.
select
    cast(coalesce(sum(rows_read), 0) as bigint) as read,
    cast(coalesce(sum(rows_accepted), 0) as bigint) as accepted,
    cast(coalesce(sum(rows_quarantined), 0) as bigint) as quarantined,
    cast(coalesce(sum(rows_dropped), 0) as bigint) as dropped
from marts.fct_submissions
