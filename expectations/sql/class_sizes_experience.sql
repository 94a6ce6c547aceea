-- sqlfluff:templater:jinja:context:rows:accepted.class_sizes
select
    r.row_id,
    coalesce(r.students, 0) <= 0 or r.class_count <> 0 as has_classes,
    r.students / nullif(coalesce(r.class_count, 1), 0) as class_size,
    case
        when r.stage = 'primary' then r.grade in ('1', '2', '3', '4', '5', '6')
        -- where primary school has five years, junior secondary school begins with the sixth
        when r.stage = 'junior_secondary' then r.grade in ('6', '7', '8', '9')
        when r.stage in ('senior_secondary', 'secondary_vocational') then r.grade in ('10', '11', '12')
        else length(r.grade) > 2
    end as grade_fits_stage
from {{ rows }} as r
