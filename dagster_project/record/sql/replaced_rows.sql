-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:columns:c.school_code, c.stage
-- rows of a source that doesn't go first aren't replaced: they only aren't in force
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
left join candidate.units_by_kind as u
    on
        u.feed = '{{ feed }}' and v.unit_key = u.unit_key and v.source_kind = u.source_kind
        and v.submission = u.submission
where v.verdict = 'accepted' and u.feed is null
