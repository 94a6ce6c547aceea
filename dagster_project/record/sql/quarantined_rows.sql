-- Quarantined rows that make a figure unknown.
insert into accepted.quarantined_rows by name
select
    school_year,
    feed,
    school_code,
    stage,
    source_file,
    sha256,
    sheet,
    row_number,
    row_id
from candidate.listed_rows
where counts
