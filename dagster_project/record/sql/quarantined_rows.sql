-- Quarantined rows that make a figure unknown. A district's code that no register names is none.
insert into accepted.quarantined_rows by name
select
    school_year,
    feed,
    school_code,
    stage,
    case when district_code in (select s.district_code from accepted.schools as s) then district_code end as district_code,
    source_file,
    sha256,
    sheet,
    row_number,
    row_id
from candidate.listed_rows
where counts
