-- rows of each file of a submission: read, in force, set aside
select
    source_file,
    cast(sum(rows_read) as bigint),
    cast(sum(rows_accepted) as bigint),
    cast(sum(rows_quarantined) as bigint)
from marts.fct_submissions
where submission = $submission
group by source_file
