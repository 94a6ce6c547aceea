-- Problems of the checked files, in the columns of the contract's problem list.
select
    severity,
    class,
    rule_code,
    source_file,
    sheet,
    cell,
    feed,
    school_code,
    school_name,
    column_zh,
    value,
    message_zh
from accepted.problems
order by source_file, sheet, row_number, cell
