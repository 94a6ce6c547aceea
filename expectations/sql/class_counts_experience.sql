-- sqlfluff:templater:jinja:context:rows:accepted.class_counts
select
    r.row_id,
    r.students / nullif(coalesce(r.class_count, 1), 0) as class_size,
    case
        when r.stage = 'preschool' then true
        else coalesce(g.is_usual or e.school_code is not null, false)
    end as grade_fits_stage
from {{ rows }} as r
left join candidate.grades_of_stages as g
    on
        r.grade = g.grade
        and g.stage = case r.stage when 'secondary_vocational' then 'senior_secondary' else r.stage end
left join candidate.early_junior_schools as e on r.school_code = e.school_code
