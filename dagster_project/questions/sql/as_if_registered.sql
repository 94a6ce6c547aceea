-- sqlfluff:templater:jinja:context:relation:candidate_rows
-- Rows of a feed, each as if its school were in the register: for files that come without one.
create or replace view {{ relation }}_alone as
select * replace (true as is_registered) -- noqa: AM04
from {{ relation }}
