-- sqlfluff:templater:jinja:context:rows:candidate.enrolment_judged
select
    r.row_id,
    case when r.students > 0 then r.classes - r.students end as classes_above_students
from {{ rows }} as r
