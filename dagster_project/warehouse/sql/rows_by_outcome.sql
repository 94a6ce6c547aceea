-- Source rows of all submissions by what became of them.
select
    cast(coalesce(sum(rows_read), 0) as bigint) as rows_read,
    cast(coalesce(sum(rows_accepted), 0) as bigint) as rows_accepted,
    cast(coalesce(sum(rows_unpublished), 0) as bigint) as rows_unpublished,
    cast(coalesce(sum(rows_quarantined), 0) as bigint) as rows_quarantined,
    cast(coalesce(sum(rows_dropped), 0) as bigint) as rows_dropped
from marts.fct_submissions
