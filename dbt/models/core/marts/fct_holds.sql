select
    hold_id,
    hold_kind,
    school_year,
    source_file,
    received_on,
    verdict,
    reason,
    decided_on
from {{ source('accepted', 'holds') }}
