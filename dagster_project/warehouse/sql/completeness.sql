-- One row per feed of the latest school year: schools due, schools received, and the schools that still owe it.
with latest as (
    select max(school_year) as school_year from marts.fct_town_completeness
),

owing as (
    select
        c.school_year,
        c.feed,
        string_agg(distinct c.school_code, ' ' order by c.school_code) as school_codes,
        string_agg(distinct n.name_zh, '、' order by n.name_zh) as school_names
    from marts.fct_completeness as c
    left join marts.dim_schools as n on c.school_year = n.school_year and c.school_code = n.school_code
    where c.due and c.status = 'missing'
    group by c.school_year, c.feed
)

select
    t.school_year,
    t.feed,
    cast(sum(t.schools_due) as bigint) as schools_due,
    cast(sum(t.schools_received) as bigint) as schools_received,
    coalesce(max(o.school_codes), '') as still_owing,
    coalesce(max(o.school_names), '') as still_owing_zh
from marts.fct_town_completeness as t
inner join latest as l on t.school_year = l.school_year
left join owing as o on t.school_year = o.school_year and t.feed = o.feed
group by t.school_year, t.feed
order by t.feed
