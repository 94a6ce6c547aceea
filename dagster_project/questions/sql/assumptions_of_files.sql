-- Cells of the checked files that are read though they aren't written as asked for.
select
    'note' as severity,
    source_file,
    sheet,
    cell,
    feed,
    message_zh
from accepted.assumptions
order by source_file, sheet, cell
