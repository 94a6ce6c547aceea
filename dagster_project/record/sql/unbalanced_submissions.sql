select
    source_file,
    sheet,
    feed
from accepted.submissions
where rows_read <> rows_accepted + rows_quarantined + rows_dropped
order by source_file, sheet, feed
limit 3
