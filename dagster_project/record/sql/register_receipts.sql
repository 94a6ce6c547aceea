-- Per school and school year of the register: the day on which the school was returned there for the first time. What came
-- again, corrected, changes nothing; of the first submission no day is known.
insert into accepted.register_receipts by name
with first_returns as (

    select
        v.school_code,
        c.school_year,
        min(v.submission) as submission
    from candidate.verdicts as v
    inner join candidate.schools as c on v.row_id = c.row_id
    where v.feed = 'schools' and v.verdict = 'accepted' and v.school_code is not null
    group by v.school_code, c.school_year

)

select
    f.school_code,
    f.school_year,
    r.received_on
from first_returns as f
inner join candidate.received_submissions as r on f.submission = r.submission
where f.submission > (select min(x.submission) from candidate.received_submissions as x)
