-- sqlfluff:templater:jinja:context:feed:staffing
-- Findings about codes that the crosswalk knows: the rows are taken, or said to be unclear, under them.
delete from candidate.faults as f
using candidate.{{ feed }} as c, present_codes as k
where
    c.row_id = k.row_id and k.is_refused
    and f.feed = '{{ feed }}' and f.rule_code = 'BAD_CODE' and f.column_name = 'school_code'
    and f.source_file = c.source_file and f.sha256 = c.sha256 and f.sheet = c.sheet
    and f.row_number = c.row_number and f.part = c.part
