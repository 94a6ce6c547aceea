-- Schools whose junior secondary stage begins with the sixth grade.
create view candidate.early_junior_schools as
with grades_listed as (

    select
        s.district_code,
        c.school_code,
        c.school_year,
        true as is_yearly,
        max(case when g.is_usual then 0 else 1 end) as begins_early
    from accepted.class_sizes as c
    inner join candidate.registers as s on c.school_year = s.school_year and c.school_code = s.school_code
    inner join candidate.grades_of_stages as g on c.stage = g.stage and c.grade = g.grade
    where c.stage = 'junior_secondary'
    group by s.district_code, c.school_code, c.school_year

),

junior_schools as (

    {{ junior_schools_by_first_grade('grades_listed') }}

)

select school_code
from junior_schools
where always_begins_early or is_in_early_district
