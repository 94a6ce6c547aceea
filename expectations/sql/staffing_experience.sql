-- sqlfluff:templater:jinja:context:rows:accepted.staffing
select
    r.row_id,
    case
        when p.full_time_teachers >= 10 then abs(r.full_time_teachers / cast(p.full_time_teachers as double) - 1)
    end as full_time_teachers_change,
    round(100 * abs(r.full_time_teachers / nullif(cast(p.full_time_teachers as double), 0) - 1))
        as full_time_teachers_change_percent,
    p.full_time_teachers as previous_full_time_teachers
from {{ rows }} as r
left join accepted.staffing as p
    on p.school_year = r.school_year - 1 and r.school_code = p.school_code and r.stage = p.stage
