-- sqlfluff:templater:jinja:context:feed:staffing
-- The latest submission with accepted rows of a unit is in force
insert into candidate.units_in_force by name
select
    feed,
    unit_key,
    max(school_year) as school_year,
    max(school_code) as school_code,
    max(stage) as stage,
    max(submission) as submission
from candidate.verdicts
where feed = '{{ feed }}' and verdict = 'accepted' and unit_key is not null
group by feed, unit_key
