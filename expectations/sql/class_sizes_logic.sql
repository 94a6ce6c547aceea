-- sqlfluff:templater:jinja:context:rows:candidate.class_sizes_judged
select
    r.row_id,
    r.size_band_minimum - r.size_band_maximum as band_inverted,
    case when r.students > 0 then r.class_count - r.students end as classes_above_students
from {{ rows }} as r
