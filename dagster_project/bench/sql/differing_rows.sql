-- sqlfluff:templater:jinja:context:table:fct_classes
-- sqlfluff:templater:jinja:context:other:fct_classes
-- sqlfluff:templater:jinja:context:first:school_code
-- sqlfluff:templater:jinja:context:key:school_code
-- sqlfluff:templater:jinja:context:differs:false
-- Rows of both tables, and how many of them are in one only or differ.
select
    count(*) as all_rows,
    count(case when a.{{ first }} is null or b.{{ first }} is null or {{ differs }} then 1 end) as differing_rows
from reference.minimal.{{ table }} as a
full join {{ other }} as b using ({{ key }})
