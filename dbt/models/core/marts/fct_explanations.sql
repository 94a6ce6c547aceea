select
    school_year,
    school_code,
    rule_code,
    reason,
    approved_by,
    status,
    source_file,
    row_number
from {{ source('accepted', 'explained') }}
