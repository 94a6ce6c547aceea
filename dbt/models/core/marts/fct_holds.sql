select
    hold_id,
    school_year,
    source_file,
    received_at,
    verdict,
    reason,
    decided_at
from {{ source('accepted', 'holds') }}
