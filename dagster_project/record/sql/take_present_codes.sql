-- sqlfluff:templater:jinja:context:feed:staffing
update candidate.{{ feed }} as c
set school_code = k.school_code
from present_codes as k
where c.row_id = k.row_id
