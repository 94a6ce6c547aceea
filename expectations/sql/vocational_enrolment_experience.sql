-- sqlfluff:templater:jinja:context:rows:accepted.vocational_enrolment
-- the sum of the senior classes, unless the students of one are missing
with classes as (

    select
        school_year,
        school_code,
        case when count(*) = count(students) then sum(students) end as class_students
    from accepted.class_sizes
    where stage = 'senior_secondary'
    group by school_year, school_code

),

-- classes whose rows are put aside are in no sum
waiting as (

    select
        school_year,
        school_code,
        '（' || string_agg(distinct source_file || ' › ' || sheet || ' 第 ' || row_number || ' 行', '、')
        || '暂不采用，没有计入各班之和，请先改好）' as waiting_zh
    from accepted.quarantined_rows
    where feed = 'class_sizes' and stage = 'senior_secondary'
    group by school_year, school_code

)

select
    r.row_id,
    c.class_students,
    coalesce(w.waiting_zh, '') as waiting_zh,
    case
        when r.upper_secondary_type = 'general' then abs(r.students - c.class_students)
    end as differs_from_classes,
    case
        when p.students >= 100 then abs(r.students / cast(p.students as double) - 1)
    end as students_change,
    round(100 * abs(r.students / nullif(cast(p.students as double), 0) - 1)) as students_change_percent,
    p.students as previous_students
from {{ rows }} as r
left join accepted.vocational_enrolment as p on p.school_year = r.school_year - 1 and r.school_code = p.school_code
left join classes as c on r.school_year = c.school_year and r.school_code = c.school_code
left join waiting as w on r.school_year = w.school_year and r.school_code = w.school_code
