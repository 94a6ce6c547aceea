-- Schools whose junior secondary stage begins with the sixth grade, because primary school has five years there: those of a
-- district where most junior secondary schools list it, and those that list it in each of several years; a single grade of
-- one return may be a typing error.
create view candidate.early_junior_schools as
with junior_schools as (

    select
        c.school_year,
        s.district_code,
        c.school_code,
        max(case when g.is_usual then 0 else 1 end) as begins_early
    from accepted.class_sizes as c
    inner join candidate.registers as s on c.school_year = s.school_year and c.school_code = s.school_code
    inner join candidate.grades_of_stages as g on c.stage = g.stage and c.grade = g.grade
    where c.stage = 'junior_secondary'
    group by c.school_year, s.district_code, c.school_code

),

early_districts as (

    select district_code
    from junior_schools
    group by district_code
    having 2 * sum(begins_early) > count(*)

)

select school_code
from junior_schools
group by school_code
having count(*) > 1 and min(begins_early) = 1
union
select j.school_code
from junior_schools as j
inner join early_districts as d on j.district_code = d.district_code
