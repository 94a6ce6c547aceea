-- How cells were read that aren't written as asked for, in the files that count: the latest of each name.
create table accepted.assumptions as
with latest as (

    select
        source_file,
        max(submission) as submission
    from candidate.sheets
    where status <> 'held'
    group by source_file

)

select distinct
    f.school_year,
    f.source_file,
    f.sheet,
    f.cell,
    f.feed,
    f.rule_code,
    f.column_zh,
    f.value,
    f.message_zh
from candidate.faults as f
inner join latest as l on f.source_file = l.source_file and f.submission = l.submission
where f.severity = 'note'
