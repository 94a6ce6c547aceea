-- First problems that kept rows, sheets or files of the register out.
select
    source_file,
    sheet,
    cell,
    message_zh
from accepted.problems
where severity <> 'warn' and feed in ('schools', '')
order by source_file, sheet, row_number, cell
limit 10
