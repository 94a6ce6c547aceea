-- Codes under which schools stand in the sheets that a traced figure comes from, where they aren't the register's.
select
    k.school_code,
    k.written_code,
    k.source_file,
    k.sheet,
    arg_min(k.cell, k.row_number) as cell
from accepted.taken_codes as k
inner join lineage_readings as r
    on
        k.school_year = r.school_year and k.feed = r.feed and k.school_code = r.member_code
        and k.source_file = r.source_file
group by k.school_code, k.written_code, k.source_file, k.sheet
order by all
