-- sqlfluff:templater:jinja:context:rows:accepted.work_figures
-- What an office claims for a year so far, at the row of its last month, beside what the schools report of that year. The
-- two are compared where every school that owes a return has sent one.
with running as (

    select
        row_id,
        work_code,
        district_code,
        cast(substr(reporting_month, 1, 4) as integer) as claim_year,
        sum(done) over of_year as claimed,
        reporting_month = max(reporting_month) over of_year as is_last_month
    from {{ rows }}
    where work_code in ('vocational_intake', 'in_post_kindergarten_hires')
    window of_year as (partition by district_code, work_code, substr(reporting_month, 1, 4))

),

intake as (

    select
        s.district_code,
        s.school_year,
        sum(e.entrants) as reported
    from candidate.registers as s
    left join accepted.vocational_enrolment as e on s.school_year = e.school_year and s.school_code = e.school_code
    where s.school_type = 'secondary_vocational'
    group by s.district_code, s.school_year
    having count(*) = count(e.entrants)

),

posts as (

    select
        s.district_code,
        s.school_year,
        sum(p.in_post_teachers) as teachers
    from candidate.registers as s
    left join accepted.kindergarten_pay as p on s.school_year = p.school_year and s.school_code = p.school_code
    where s.school_type = 'kindergarten'
    group by s.district_code, s.school_year
    having count(*) = count(p.in_post_teachers)

),

reports as (

    select
        'vocational_intake' as work_code,
        district_code,
        school_year,
        reported
    from intake
    union all
    select
        'in_post_kindergarten_hires' as work_code,
        n.district_code,
        n.school_year,
        n.teachers - e.teachers as reported
    from posts as n
    inner join posts as e on n.district_code = e.district_code and n.school_year = e.school_year + 1

),

compared as (

    select
        c.row_id,
        c.claim_year,
        c.claimed,
        s.reported,
        c.claimed - s.reported as difference
    from running as c
    inner join reports as s
        on c.work_code = s.work_code and c.district_code = s.district_code and c.claim_year = s.school_year
    where c.is_last_month

)

select
    r.row_id,
    c.claim_year,
    c.claimed,
    c.reported,
    c.difference,
    case
        when c.difference = 0 then 0
        when c.reported = 0 then 1
        else abs(c.difference) / abs(c.reported)
    end as differs_from_schools,
    r.planned is null or r.planned = 0 or r.done <= 10 * r.planned as near_plan
from {{ rows }} as r
left join compared as c on r.row_id = c.row_id
