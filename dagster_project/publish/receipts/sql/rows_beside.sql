-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:relation:accepted.staffing
-- sqlfluff:templater:jinja:context:hashes:['ab']
-- Rows of a feed that are only compared, because another kind of source goes first, by file, sheet and school.
select
    r.source_file,
    r.sheet_of_row as sheet,
    r.school_code,
    count(distinct r.row_number) as rows_beside
from accepted.readings as r
left join {{ relation }} as f
    on
        r.school_code = f.school_code and r.source_file = f.source_file and r.sha256 = f.sha256
        and r.sheet_of_row = f.sheet and r.row_number = f.row_number
where r.feed = '{{ feed }}' and list_contains({{ hashes }}, r.sha256) and f.row_number is null
group by r.source_file, r.sheet_of_row, r.school_code
