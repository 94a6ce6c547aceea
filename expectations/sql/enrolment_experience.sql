-- sqlfluff:templater:jinja:context:rows:accepted.enrolment
-- the sum of the classes, unless the students of one are missing
with classes as (

    select
        school_year,
        school_code,
        stage,
        case when count(*) = count(students) then sum(students) end as class_students
    from accepted.class_sizes
    group by school_year, school_code, stage

),

-- classes whose rows are put aside are in no sum
waiting as (

    select
        school_year,
        school_code,
        stage,
        '（' || string_agg(distinct source_file || ' › ' || sheet || ' 第 ' || row_number || ' 行', '、')
        || '暂不采用，没有计入各班之和，请先改好）' as waiting_zh
    from accepted.quarantined_rows
    where feed = 'class_sizes'
    group by school_year, school_code, stage

)

select
    r.row_id,
    c.class_students,
    coalesce(w.waiting_zh, '') as waiting_zh,
    abs(r.students - c.class_students) as differs_from_classes,
    coalesce(r.students, 0) <= 0 or r.classes <> 0 as has_classes,
    r.students / nullif(cast(r.classes as double), 0) as class_size,
    round(r.students / nullif(cast(r.classes as double), 0)) as class_size_rounded,
    r.entrants - r.students as entrants_above_students,
    case
        when p.students >= 50 then abs(r.students / cast(p.students as double) - 1)
    end as students_change,
    round(100 * abs(r.students / nullif(cast(p.students as double), 0) - 1)) as students_change_percent,
    p.students as previous_students
from {{ rows }} as r
left join accepted.enrolment as p
    on p.school_year = r.school_year - 1 and r.school_code = p.school_code and r.stage = p.stage
left join classes as c
    on r.school_year = c.school_year and r.school_code = c.school_code and r.stage = c.stage
left join waiting as w
    on r.school_year = w.school_year and r.school_code = w.school_code and r.stage = w.stage
