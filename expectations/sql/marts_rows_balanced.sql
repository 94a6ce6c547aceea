select
    source_file,
    sheet,
    feed,
    rows_read - rows_accepted - rows_quarantined - rows_dropped as observed
from marts.fct_submissions
