-- One row per feed of the latest school year that is due, and of the latest of which something came, where that is an
-- earlier one: schools due, schools received, and the schools that still owe it.
with years as (
    select
        school_year,
        sum(schools_received) as received
    from marts.fct_town_completeness
    group by school_year
),

latest as (
    select max(school_year) as school_year from years
    union
    select max(school_year) as school_year from years
    where received > 0
),

owing as (
    select
        c.school_year,
        c.feed,
        string_agg(distinct c.school_code, ' ' order by c.school_code) as school_codes,
        string_agg(distinct c.school_name, '、' order by c.school_name) as school_names
    from marts.fct_completeness as c
    where c.due and c.status = 'missing'
    group by c.school_year, c.feed
)

select
    t.school_year,
    t.feed,
    cast(sum(t.schools_due) as bigint) as schools_due,
    cast(sum(t.schools_received) as bigint) as schools_received,
    cast(sum(t.schools_without_rows) as bigint) as schools_without_rows,
    coalesce(max(o.school_codes), '') as still_owing,
    coalesce(max(o.school_names), '') as still_owing_zh,
    coalesce(cast(max(t.due_on) as varchar), '') as due_on,
    cast(sum(t.schools_carried_on) as bigint) as schools_carried_on
from marts.fct_town_completeness as t
inner join latest as l on t.school_year = l.school_year
left join owing as o on t.school_year = o.school_year and t.feed = o.feed
group by t.school_year, t.feed
order by t.school_year, t.feed
