-- Files, and sheets of files, that were refused or not recognised, as last received under their name.
with latest as (

    select
        source_file,
        max(submission) as submission
    from candidate.faults
    group by source_file

)

select
    f.source_file,
    f.submission,
    f.sheet,
    f.feed,
    f.school_year,
    f.sha256,
    max(coalesce(f.school_code, '')) as school_code
from candidate.faults as f
inner join latest as l on f.source_file = l.source_file and f.submission = l.submission
where
    f.severity = 'reject_file'
    or f.rule_code in ('UNRECOGNISED_SHEET', 'HIDDEN_SHEET', 'NOTHING_RECOGNISED', 'ALREADY_RECEIVED')
group by f.source_file, f.submission, f.sheet, f.feed, f.school_year, f.sha256
order by f.source_file, f.sheet, f.feed
