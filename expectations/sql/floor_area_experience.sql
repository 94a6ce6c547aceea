-- sqlfluff:templater:jinja:context:rows:accepted.floor_area
with students as (

    select
        school_year,
        school_code,
        sum(students) as students
    from accepted.class_sizes
    group by school_year, school_code

),

-- enrolment where it is reported, else the classes
pupils as (

    select
        r.school_year,
        r.school_code,
        coalesce(sum(e.students), max(t.students)) as students
    from {{ rows }} as r
    left join accepted.enrolment as e on r.school_year = e.school_year and r.school_code = e.school_code
    left join students as t on r.school_year = t.school_year and r.school_code = t.school_code
    group by r.school_year, r.school_code

),

-- teaching area per student on a logarithmic scale: half and twice the usual area are equally far from it
measured as (

    select
        f.school_year,
        f.school_code,
        s.school_type,
        ln(f.teaching_area_m2 / t.students) as log_area_per_student
    from {{ rows }} as f
    inner join students as t on f.school_year = t.school_year and f.school_code = t.school_code
    inner join accepted.schools as s on f.school_year = s.school_year and f.school_code = s.school_code
    where f.teaching_area_m2 > 0 and t.students > 50

),

medians as (

    select
        school_year,
        school_type,
        median(log_area_per_student) as middle,
        count(*) as schools
    from measured
    group by school_year, school_type

),

-- medians instead of mean and standard deviation: one giant would widen the deviation and hide itself
deviations as (

    select
        m.school_year,
        m.school_code,
        m.school_type,
        d.schools,
        abs(m.log_area_per_student - d.middle) as deviation
    from measured as m
    inner join medians as d on m.school_year = d.school_year and m.school_type = d.school_type

),

spreads as (

    select
        school_year,
        school_type,
        median(deviation) as spread
    from deviations
    group by school_year, school_type

),

distances as (

    select
        d.school_year,
        d.school_code,
        d.deviation / nullif(s.spread, 0) as teaching_area_robust_z
    from deviations as d
    inner join spreads as s on d.school_year = s.school_year and d.school_type = s.school_type
    where d.schools >= 10

)

select
    r.row_id,
    case
        when p.teaching_area_m2 >= 500 then abs(r.teaching_area_m2 / p.teaching_area_m2 - 1)
    end as teaching_area_m2_change,
    round(100 * abs(r.teaching_area_m2 / nullif(p.teaching_area_m2, 0) - 1)) as teaching_area_m2_change_percent,
    p.teaching_area_m2 as previous_teaching_area_m2,
    case
        when p.sports_ground_area_m2 >= 500 then abs(r.sports_ground_area_m2 / p.sports_ground_area_m2 - 1)
    end as sports_ground_area_m2_change,
    round(100 * abs(r.sports_ground_area_m2 / nullif(p.sports_ground_area_m2, 0) - 1))
        as sports_ground_area_m2_change_percent,
    p.sports_ground_area_m2 as previous_sports_ground_area_m2,
    case
        when p.equipment_10k_yuan >= 5 then abs(r.equipment_10k_yuan / p.equipment_10k_yuan - 1)
    end as equipment_10k_yuan_change,
    round(100 * abs(r.equipment_10k_yuan / nullif(p.equipment_10k_yuan, 0) - 1)) as equipment_10k_yuan_change_percent,
    p.equipment_10k_yuan as previous_equipment_10k_yuan,
    case
        when p.books >= 1000 then abs(r.books / cast(p.books as double) - 1)
    end as books_change,
    round(100 * abs(r.books / nullif(cast(p.books as double), 0) - 1)) as books_change_percent,
    p.books as previous_books,
    z.teaching_area_robust_z,
    r.equipment_10k_yuan * 10000 / nullif(n.students, 0) as equipment_yuan_per_student,
    round(r.equipment_10k_yuan * 10000 / nullif(n.students, 0)) as equipment_yuan_per_student_rounded,
    greatest(coalesce(r.teaching_area_m2, 0), coalesce(r.sports_ground_area_m2, 0)) / nullif(n.students, 0)
        as largest_area_m2_per_student,
    round(greatest(coalesce(r.teaching_area_m2, 0), coalesce(r.sports_ground_area_m2, 0)) / nullif(n.students, 0))
        as largest_area_m2_per_student_rounded
from {{ rows }} as r
left join accepted.floor_area as p on p.school_year = r.school_year - 1 and r.school_code = p.school_code
left join distances as z on r.school_year = z.school_year and r.school_code = z.school_code
left join pupils as n on r.school_year = n.school_year and r.school_code = n.school_code
