-- sqlfluff:templater:jinja:context:feed:staffing
-- Schools that one sheet names by several codes, with the codes as written; at the first row that was taken under another.
with written as (

    select
        c.submission,
        c.sha256,
        c.source_file,
        c.sheet,
        c.part,
        c.row_number,
        c.school_year,
        c.school_code,
        k.cell,
        k.sheet_of_cell,
        k.row_id is not null as is_taken,
        coalesce(k.written_code, c.school_code) as written_code
    from candidate.{{ feed }} as c
    left join present_codes as k on c.row_id = k.row_id and k.schools = 1
    where c.school_code is not null

)

select
    submission,
    sha256,
    source_file,
    school_year,
    school_code,
    any_value(sheet) as sheet,
    arg_min(part, row_number) filter (where is_taken) as part,
    min(row_number) filter (where is_taken) as row_number,
    arg_min(cell, row_number) filter (where is_taken) as cell,
    arg_min(sheet_of_cell, row_number) filter (where is_taken) as sheet_of_cell,
    arg_min(written_code, row_number) filter (where is_taken) as written_code,
    string_agg(distinct written_code, '、' order by written_code) as codes
from written
group by submission, sha256, source_file, sheet, school_year, school_code
having count(distinct written_code) > 1 and bool_or(is_taken)
order by source_file, sheet, row_number
