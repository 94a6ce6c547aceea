-- The problem list with whose problem each is.
select
    severity,
    source_file,
    sheet,
    cell,
    message_zh,
    school_code
from marts.fct_problems
order by source_file, sheet, row_number, cell
