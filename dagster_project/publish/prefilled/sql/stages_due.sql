-- sqlfluff:templater:jinja:context:school_year:2026
-- Stages for which each school owes a feed that it returns by stage: as they were due in the last year before that of
-- the returns; for a feed that wasn't, by the kind of school.
with schools as (
    select
        school_code,
        school_type
    from accepted.schools
    where school_year < {{ school_year }}
    qualify school_year = max(school_year) over (partition by school_code)
),

by_kind as (
    select
        schools.school_code,
        due_stages.feed,
        due_stages.stage
    from schools
    inner join seeds.school_type_stages as kinds on schools.school_type = kinds.school_type
    inner join accepted.feed_due_stages as due_stages on kinds.stage = due_stages.stage
),

last_due as (
    select
        school_code,
        feed,
        stage
    from marts.fct_completeness
    where due and stage <> 'all' and school_year < {{ school_year }}
    qualify school_year = max(school_year) over (partition by school_code, feed)
)

select
    school_code,
    feed,
    stage
from last_due
union all
select
    by_kind.school_code,
    by_kind.feed,
    by_kind.stage
from by_kind
left join last_due on by_kind.school_code = last_due.school_code and by_kind.feed = last_due.feed
where last_due.feed is null
order by all
