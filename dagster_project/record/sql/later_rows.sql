-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:observed_on:make_date(c.school_year, 9, 1)
-- Rows that speak of a day after the day of the build, whatever was decided about them.
insert into candidate.later_rows by name
with observed as (

    select
        c.row_id,
        c.school_year,
        {{ observed_on }} as observed_on
    from candidate.{{ feed }} as c

)

select
    '{{ feed }}' as feed,
    o.row_id,
    o.school_year,
    o.observed_on
from observed as o
cross join accepted.build_context as b
where o.observed_on > b.as_of
