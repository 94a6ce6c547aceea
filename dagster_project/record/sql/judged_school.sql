-- sqlfluff:templater:jinja:context:view:candidate.staffing_judged
-- sqlfluff:templater:jinja:context:relation:candidate.staffing
-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:columns:c.school_code, c.stage
-- sqlfluff:templater:jinja:context:school_name:c.school_name
-- Rows of a school year, with what the register of that year says of their school.
create view {{ view }} as
-- schools that changed their code, by the old one
with successors as (

    select
        school_year,
        former_school_code,
        min(school_code) as successor_code
    from accepted.schools
    where former_school_code is not null
    group by school_year, former_school_code
    having count(*) = 1

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
    r.school_name as registered_name,
    r.district_code as register_district,
    case when c.school_code is not null then r.school_code is not null or s.successor_code is not null end
        as is_registered,
    r.school_code is not null or s.successor_code is null as is_current_code,
    s.successor_code,
    {{ school_name }} is null or {{ school_name }} = r.school_name as name_agrees
from {{ relation }} as c
inner join candidate.context as x on c.row_id = x.row_id and x.feed = '{{ feed }}'
left join accepted.schools as r on c.school_year = r.school_year and c.school_code = r.school_code
left join successors as s on c.school_year = s.school_year and c.school_code = s.former_school_code
where not x.is_repeated
