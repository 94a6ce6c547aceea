-- sqlfluff:templater:jinja:context:feed:staffing
-- A row that was put aside for nothing but its code is so no longer.
update candidate.{{ feed }} as c
set
    school_code = k.school_code,
    has_fault = case
        when k.is_refused
            then exists (
                select 1
                from candidate.faults as f
                where
                    f.feed = '{{ feed }}' and f.severity = 'quarantine_row'
                    and not (f.rule_code = 'BAD_CODE' and f.column_name = 'school_code')
                    and f.source_file = c.source_file and f.sha256 = c.sha256 and f.sheet = c.sheet
                    and f.row_number = c.row_number and f.part = c.part
            )
        else c.has_fault
    end
from present_codes as k
where c.row_id = k.row_id and k.schools = 1
