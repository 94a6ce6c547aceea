-- sqlfluff:templater:jinja:context:feed:staffing
-- Rows under a code that one school of the year's register names as its former one, and no school has now; with the place
-- of the code.
with codes as (

    select
        r.school_year,
        r.former_school_code,
        min(r.school_code) as school_code
    from accepted.schools as r
    left join accepted.schools as n on r.school_year = n.school_year and r.former_school_code = n.school_code
    where r.former_school_code is not null and n.school_code is null
    group by r.school_year, r.former_school_code
    having count(*) = 1

)

select
    c.row_id,
    c.submission,
    c.sha256,
    c.source_file,
    c.sheet,
    c.part,
    c.row_number,
    c.school_year,
    k.former_school_code,
    k.school_code,
    {{ own_sheet('m.letters', 'c.sheet') }} as sheet_of_cell,
    coalesce({{ first_cell('m.letters', 'c.row_number') }}, '') as cell
from candidate.{{ feed }} as c
inner join codes as k on c.school_year = k.school_year and c.school_code = k.former_school_code
left join accepted.column_maps as m
    on
        m.feed = '{{ feed }}' and m.column_name = 'school_code' and c.source_file = m.source_file
        and c.sha256 = m.sha256 and c.sheet = m.sheet and c.part = m.part
order by c.row_id
