delete from accepted.quarantined_rows as q
using candidate.later_rows as l
where q.feed = l.feed and q.row_id = l.row_id
