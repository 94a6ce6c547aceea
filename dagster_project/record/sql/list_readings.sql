-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:row_key:c.school_code
-- sqlfluff:templater:jinja:context:school_code:c.school_code
-- sqlfluff:templater:jinja:context:own_district:cast(null as varchar)
-- sqlfluff:templater:jinja:context:stage:c.stage
-- sqlfluff:templater:jinja:context:row_name:c.grade
-- sqlfluff:templater:jinja:context:texts:cast(c.full_time_teachers as varchar) as full_time_teachers
-- sqlfluff:templater:jinja:context:readable:full_time_teachers
-- What each kind of source says, of the rows in force that have rows of several: one row per value. `row_id` is that of the
-- row that says it, `key_row_id` that of the row in force with the same key.
insert into candidate.readings by name
with several as (

    select unit_key
    from candidate.units_by_kind
    where feed = '{{ feed }}'
    group by unit_key
    having count(*) > 1

),

latest as (

    select
        v.row_id,
        v.source_kind,
        u.is_in_force
    from candidate.verdicts as v
    inner join several as s on v.unit_key = s.unit_key
    inner join candidate.units_by_kind as u
        on
            v.feed = u.feed and v.unit_key = u.unit_key and v.source_kind = u.source_kind
            and v.submission = u.submission
    where v.feed = '{{ feed }}' and v.verdict = 'accepted'

),

keyed as (

    select
        c.row_id,
        l.source_kind,
        l.is_in_force,
        {{ row_key }} as row_key,
        c.school_year,
        {{ school_code }} as school_code,
        {{ own_district }} as district_code,
        {{ stage }} as stage,
        {{ row_name }} as row_name
    from candidate.{{ feed }} as c
    inner join latest as l on c.row_id = l.row_id

),

-- apart from the key, because a feed may have a column of the same name (the register's `district_code`)
texts as (

    select
        c.row_id,
        {{ texts }}
    from candidate.{{ feed }} as c
    inner join latest as l on c.row_id = l.row_id

),

said as (

    unpivot texts
    on {{ readable }}
    into name column_name value said_value

)

select
    '{{ feed }}' as feed,
    own.row_id,
    k.row_id as key_row_id,
    own.source_kind,
    own.school_year,
    own.school_code,
    own.district_code,
    own.stage,
    k.row_name,
    s.column_name,
    s.said_value as value
from said as s
inner join keyed as own on s.row_id = own.row_id
left join keyed as k on own.row_key = k.row_key and k.is_in_force
