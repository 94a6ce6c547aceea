delete from candidate.taken_cells as t
using candidate.refused_cells as r
where t.feed = r.feed and t.row_id = r.row_id
