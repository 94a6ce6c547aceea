-- Which submissions a problem's owner took part in: only these can open, solve or reopen it.
create table candidate.deliveries as
select
    school_year,
    feed,
    school_code,
    stage,
    source_kind,
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
    '' as source_kind,
    source_file as owner_file,
    submission
from candidate.owned_rows
union
select
    school_year,
    '' as feed,
    '' as school_code,
    '' as stage,
    '' as source_kind,
    source_file as owner_file,
    submission
from candidate.sheets
union
-- a refused file is corrected by a file of another name
select
    o.school_year,
    o.feed,
    '' as school_code,
    '' as stage,
    '' as source_kind,
    o.owner_file,
    s.settled_submission as submission
from candidate.occurrences as o
inner join candidate.settled as s
    on o.owner_file = s.source_file and o.submission = s.submission and o.feed = s.feed
where s.settled_submission > o.submission and o.school_code = ''
union
select
    school_year,
    feed,
    school_code,
    stage,
    source_kind,
    owner_file,
    submission
from candidate.occurrences
