-- Which schools a quarantined row may belong to: its registered code, else the school whose exact name it has, else the
-- schools whose rows are next to it (feeds with many rows per school). Then that school's figures are unknown, not too
-- small.
create table candidate.suspects as
with judged as (

    select v.*
    from candidate.verdicts as v
    inner join candidate.feeds as f on v.feed = f.feed
    where not f.is_ledger

),

-- rows of the register itself are compared with every row of it that could be read
registered as (

    select
        false as is_register,
        school_year,
        school_code,
        school_name
    from accepted.schools
    union all
    select
        false as is_register,
        school_year,
        school_code,
        school_name
    from candidate.waiting_schools
    union all
    select
        true as is_register,
        school_year,
        school_code,
        school_name
    from candidate.schools

),

codes as (

    select distinct
        is_register,
        school_year,
        school_code
    from registered

),

unique_names as (

    select
        is_register,
        school_year,
        school_name,
        min(school_code) as school_code
    from registered
    group by is_register, school_year, school_name
    having count(*) = 1

),

placed as (

    select
        j.feed,
        j.row_id,
        coalesce(c.school_code, n.school_code) as school_code
    from judged as j
    left join codes as c
        on j.school_year = c.school_year and j.school_code = c.school_code and (j.feed = 'schools') = c.is_register
    left join unique_names as n
        on j.school_year = n.school_year and j.school_name = n.school_name and (j.feed = 'schools') = n.is_register
    where j.verdict = 'quarantined'

),

in_order as (

    select
        j.feed,
        j.row_id,
        j.school_code,
        j.verdict,
        lag(c.school_code ignore nulls) over w as code_before,
        lead(c.school_code ignore nulls) over w as code_after
    from judged as j
    inner join candidate.feeds as f on j.feed = f.feed
    left join codes as c on j.school_year = c.school_year and j.school_code = c.school_code and not c.is_register
    where f.has_many_rows
    window w as (
        partition by j.feed, j.submission, j.sha256, j.sheet
        order by j.row_number, j.part
    )

),

-- a row with an unknown code belongs to its neighbours only if both are of one school
unplaced as (

    select
        o.feed,
        o.row_id,
        o.code_before,
        o.code_after
    from in_order as o
    left join placed as p on o.feed = p.feed and o.row_id = p.row_id
    where
        o.verdict = 'quarantined' and p.school_code is null
        and (o.school_code is null or o.code_before = o.code_after)

)

select
    feed,
    row_id,
    school_code
from placed
where school_code is not null
union
select
    'schools' as feed,
    row_id,
    school_code
from candidate.waiting_schools
union
select
    feed,
    row_id,
    code_before as school_code
from unplaced
where code_before is not null
union
select
    feed,
    row_id,
    code_after as school_code
from unplaced
where code_after is not null
