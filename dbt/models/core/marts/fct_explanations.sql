select
    school_year,
    district_code,
    school_code,
    rule_code,
    reason,
    approved_by,
    status,
    source_file,
    row_number
from {{ source('accepted', 'explained') }}
