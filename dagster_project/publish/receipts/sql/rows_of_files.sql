-- sqlfluff:templater:jinja:context:submission:1
-- Rows of each file of a submission: read, in force, set aside.
select
    source_file,
    cast(sum(rows_read) as bigint) as rows_read,
    cast(sum(rows_accepted) as bigint) as rows_accepted,
    cast(sum(rows_quarantined) as bigint) as rows_quarantined,
    min(case when status = 'unfilled' then 1 else 0 end) = 1 as is_unfilled
from marts.fct_submissions
where submission = {{ submission }}
group by source_file
