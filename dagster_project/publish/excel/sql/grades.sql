-- sqlfluff:templater:jinja:context:district_code:'500199'
-- sqlfluff:templater:jinja:context:school_year:2023
-- Grades of each unit and stage; classes of a campus count for its master school.
select
    coalesce(schools.unit_school_code, classes.school_code) as school_code,
    classes.stage,
    count(distinct classes.grade) as grades
from marts.fct_classes as classes
inner join marts.dim_schools as schools
    on
        classes.school_year = schools.school_year
        and classes.school_code = schools.school_code
where classes.district_code = {{ district_code }} and classes.school_year = {{ school_year }}
group by all
