-- Which submissions a problem's owner took part in: only these can open, solve or reopen it.
create table candidate.deliveries as
select
    school_year,
    feed,
    school_code,
    stage,
    '' as owner_file,
    submission
from candidate.owned_rows
where school_code <> ''
union
select
    school_year,
    feed,
    '' as school_code,
    '' as stage,
    source_file as owner_file,
    submission
from candidate.owned_rows
union
select
    school_year,
    '' as feed,
    '' as school_code,
    '' as stage,
    source_file as owner_file,
    submission
from candidate.sheets
union
select
    school_year,
    feed,
    school_code,
    stage,
    owner_file,
    submission
from candidate.occurrences
