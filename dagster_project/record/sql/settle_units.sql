-- sqlfluff:templater:jinja:context:feed:staffing
-- Of each kind of source the latest submission with accepted rows of a unit; of these the kind that goes first is in force
insert into candidate.units_by_kind by name
with latest as (

    select
        feed,
        unit_key,
        source_kind,
        max(school_year) as school_year,
        max(school_code) as school_code,
        max(stage) as stage,
        max(submission) as submission
    from candidate.verdicts
    where feed = '{{ feed }}' and verdict = 'accepted' and unit_key is not null
    group by feed, unit_key, source_kind

)

select
    l.*,
    row_number() over (
        partition by l.unit_key
        order by p.precedence
    ) = 1 as is_in_force
from latest as l
inner join candidate.precedence as p
    on l.feed = p.feed and l.source_kind = p.source_kind and p.column_name = ''
