select
    school_year,
    feed,
    school_code,
    column_zh,
    source_file,
    sheet,
    cell,
    original,
    value,
    reason,
    approved_by
from {{ source('accepted', 'corrections') }}
