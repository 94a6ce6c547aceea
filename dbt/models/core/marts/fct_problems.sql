select
    school_year,
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
    message_zh,
    row_number
from {{ source('accepted', 'problems') }}
