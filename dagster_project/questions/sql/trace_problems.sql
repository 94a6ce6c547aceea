-- Problems of the rows behind a traced figure.
select distinct
    p.severity,
    p.feed,
    p.source_file,
    p.sheet,
    p.row_number,
    p.cell,
    p.message_zh
from accepted.problems as p
semi join lineage_readings as r
    on
        p.feed = r.feed
        and p.source_file = r.source_file
        and p.sheet = r.sheet
        and p.row_number = r.row_number
order by all
