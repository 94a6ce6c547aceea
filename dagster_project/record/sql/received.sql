-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:reported_stage:c.stage
-- Of the first submission no day of receipt is known: the record began then.
insert into accepted.received by name
with receipts as (

    select
        source_file,
        sha256,
        max(received_on) as received_on
    from accepted.submissions
    where submission > (select min(s.submission) from accepted.submissions as s)
    group by source_file, sha256

)

select
    c.school_year,
    c.school_code,
    {{ reported_stage }} as stage,
    '{{ feed }}' as feed,
    max(receipts.received_on) as received_on
from accepted.{{ feed }} as c
left join receipts on c.source_file = receipts.source_file and c.sha256 = receipts.sha256
group by c.school_year, c.school_code, {{ reported_stage }}
