-- stages for which each school owes a feed that it returns by stage, in the last year before the one of the returns
with schools as (
    select school_code, school_type from accepted.schools
    where school_year < $school_year
    qualify school_year = max(school_year) over (partition by school_code)
),
of_the_register as (
    select schools.school_code, due.feed, due.stage
    from schools
    inner join seeds.school_type_stages as types using (school_type)
    inner join accepted.feed_due_stages as due on types.stage = due.stage
),
last_due as (
    select school_code, feed, stage from marts.fct_completeness
    where due and stage <> 'all' and school_year < $school_year
    qualify school_year = max(school_year) over (partition by school_code, feed)
)
select school_code, feed, stage from last_due
union all
select o.school_code, o.feed, o.stage
from of_the_register as o
anti join last_due as l on o.school_code = l.school_code and o.feed = l.feed
order by all
