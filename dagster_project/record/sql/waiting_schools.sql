-- sqlfluff:templater:jinja:context:known:p.school_code, coalesce(p.district_code, e.district_code, s.district_code) as district_code
-- Schools whose only row of the register of a year is put aside: what could be read of it, and where a required cell could
-- not, what an earlier register says of the school, or what all other rows of the sheet say (district, town). A row without a
-- readable code is known by the code under which other rows of the year that are put aside name the school. They owe their
-- returns, and what they sent waits with that row. A row that its file, sent again, no longer holds is none.
create table candidate.waiting_schools as
with sent_again as (

    select
        source_file,
        max(submission) as submission
    from candidate.verdicts
    group by source_file

),

named as (

    select
        v.school_year,
        v.school_name,
        min(v.school_code) as school_code
    from candidate.verdicts as v
    inner join candidate.feeds as f on v.feed = f.feed
    left join accepted.schools as r on v.school_year = r.school_year and v.school_code = r.school_code
    where
        v.verdict = 'quarantined' and v.feed <> 'schools' and not f.is_ledger
        and v.school_code is not null and r.school_code is null
    group by v.school_year, v.school_name
    having count(distinct v.school_code) = 1

),

put_aside as (

    select
        c.* exclude (school_code),
        coalesce(c.school_code, n.school_code) as school_code
    from candidate.schools as c
    inner join candidate.verdicts as v on v.feed = 'schools' and c.row_id = v.row_id
    inner join sent_again as a on c.source_file = a.source_file and c.submission = a.submission
    cross join accepted.build_context as b
    left join named as n on c.school_year = n.school_year and c.school_name = n.school_name
    where v.verdict = 'quarantined' and make_date(c.school_year, 9, 1) <= b.as_of

),

sheets as (

    select
        sha256,
        sheet,
        case when count(distinct district_code) = 1 then min(district_code) end as district_code,
        case when count(distinct town) = 1 then min(town) end as town
    from candidate.schools
    group by sha256, sheet

),

years as (

    select distinct school_year
    from put_aside

),

earlier as (

    select
        o.*,
        y.school_year as next_year
    from accepted.schools as o
    inner join years as y on o.school_year < y.school_year
    qualify row_number() over (partition by y.school_year, o.school_code order by o.school_year desc) = 1

),

completed as (

    select
        p.row_id,
        p.school_year,
        {{ known }},
        p.source_file,
        p.sha256,
        p.sheet,
        p.row_number,
        p.part,
        row_number() over (
            partition by p.school_year, p.school_code
            order by p.submission desc, p.row_number asc, p.part asc
        ) as place
    from put_aside as p
    left join sheets as s on p.sha256 = s.sha256 and p.sheet = s.sheet
    left join accepted.schools as r on p.school_year = r.school_year and p.school_code = r.school_code
    left join earlier as e on p.school_year = e.next_year and p.school_code = e.school_code
    where p.school_code is not null and r.school_code is null

)

select * exclude (place)
from completed
where place = 1 and district_code is not null
