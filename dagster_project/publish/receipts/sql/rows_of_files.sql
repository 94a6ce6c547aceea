-- sqlfluff:templater:jinja:context:submission:1
-- Rows of each file of a submission: read, accepted, set aside; and what became of them as a whole.
select
    source_file,
    cast(sum(rows_read) as bigint) as rows_read,
    cast(sum(rows_accepted) as bigint) as rows_accepted,
    cast(sum(rows_unpublished) as bigint) as rows_unpublished,
    cast(sum(rows_quarantined) as bigint) as rows_quarantined,
    case
        when sum(rows_accepted) > 0 then 'accepted'
        when sum(rows_quarantined) > 0 then 'none_accepted'
        when max(case when status = 'nil' then 1 else 0 end) = 1 then 'nil'
        when min(case when status = 'unfilled' then 1 else 0 end) = 1 then 'unfilled'
    end as outcome
from marts.fct_submissions
where submission = {{ submission }}
group by source_file
