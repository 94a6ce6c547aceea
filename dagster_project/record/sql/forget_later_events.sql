-- sqlfluff:templater:jinja:context:table:hazards
-- sqlfluff:templater:jinja:context:event:struck_off_on
-- sqlfluff:templater:jinja:context:unknown:struck_off_on = null
-- What happens after the day of the build is not known in it, nor is what is known with it.
update accepted.{{ table }} as c
set {{ unknown }}
from accepted.build_context as b
where c.{{ event }} > b.as_of
