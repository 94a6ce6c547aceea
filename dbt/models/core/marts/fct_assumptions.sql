select
    school_year,
    source_file,
    sheet,
    cell,
    feed,
    rule_code,
    column_zh,
    value,
    message_zh
from {{ source('accepted', 'assumptions') }}
