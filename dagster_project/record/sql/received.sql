-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:reported_stage:c.stage
insert into accepted.received by name
select distinct
    c.school_year,
    c.school_code,
    {{ reported_stage }} as stage,
    '{{ feed }}' as feed
from accepted.{{ feed }} as c
