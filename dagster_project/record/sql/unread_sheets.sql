-- Sheets that were not recognised, or refused before they had a feed.
insert into candidate.sheets by name
with files as (

    select distinct
        submission,
        source_file,
        received_at,
        received_on
    from candidate.sheets

)

select distinct
    f.submission,
    f.source_file,
    f.sheet,
    f.feed,
    f.school_year,
    f.sha256,
    m.received_at,
    m.received_on,
    0 as rows_read,
    0 as rows_dropped,
    case when f.rule_code = 'MISSING_COLUMN' then 'rejected' else 'unrecognised' end as status
from candidate.faults as f
inner join files as m on f.submission = m.submission and f.source_file = m.source_file
left join candidate.sheets as s
    on f.submission = s.submission and f.source_file = s.source_file and f.sheet = s.sheet
where
    f.sheet <> '' and s.sheet is null
    and f.rule_code in ('MISSING_COLUMN', 'UNRECOGNISED_SHEET', 'HIDDEN_SHEET')
