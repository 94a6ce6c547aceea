-- sqlfluff:templater:jinja:context:view:candidate.staffing_judged
-- sqlfluff:templater:jinja:context:relation:candidate.staffing
-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:columns:c.school_code, c.stage
-- sqlfluff:templater:jinja:context:school_name:c.school_name
-- Rows of a district's ledger, with whether any register names the district.
create view {{ view }} as
with districts as (

    select distinct district_code from accepted.schools

)

select
    c.row_id,
    c.school_year,
    {{ columns }},
    c.source_file,
    c.sheet,
    c.row_number,
    x.is_conflict,
    x.other_row,
    cast(null as varchar) as registered_name,
    d.district_code as register_district,
    d.district_code is not null as is_registered,
    true as name_agrees
from {{ relation }} as c
inner join candidate.context as x on c.row_id = x.row_id and x.feed = '{{ feed }}'
left join districts as d on c.district_code = d.district_code
where not x.is_repeated
