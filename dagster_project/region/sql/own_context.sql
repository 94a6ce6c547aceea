-- sqlfluff:templater:jinja:context:district_code:'500115'
-- What the district's own record knows; the day of the build is the region's.
update split.accepted.build_context
set
    known_until = greatest(build_context.as_of, d.known_until),
    rows_to_correct = d.rows_to_correct
from united.lake.deliveries as d
where d.district_code = {{ district_code }}
