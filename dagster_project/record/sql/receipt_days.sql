-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:observed_on:make_date(c.school_year, 9, 1)
-- Per district and day that rows speak of: the day on which the last of those who return them had done so for the first
-- time. What came again, corrected, changes nothing; of the first submission no day is known.
insert into accepted.receipt_days by name
with districts as (

    select
        school_code,
        max(district_code) as district_code
    from accepted.schools
    group by school_code

),

first_returns as (

    select
        coalesce(v.district_code, d.district_code) as district_code,
        {{ observed_on }} as observed_on,
        min(v.submission) as submission
    from candidate.verdicts as v
    inner join candidate.{{ feed }} as c on v.row_id = c.row_id
    left join districts as d on v.school_code = d.school_code
    where v.feed = '{{ feed }}' and v.verdict = 'accepted'
    group by v.unit_key, coalesce(v.district_code, d.district_code), {{ observed_on }}

)


select
    '{{ feed }}' as feed,
    f.district_code,
    f.observed_on,
    max(r.received_on) as received_on
from first_returns as f
inner join candidate.received_submissions as r on f.submission = r.submission
where f.submission > (select min(x.submission) from candidate.received_submissions as x) and f.district_code is not null
group by f.district_code, f.observed_on
