-- rows in force of a feed from the files with these hashes, by file, sheet and school
select
    source_file,
    sheet,
    school_code,
    count(distinct row_number) as rows_in_force
from accepted.{feed}
where sha256 in (select unnest($hashes))
group by source_file, sheet, school_code
