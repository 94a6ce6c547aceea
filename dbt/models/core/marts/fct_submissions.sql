select
    submission,
    school_year,
    source_file,
    sheet,
    feed,
    sha256,
    received_at,
    received_on,
    rows_read,
    rows_accepted,
    rows_unpublished,
    rows_quarantined,
    rows_dropped,
    status
from {{ source('accepted', 'submissions') }}
