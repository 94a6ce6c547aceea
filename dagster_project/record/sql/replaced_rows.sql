-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:columns:c.school_code, c.stage
create table candidate.{{ feed }}_replaced as
select
    c.row_id,
    c.school_year,
    {{ columns }},
    c.source_file,
    c.sheet,
    c.row_number
from candidate.{{ feed }} as c
inner join candidate.verdicts as v on c.row_id = v.row_id and v.feed = '{{ feed }}'
left join candidate.latest_rows as i on c.row_id = i.row_id and i.feed = '{{ feed }}'
where v.verdict = 'accepted' and i.row_id is null
